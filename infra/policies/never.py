"""Calls that a function never makes, out of those that it does make: each must be denied.

Changed one at a time are the action, the keys, the table, the index, the bus, the source, the sender, the queue, the log, and whose
account it is. A grant that no recorded call needs is found this way too: what it allows is never made.
"""

import re
from collections import defaultdict

from asked import TABLE_READS, Request, prefix, ses, table
from roles import ACCOUNT, BUS, REGION, SENDER, TABLE, Deployed, arn
from template import ROOT, as_list

# Calls that nobody here may make, whatever the roles say.
NOBODYS = [
    ("dynamodb:Scan", table(TABLE)),
    ("dynamodb:PartiQLSelect", table(TABLE)),
    ("dynamodb:PartiQLUpdate", table(TABLE)),
    ("dynamodb:DeleteTable", table(TABLE)),
    ("dynamodb:UpdateTable", table(TABLE)),
    ("dynamodb:ExportTableToPointInTime", table(TABLE)),
    ("events:PutRule", arn(f"events:{REGION}:{ACCOUNT}:rule/{BUS}/rule")),
    ("events:RemoveTargets", arn(f"events:{REGION}:{ACCOUNT}:rule/{BUS}/rule")),
    ("ses:SendRawEmail", ses("identity/vigie.test")),
    ("ses:SendTemplatedEmail", ses("identity/vigie.test")),
    ("ses:DeleteEmailIdentity", ses("identity/vigie.test")),
    ("sqs:PurgeQueue", arn(f"sqs:{REGION}:{ACCOUNT}:vigie-rejected")),
    ("sqs:ReceiveMessage", arn(f"sqs:{REGION}:{ACCOUNT}:vigie-rejected")),
    ("secretsmanager:GetSecretValue", arn(f"secretsmanager:{REGION}:{ACCOUNT}:secret:key-abcdef")),
    ("lambda:InvokeFunction", arn(f"lambda:{REGION}:{ACCOUNT}:function:vigie-mailer")),
    ("lambda:UpdateFunctionCode", arn(f"lambda:{REGION}:{ACCOUNT}:function:vigie-mailer")),
    ("iam:PassRole", arn(f"iam::{ACCOUNT}:role/vigie")),
    ("sts:AssumeRole", arn(f"iam::{ACCOUNT}:role/vigie")),
    ("s3:GetObject", arn("s3:::bucket/key")),
    ("cognito-idp:AdminGetUser", arn(f"cognito-idp:{REGION}:{ACCOUNT}:userpool/{REGION}_pool")),
    ("logs:FilterLogEvents", arn(f"logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/vigie-mailer:*")),
]
# One resource and context under which each service's action would be a call like any other.
_USUAL = {
    "events": (arn(f"events:{REGION}:{ACCOUNT}:event-bus/{BUS}"), {"events:source": ["vigie"]}),
    "ses": (ses("identity/vigie.test"), {"ses:FromAddress": SENDER}),
}


def prefixes() -> list[str]:
    """Every prefix of a partition key that the store spells, and one that it does not."""
    store = ROOT / "shared/store/src/table"
    files = [store / "keys.rs", *sorted((store / "keys").glob("*.rs"))]
    spelled = "".join(path.read_text(encoding="utf-8") for path in files)
    found = set(re.findall(r'(?:format!\(|: &str = )"([A-Z]+#)', spelled))
    assert len(found) >= 10, "the store's keys are spelled otherwise now"
    return sorted(found | {"WARM", "OTHER#"})


def never_made(made: list[Request], policies: dict[str, dict], deployed: Deployed) -> list[Request]:
    """For each function, what differs by one thing from what it or another function does."""
    by_function = defaultdict(list)
    for request in made:
        by_function[request.function].append(request)
    everybody_s = {(r.action, r.resource): r for r in made}
    found: dict[tuple, Request] = {}
    for function, own in by_function.items():
        generated = [
            *_other_actions(function, own, everybody_s, policies),
            *_other_keys(function, own),
            *_other_resources(function, own, made),
            *_other_senders(function, own),
        ]
        known = {_identity(r) for r in own}
        found |= {_identity(r): r for r in generated if _identity(r) not in known}
    return list(found.values())


def _identity(request: Request) -> tuple:
    # Recorded are the canary's own keys; what is made up here is somebody else's.
    of = request.function if request.about.startswith(("recorded", "Lambda")) else ""
    keys = tuple(sorted(prefix(key, of) for key in request.keys))
    rest = tuple(sorted((k, str(v)) for k, v in request.context.items() if k != "dynamodb:LeadingKeys"))
    return request.function, request.action, request.resource, keys, rest


def _other_actions(function, own, everybody_s, policies):
    made = {request.action for request in own}
    for action, resource in NOBODYS:
        if (action, resource) not in {(r.action, r.resource) for r in own}:
            yield Request(function, action, resource, _context(resource, "ACCOUNT#1"), "an action of nobody's")
    for (action, resource), request in everybody_s.items():
        if action not in made:
            yield request._replace(function=function, about="another function's action")
    granted = {a for statement in policies[function]["Statement"] for a in as_list(statement["Action"])}
    for action in sorted(granted - made):
        service = action.partition(":")[0]
        if service == "dynamodb":
            for key in prefixes():
                yield Request(function, action, table(TABLE), _context(table(TABLE), f"{key}1"), "granted, and never made")
        elif service in _USUAL:
            yield Request(function, action, *_USUAL[service], "granted, and never made")


def _context(resource: str, key: str) -> dict:
    return {"dynamodb:LeadingKeys": [key]} if ":dynamodb:" in resource else {}


def _other_keys(function, own):
    """Under the actions that it uses, keys that it never reads, or never writes; also beside one of its own."""
    of_table = [r for r in own if r.keys]
    for resource in sorted({r.resource for r in of_table}):
        for reads in (True, False):
            same = [r for r in of_table if r.resource == resource and (r.action in TABLE_READS) == reads]
            touched = {prefix(key, function) for r in same for key in r.keys}
            for action in sorted({r.action for r in same}):
                one_of_its = next(key for r in same if r.action == action for key in r.keys)
                for other in (p for p in prefixes() if p not in touched):
                    key = other if other == "WARM" else f"{other}1"
                    yield Request(function, action, resource, {"dynamodb:LeadingKeys": [key]}, "another key")
                    yield Request(function, action, resource, {"dynamodb:LeadingKeys": [one_of_its, key]}, "another key beside its own")


def _other_resources(function, own, made):
    mine = {r.resource for r in own}
    for request in (each for each in own if each.resource != "*"):
        service = request.action.partition(":")[0]
        others = {
            request.resource.replace(ACCOUNT, "999999999999"),
            request.resource.replace(REGION, "us-east-1"),
            *(r.resource for r in made if r.action == request.action),
        }
        if service == "dynamodb":
            others.add(request.resource.replace(f"table/{TABLE}", "table/other"))
        if "/index/" in request.resource:
            others.add(table(TABLE, "index2"))
        if service == "events":
            others |= {request.resource.replace(f"event-bus/{BUS}", f"event-bus/{name}") for name in ("default", "other")}
        if service == "ses":
            others |= {ses("identity/other.test"), ses("configuration-set/other")}
        for resource in sorted(others - mine):
            yield request._replace(resource=resource, about="another resource")


def _other_senders(function, own):
    for request in own:
        if "events:source" in request.context:
            mine = request.context["events:source"]
            for source in (each for each in ("vigie", "procurement", "aws.ses", "other") if each not in mine):
                yield request._replace(context=request.context | {"events:source": [source]}, about="another source")
                mixed = {"events:source": [*mine, source]}
                yield request._replace(context=request.context | mixed, about="another source beside its own")
            without = {k: v for k, v in request.context.items() if k != "events:source"}
            yield request._replace(context=without, about="no source")
        # A bulk call needs both of its actions, and one of them knows the sender.
        if "ses:FromAddress" in request.context and request.action != "ses:SendBulkEmail":
            for sender in ("other@vigie.test", "ne-pas-repondre@other.test"):
                yield request._replace(context={"ses:FromAddress": sender}, about="another sender")
            yield request._replace(context={}, about="no sender")
