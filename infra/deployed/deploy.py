"""Looks, builds, deploys to AWS in passes and says what is still lacking: `make deploy STAGE=production`.

    deploy.py STAGE [ARCH] [--built] [--config FILE]

Name, region and parameters are those of the stage in infra/samconfig.toml. With --built, what `make build` has laid out is deployed.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import before
import boto3
import dns.exception
import mail_domain
import passes
from botocore.exceptions import BotoCoreError, ClientError
from target import ROOT, Target

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

INFRA = ROOT / "infra"
TOOLS = ROOT / ".tools" / "venv" / "bin"


class Refused(Exception):
    """Something that whoever deploys has to mend first."""


def configured(config: Path, stage: str) -> dict:
    """Returns the configuration of a stage."""
    stages = tomllib.loads(config.read_text(encoding="utf-8"))
    stages.pop("version", None)
    if stage not in stages:
        raise Refused(f"STAGE must be one of {', '.join(stages)}, as in {_shown(config)}")
    found = stages[stage]["deploy"]["parameters"]
    given = found.get("parameter_overrides", [])
    pairs = (each.split("=", 1) for each in (shlex.split(given) if isinstance(given, str) else given))
    found["parameters"] = {name: value.strip('"') for name, value in pairs}
    if not {"MailDomain", "MailFrom"} <= set(found["parameters"]):
        raise Refused(f"{_shown(config)} has no MailDomain and MailFrom for {stage}")
    if examples := [name for name, value in found["parameters"].items() if value.endswith("vigie.example")]:
        raise Refused(f"{_shown(config)} still has the example's domain: set {' and '.join(examples)} of {stage}")
    found["agents"] = int(stages[stage].get("capacity", {}).get("parameters", {}).get("agents", 1000))
    return found


def who(region: str) -> str:
    """The account that the credentials are of; refused before anything is built for nothing."""
    try:
        return boto3.client("sts", region_name=region).get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise Refused(f"AWS does not know you: {error}. Set AWS_PROFILE or sign in first") from error


def build(architecture: str) -> None:
    """Builds the zips and lays out what `sam deploy` packages."""
    _run([str(TOOLS / "python"), str(INFRA / "local" / "stage.py"), "zips", architecture], ROOT)


def planned(stage: dict) -> before.Plan:
    """Looks at what is there; prints what was found, and refuses what would fail."""
    account, region = who(stage["region"]), stage["region"]
    print(f"→ {stage['stack_name']} in {region}, account {account}", flush=True)
    description = before.described(stage["stack_name"], region)
    plan = before.Plan(stage["stack_name"], region, account, stage["parameters"], stage["agents"], description)
    found = before.look(plan)
    for each in found:
        print(f"{'refused' if each.refused else 'note':8} {each.what}\n{'':8} → {each.todo}", flush=True)
    if refused := sum(each.refused for each in found):
        raise Refused(f"{refused} of these would fail or be unsafe: nothing was built or deployed")
    return plan


def in_passes(config: Path, stage: str, plan: before.Plan, overrides: dict[str, str]) -> None:
    """Makes a new stack in two passes, and changes one in one, once the change set replaces nothing that is kept."""
    if plan.new:
        deploy(config, stage, overrides | passes.FIRST)
    else:
        overrides = overrides | passes.last(plan)
        before_it = passes.change_sets(plan)
        deploy(config, stage, overrides, "--no-execute-changeset")
        # None where nothing changes; what others have prepared is theirs.
        if replaced := [each for name in passes.change_sets(plan) - before_it for each in passes.replaced(plan, name)]:
            raise Refused("the change would lose data, and nothing was changed:\n  " + "\n  ".join(replaced))
        deploy(config, stage, overrides)
    passes.protect(plan)
    if plan.new and (wanted := passes.last(plan)) != passes.FIRST:
        print("→ Second pass: what a first deployment could not have taken back", flush=True)
        deploy(config, stage, overrides | wanted)


def deploy(config: Path, stage: str, overrides: dict[str, str], *more: str) -> None:
    """Shows every resource as it comes. A `sam` of the shell's goes before the project's own."""
    sam = shutil.which("sam") or str(TOOLS / "sam")
    # Quoted, since a value such as a sender's name may have spaces.
    parameters = [f'{name}="{value}"' for name, value in overrides.items()]
    command = [sam, "deploy", "--config-file", str(config), "--config-env", stage, "--parameter-overrides", *parameters]
    # Without a terminal nobody can say yes.
    _run([*command, *more, *([] if sys.stdin.isatty() and not more else ["--no-confirm-changeset"])], INFRA)


def _run(command: list[str], folder: Path) -> None:
    print(f"→ {' '.join(command).replace(f'{ROOT}/', '')}", flush=True)
    done = subprocess.run(command, cwd=folder, env=os.environ | {"SAM_CLI_TELEMETRY": "0"}, check=False)
    if done.returncode:
        raise Refused(f"{Path(command[0]).name} ended with status {done.returncode}")


def lacking(target: Target) -> list[str]:
    """Returns the remaining steps in words: missing DNS records, and what SES has not granted."""
    todo = []
    try:
        missing = mail_domain.missing(mail_domain.wanted(target) + mail_domain.page(target))
        todo += [f"{record.purpose:6} {record}" for record in missing]
    except dns.exception.DNSException as error:
        todo.append(f"the DNS does not answer, so look yourself: {error}")
    account = target.client("sesv2").get_account()
    if not account.get("ProductionAccessEnabled"):
        todo.append("SES    is in its sandbox and mails verified addresses only: make access STAGE=…, once the DNS is there")
    granted, asked = int(account["SendQuota"]["MaxSendRate"]), int(float(target.parameters.get("MailRate") or 14))
    if granted < asked:
        todo.append(f"SES    grants {granted} mails a second, and MailRate is {asked}: set MailRate={granted} and deploy again")
    if not _somebody_listens(target):
        todo.append(f"SNS    alarms tell nobody: confirm the mail to {target.parameters.get('AlarmAddress') or 'AlarmAddress, once it is set'}")
    if verdict := passes.through(target, None).todo:
        todo.append(f"pass   the last one is not through: {verdict}")
    return todo


def _somebody_listens(target: Target) -> bool:
    """Returns true if a subscription of the alarms' topic is confirmed."""
    found = target.client("sns").list_subscriptions_by_topic(TopicArn=target.outputs["AlarmTopicArn"])["Subscriptions"]
    return any(each["SubscriptionArn"].startswith("arn:") for each in found)


def _shown(path: Path) -> str:
    return os.path.relpath(path, ROOT) if path.is_relative_to(ROOT) else str(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage")
    parser.add_argument("architecture", nargs="?", default="")
    parser.add_argument("--built", action="store_true", help="deploy what is laid out already")
    parser.add_argument("--config", type=Path, default=INFRA / "samconfig.toml")
    given = parser.parse_args()
    try:
        stage = configured(given.config, given.stage)
        overrides = stage["parameters"]
        overrides["Architecture"] = given.architecture or overrides.get("Architecture", "x86_64")
        plan = planned(stage)
        if not given.built:
            build(overrides["Architecture"])
        in_passes(given.config.resolve(), given.stage, plan, overrides)
        target = Target(stage["stack_name"], stage["region"])
        todo = lacking(target)
    except (Refused, LookupError, BotoCoreError, ClientError) as error:
        sys.exit(f"error: {error}")
    if todo:
        print(f"\n{stage['stack_name']} is deployed. Still to do, in the DNS and at AWS:\n")
        print("\n".join(f"  {each}" for each in todo))
        print(f"\nThen, and again until nothing fails: make smoke STACK={stage['stack_name']}")
    else:
        print(f"\n{stage['stack_name']} is deployed, and the DNS has all it needs. Now: make smoke STACK={stage['stack_name']}")


if __name__ == "__main__":
    main()
