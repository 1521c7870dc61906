"""`stack.json`: what a tool or a test needs to know to use the running stack."""

import json
import re
from urllib.parse import urlsplit

import aws
import deployment
import paths
import services
from progress import StackError
from services import Services

DEMO_PASSWORD = "Demonstration-1"


def describe(running: Services) -> dict:
    """The content of stack.json before there is demo data."""
    outputs = deployment.outputs(running)
    queues, dead_letter_queues = _queues(running, outputs)
    return {
        "apiUrl": f"{running.aws}/_aws/execute-api/{outputs['ApiId']}/$default",
        "portalUrl": running.portal,
        "inboxUrl": running.mails.removesuffix("mails"),
        "mailsUrl": running.mails,
        "awsEndpoint": running.aws,
        "region": aws.REGION,
        "busName": outputs["BusName"],
        "tableName": outputs["TableName"],
        # None where the stack takes the tokens of an issuer outside.
        "userPoolId": outputs.get("UserPoolId"),
        "clientId": outputs.get("ClientId"),
        "machineClientId": outputs.get("MachineClientId"),
        "queues": queues,
        "deadLetterQueues": dead_letter_queues,
        "demoPassword": DEMO_PASSWORD,
        "logins": [],
        "accounts": {},
    }


def write(content: dict) -> None:
    """All at once: who finds the file finds it whole."""
    draft = paths.STACK_FILE.with_suffix(".draft")
    draft.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    draft.replace(paths.STACK_FILE)


def _queues(running: Services, outputs: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Queues and dead-letter queues by name: `MailerQueueUrl` and `MailerDeadLetterQueueUrl` are both `mailer`."""
    queues: dict[str, str] = {}
    dead_letter_queues: dict[str, str] = {}
    for output, value in outputs.items():
        if not output.endswith("QueueUrl"):
            continue
        stem = output.removesuffix("QueueUrl")
        # These two have no queue of their own beside them: what could not be delivered to any queue.
        failed = stem.endswith("DeadLetter") or stem in ("Undelivered", "PublisherFailures")
        name = "-".join(re.findall("[A-Z][a-z]*", stem.removesuffix("DeadLetter"))).lower()
        (dead_letter_queues if failed else queues)[name] = running.aws + urlsplit(value).path
    return queues, dead_letter_queues


def running_stack() -> dict:
    """The content of stack.json."""
    found = services.recorded()
    if found is None or not found.complete() or not paths.STACK_FILE.exists():
        raise StackError("the stack is not up: `make up` first")
    return json.loads(paths.STACK_FILE.read_text())


def forget() -> None:
    """Drops what described a stack that is gone."""
    paths.STACK_FILE.unlink(missing_ok=True)
    (paths.STATE / "demo.json").unlink(missing_ok=True)


def summary() -> str:
    """Prints what a person needs once the stack is up."""
    stack = json.loads(paths.STACK_FILE.read_text())
    lines = [
        "",
        f"Mon compte  {stack['portalUrl']}/",
        f"API         {stack['apiUrl']}",
        f"Inbox       {stack['inboxUrl']}",
        f"Mails       {stack['mailsUrl']}",
        f"AWS         {stack['awsEndpoint']} ({stack['region']})",
        f"All of it in {paths.shown(paths.STACK_FILE)}",
    ]
    if stack["logins"]:
        width = max(len(login["email"]) for login in stack["logins"])
        lines += ["", f"Demo logins (password {stack['demoPassword']}; `make token LOGIN=…` prints a token):"]
        lines += [f"  {login['email']:{width}}  {login['role']:13}  {login['entityId']}" for login in stack["logins"]]
    return "\n".join(lines) + "\n"
