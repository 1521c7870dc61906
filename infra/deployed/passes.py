"""The passes of a deployment: what a first one may not have yet, and what no later one may replace."""

import json
from pathlib import Path

from before import Plan
from target import Target
from verdict import Verdict, failed, not_reachable, passed

POLICY = Path(__file__).resolve().parent / "stack_policy.json"
# What a first deployment can take back when it fails, and what Cognito takes without a verified domain.
FIRST = {"Protection": "disabled", "LoginMails": "cognito"}


def last(plan: Plan) -> dict[str, str]:
    """Returns what the last pass sets: protection in production, and codes mailed by SES once it may."""
    # What is protected stays so, whoever did it, unless the configuration says otherwise.
    protected = plan.production or _has(plan, Protection="enabled")
    found = {"Protection": plan.parameters.get("Protection") or ("enabled" if protected else "disabled")}
    found["LoginMails"] = plan.parameters.get("LoginMails") or ("ses" if _ses_may(plan) else "cognito")
    if found["LoginMails"] == "ses" and not _ses_may(plan):
        found["LoginMails"] = "cognito"
    return found


def _ses_may(plan: Plan) -> bool:
    """Returns true if SES mails anybody from the domain, or already does for this stack."""
    if plan.parameters.get("JwtIssuer"):
        return False
    if _has(plan, LoginMails="ses"):
        return True
    ses = plan.client("sesv2")
    try:
        verified = ses.get_email_identity(EmailIdentity=plan.parameters["MailDomain"]).get("VerifiedForSendingStatus")
    except ses.exceptions.NotFoundException:
        return False
    return bool(verified and ses.get_account().get("ProductionAccessEnabled"))


def _has(plan: Plan, **wanted: str) -> bool:
    """Returns true if the stack that is there has these parameters."""
    found = {each["ParameterKey"]: each.get("ParameterValue", "") for each in (plan.description or {}).get("Parameters", [])}
    return wanted.items() <= found.items()


def protect(plan: Plan) -> None:
    """Forbids every later update to replace or delete what cannot be made again."""
    plan.client("cloudformation").set_stack_policy(StackName=plan.stack, StackPolicyBody=POLICY.read_text(encoding="utf-8"))


def kept() -> set[str]:
    """Returns the logical ids that no update may replace."""
    (denied,) = [each for each in json.loads(POLICY.read_text(encoding="utf-8"))["Statement"] if each["Effect"] == "Deny"]
    return {each.partition("/")[2] for each in denied["Resource"]}


def change_sets(plan: Plan) -> set[str]:
    """Returns the change sets of a stack that could be executed."""
    pages = plan.client("cloudformation").get_paginator("list_change_sets").paginate(StackName=plan.stack)
    return {each["ChangeSetId"] for page in pages for each in page["Summaries"] if each.get("ExecutionStatus") == "AVAILABLE"}


def replaced(plan: Plan, name: str) -> list[str]:
    """Returns what a change set would do to what is kept, in words, and takes the change set away."""
    client, found = plan.client("cloudformation"), []
    for page in client.get_paginator("describe_change_set").paginate(StackName=plan.stack, ChangeSetName=name):
        for change in (each["ResourceChange"] for each in page["Changes"] if each.get("Type") == "Resource"):
            gone = change["Action"] == "Remove" or change.get("Replacement") in ("True", "Conditional")
            if change["LogicalResourceId"] in kept() and gone:
                found.append(_in_words(change))
    client.delete_change_set(StackName=plan.stack, ChangeSetName=name)
    return found


def _in_words(change: dict) -> str:
    why = sorted({each["Target"].get("Name") or each["Target"]["Attribute"] for each in change.get("Details", [])})
    how = "removed" if change["Action"] == "Remove" else "replaced" if change["Replacement"] == "True" else "perhaps replaced"
    return f"{change['LogicalResourceId']} ({change.get('PhysicalResourceId', '?')}) would be {how}{': ' + ', '.join(why) if why else ''}"


def through(target: Target, _) -> Verdict:
    """Every pass is through: data is protected, and sign-in mails are not limited to Cognito's fifty a day."""
    if target.parameters.get("Stage") != "production":
        return not_reachable("the passes are production's")
    missing = [] if target.parameters.get("Protection") == "enabled" else ["table and user pool are not protected"]
    if not target.parameters.get("JwtIssuer") and target.parameters.get("LoginMails") != "ses":
        missing.append("Cognito mails its codes itself, fifty a day")
    if "StackPolicyBody" not in target.client("cloudformation").get_stack_policy(StackName=target.stack):
        missing.append("no stack policy forbids that data is replaced")
    todo = "make deploy STAGE=production again, once the DNS is complete and SES is out of its sandbox"
    return failed("; ".join(missing), todo) if missing else passed("data is protected, and SES mails the codes")
