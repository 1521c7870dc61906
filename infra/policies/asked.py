"""Calls of AWS that functions make: as recorded by their tests, as Lambda makes for them, and those that none ever makes."""

import json
import re
from typing import NamedTuple

from roles import ACCOUNT, REGION, SENDER, Deployed, arn
from template import ROOT, of_type

RECORDED = ROOT / "target" / "calls"
TABLE_READS = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}


class Request(NamedTuple):
    """One call as IAM sees it; `about` says for people where it comes from."""

    function: str
    action: str
    resource: str
    context: dict
    about: str

    def __str__(self) -> str:
        return f"{self.function}: {self.action} on {self.resource.split(':', 5)[-1]} {self.context or ''} ({self.about})"

    @property
    def keys(self) -> list[str]:
        return self.context.get("dynamodb:LeadingKeys", [])


# The canary may touch only its own items: another item of the same kind is another's.
CANARY = "canary"


def prefix(key: str, function: str = "") -> str:
    """A key up to and with its first `#`; of a key that is the canary's own, to the canary, a kind of its own."""
    kind = "".join(key.partition("#")[:2])
    return f"own {kind}" if function == CANARY and "#" in key else kind


def ses(path: str) -> str:
    return arn(f"ses:{REGION}:{ACCOUNT}:{path}")


def table(name: str, index: str | None = None) -> str:
    return arn(f"dynamodb:{REGION}:{ACCOUNT}:table/{name}{f'/index/{index}' if index else ''}")


def recorded(deployed: Deployed) -> list[Request]:
    """Every call that the tests of the bundle wrote down; raises when there is none."""
    calls = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(RECORDED.glob("*.json"))]
    if not calls:
        raise LookupError("nothing is recorded in target/calls: run the tests of the bundle first (`checks.py tests policies`)")
    return [request for call in calls for request in _of(call, deployed)]


def _of(call: dict, deployed: Deployed) -> list[Request]:
    match call["service"]:
        case "dynamodb":
            return [_of_table(call)]
        case "events":
            resource = arn(f"events:{REGION}:{ACCOUNT}:event-bus/{call['bus']}")
            context = {"events:source": [call["source"]], "events:detail-type": [call["type"]]}
            return [Request(call["function"], f"events:{call['action']}", resource, context, "recorded")]
        case "secretsmanager":
            # The bundle's tests have a secret of any name.
            return [Request(call["function"], f"secretsmanager:{call['action']}", deployed.name("TokenKeys"), {}, "recorded")]
        case "ses":
            return _of_ses(call, deployed)
    raise ValueError(f"a call of {call['function']} that no one knows how to authorise: {call}")


def _of_table(call: dict) -> Request:
    if not call["keys"]:
        # Without keys every condition on them would hold.
        raise ValueError(f"a call of {call['function']} without the keys that it is about: {call}")
    context = {"dynamodb:LeadingKeys": call["keys"]}
    if call["within"] != call["action"]:
        context["dynamodb:EnclosingOperation"] = call["within"]
    about = "recorded" if call["within"] == call["action"] else f"recorded, within {call['within']}"
    return Request(call["function"], f"dynamodb:{call['action']}", table(call["table"], call["index"]), context, about)


def _of_ses(call: dict, deployed: Deployed) -> list[Request]:
    """A mail is authorised on its identity and its configuration set; a bulk call under two actions, and on its template too."""
    if call["action"] == "GetAccount":
        # Authorised on no resource.
        return [Request(call["function"], "ses:GetAccount", "*", {}, "recorded")]
    address = re.sub(r"^.*<(.*)>$", r"\1", call["from"])
    resources = [ses(f"identity/{address.partition('@')[2]}"), ses(f"configuration-set/{deployed.name('ConfigurationSet')}")]
    actions = [f"ses:{call['action']}"]
    if call["action"] == "SendBulkEmail":
        # An inline template has no name, and is asked for all the same.
        resources.append(ses("template/inline"))
        actions.append("ses:SendBulkTemplatedEmail")
    context = {"ses:FromAddress": address}
    return [Request(call["function"], action, resource, context, "recorded") for action in actions for resource in resources]


def of_lambda(deployed: Deployed, expanded: dict) -> list[Request]:
    """Calls that Lambda makes with a function's role: it writes the log, reads the queue or stream, and reports what it gave up."""
    found = []
    for function in (name.lower() for name in of_type(deployed.template, "AWS::Serverless::Function")):
        log = deployed.attribute(f"{function.capitalize()}Log", "Arn").removesuffix("*") + "log-stream:2026/11/24/1"
        found += [Request(function, f"logs:{action}", log, {}, "Lambda's") for action in ("CreateLogStream", "PutLogEvents")]
    for mapping in of_type(expanded, "AWS::Lambda::EventSourceMapping").values():
        function, source = mapping["FunctionName"]["Ref"].lower(), deployed.resolve(mapping["EventSourceArn"])
        if ":sqs:" in source:
            actions = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
        else:
            actions = tuple(f"dynamodb:{name}" for name in ("DescribeStream", "GetRecords", "GetShardIterator"))
            # Authorised on no resource.
            found.append(Request(function, "dynamodb:ListStreams", "*", {}, "Lambda's"))
        found += [Request(function, action, source, {}, "Lambda's") for action in actions]
        if "DestinationConfig" in mapping:
            destination = deployed.resolve(mapping["DestinationConfig"]["OnFailure"]["Destination"])
            found.append(Request(function, "sqs:SendMessage", destination, {}, "Lambda's"))
    return found
