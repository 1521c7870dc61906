"""Deploys infra/template.yaml into the emulator with `sam deploy` and reads back what was made."""

import json
import os
import subprocess
import time

from botocore.exceptions import ClientError

import aws
import paths
import services
from progress import StackError, step
from services import Services
from stage import host_architecture

STACK = services.STACK
BUCKET = "vigie-local-artefacts"


def deploy(running: Services) -> None:
    """Creates the deployment or changes what differs; does little when nothing does."""
    with step("Deploying infra/template.yaml"):
        _make_bucket(running)
        _sam_deploy(running)
        _mend(running)


def _parameters(running: Services) -> dict[str, str]:
    return {
        "Stage": "local",
        "Architecture": host_architecture(),
        "PortalUrl": running.portal,
        "MailDomain": services.MAIL_DOMAIN,
        "MailFrom": f"alertes@{services.MAIL_DOMAIN}",
        # The catcher takes whatever comes; the pacing of a real account would only make people wait.
        "MailRate": "500",
        "MailWorkers": "2",
        "LocalApiId": services.API_ID,
        "SendCanary": "enabled",
        "RestoredTable": os.environ.get("RESTORED_TABLE", ""),
    } | _issuer()


def _issuer() -> dict[str, str]:
    """Another OpenID Connect issuer than the stack's own user pool, if ISSUER and AUDIENCE name one."""
    issuer, audience = os.environ.get("ISSUER"), os.environ.get("AUDIENCE")
    if not issuer:
        return {"MachineClient": "enabled"}
    if not audience:
        raise StackError("ISSUER needs AUDIENCE: the client id that the issuer gives its tokens")
    return {"JwtIssuer": issuer, "JwtAudience": audience, "MachineAudience": os.environ.get("MACHINE_AUDIENCE", ""), "SignInParameters": os.environ.get("SIGN_IN", "")}


def _make_bucket(running: Services) -> None:
    try:
        aws.client("s3", running.aws).create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": aws.REGION}
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            raise


def _sam_deploy(running: Services) -> None:
    log = paths.LOGS / "deploy.log"
    folder = paths.STATE / "tmp" / "sam"
    folder.mkdir(parents=True, exist_ok=True)
    # Otherwise it asks the network for a later version of itself.
    (folder / "metadata.json").write_text(json.dumps({"lastVersionCheck": time.time()}))
    overrides = [f'{name}="{value}"' for name, value in _parameters(running).items()]
    command = [
        str(paths.VENV_BIN / "sam"), "deploy",
        "--template-file", str(paths.TEMPLATE),
        "--stack-name", STACK,
        "--s3-bucket", BUCKET,
        "--capabilities", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM",
        "--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar",
        "--parameter-overrides", *overrides,
    ]  # fmt: skip
    env = running.client_environment() | {
        "PYTHONPATH": str(paths.HERE / "packaging"),
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.2",
        "__SAM_CLI_APP_DIR": str(folder),
    }
    with log.open("wb") as out:
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    if done.returncode:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
        raise StackError(f"{last}\nThe deployment failed; its log is {paths.shown(log)}")


def _mend(running: Services) -> None:
    """Sets by API what the emulator reads wrongly from the template."""
    # TimeToLiveSpecification is passed over.
    table = outputs(running)["TableName"]
    dynamodb = aws.client("dynamodb", running.aws)
    state = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"]
    if state not in ("ENABLED", "ENABLING"):
        dynamodb.update_time_to_live(
            TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"}
        )
    # So is PointInTimeRecoverySpecification.
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    # A number that came through a parameter stays text, and text stops the polling of all queues.
    lambdas = aws.client("lambda", running.aws)
    for mapping in lambdas.list_event_source_mappings()["EventSourceMappings"]:
        if scaling := mapping.get("ScalingConfig"):
            lambdas.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig=scaling)


def outputs(running: Services) -> dict[str, str]:
    """The outputs of the deployment, by name."""
    stack = aws.client("cloudformation", running.aws).describe_stacks(StackName=STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
