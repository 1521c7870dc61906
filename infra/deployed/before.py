"""Looks at account, region and configuration before anything is deployed: what would fail, and what to do about it."""

import math
from dataclasses import dataclass, field
from typing import Callable, Iterator, NamedTuple

import boto3
from botocore.exceptions import BotoCoreError, ClientError

# A day's mails of an agent, and the seconds in which the daily mails of 7:00 should be gone, three quarters of the rate being theirs.
MAILS_A_DAY = 5
DAILY_MAILS_WITHIN = 3600 * 0.75
# All functions and their queues at once; a fresh account has 10 or 50.
CONCURRENCY = 100
# The template's default of LambdaConcurrency.
RECKONED = 1000


class Finding(NamedTuple):
    """Something that was found; deploying is refused where it would fail or be unsafe."""

    refused: bool
    what: str
    todo: str


@dataclass(frozen=True)
class Plan:
    """What is to be deployed, and what is there already; `description` is CloudFormation's, None where there is no stack."""

    stack: str
    region: str
    account: str
    parameters: dict[str, str]
    agents: int
    description: dict | None
    clients: dict = field(default_factory=dict)

    @property
    def production(self) -> bool:
        return self.parameters.get("Stage") == "production"

    @property
    def new(self) -> bool:
        """Returns true if no resource of the stack is there."""
        return self.description is None or self.description["StackStatus"] == "REVIEW_IN_PROGRESS"

    def client(self, service: str):
        if service not in self.clients:
            self.clients[service] = boto3.client(service, region_name=self.region)
        return self.clients[service]

    def rate(self) -> int:
        return int(float(self.parameters.get("MailRate") or 14))


def described(stack: str, region: str) -> dict | None:
    """Returns CloudFormation's description of a stack, None if there is none."""
    try:
        return boto3.client("cloudformation", region_name=region).describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def look(plan: Plan) -> list[Finding]:
    """Returns all that was found; what these credentials may not look at is found too, and refuses nothing."""
    found = []
    for check in CHECKS:
        try:
            found += check(plan)
        except (BotoCoreError, ClientError) as error:
            found.append(Finding(False, f"{check.__name__} could not be looked at: {error}", "look yourself"))
    return found


def state(plan: Plan) -> Iterator[Finding]:
    """A stack that no deployment can change."""
    if plan.new:
        return
    status = plan.description["StackStatus"]
    of = f"--stack-name {plan.stack} --region {plan.region}"
    if status.endswith("_IN_PROGRESS"):
        yield Finding(True, f"{plan.stack} is {status}", "wait until that is over")
    elif status == "UPDATE_ROLLBACK_FAILED":
        yield Finding(True, f"{plan.stack} is {status}{_first_failure(plan)}", f"mend that, then: aws cloudformation continue-update-rollback {of}")
    elif status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"):
        way = f"aws cloudformation delete-stack {of} && aws cloudformation wait stack-delete-complete {of}"
        yield Finding(True, f"{plan.stack} is {status}: its first deployment failed{_first_failure(plan)}", f"mend that, then: {way}")


def _first_failure(plan: Plan) -> str:
    """Returns the oldest failure of the last operation: those after it only follow from it."""
    reason = ""
    pages = plan.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=plan.stack)
    for event in (event for page in pages for event in page["StackEvents"]):
        if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in event.get("ResourceStatusReason", ""):
            reason = f" ({event['LogicalResourceId']}: {event.get('ResourceStatusReason', event['ResourceStatus'])})"
        if event["LogicalResourceId"] == plan.stack and event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"):
            break
    return reason


def sender(plan: Plan) -> Iterator[Finding]:
    """A sender outside of the domain that is verified, or where only bounces go."""
    domain, sender = plan.parameters["MailDomain"], plan.parameters["MailFrom"]
    host = sender.rpartition("@")[2]
    if host != domain and not host.endswith(f".{domain}"):
        yield Finding(True, f"MailFrom {sender} is not within MailDomain {domain}", "SES refuses such mails: set one of them")
    if host == f"{plan.parameters.get('MailFromSubdomain', 'bounce')}.{domain}":
        yield Finding(True, f"MailFrom {sender} is where bounces go", "send from another name")


def addresses(plan: Plan) -> Iterator[Finding]:
    """Addresses that browsers would be led to without encryption, and a domain that cannot be one."""
    for name in ("PortalUrl", "JwtIssuer"):
        if plan.parameters.get(name, "").startswith("http://"):
            yield Finding(True, f"{name} is {plan.parameters[name]}", "tokens would go unencrypted: https://")
    if not (arn := plan.parameters.get("CertificateArn")):
        return
    host = plan.parameters.get("PortalUrl", "").removeprefix("https://")
    if not host or ":" in host:
        yield Finding(True, f"PortalUrl is {plan.parameters.get('PortalUrl') or 'empty'}", "CertificateArn is for its host: no port")
        return
    if arn.split(":")[3] != plan.region:
        yield Finding(True, f"the certificate is in {arn.split(':')[3]}", f"ask ACM in {plan.region} for one")
        return
    certificate = plan.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
    if certificate["Status"] != "ISSUED":
        yield Finding(True, f"the certificate of {host} is {certificate['Status']}", "add the record that ACM names to the DNS, and wait")
    names = certificate.get("SubjectAlternativeNames", [])
    if host not in names and f"*.{host.partition('.')[2]}" not in names:
        yield Finding(True, f"the certificate is for {', '.join(names)}", f"ask for one for {host}")


def identity(plan: Plan) -> Iterator[Finding]:
    """A mail domain that SES has already, or has not."""
    domain, wanted = plan.parameters["MailDomain"], plan.parameters.get("MailIdentity", "create")
    try:
        plan.client("sesv2").get_email_identity(EmailIdentity=domain)
    except plan.client("sesv2").exceptions.NotFoundException:
        if wanted == "existing":
            yield Finding(True, f"SES does not know {domain} in {plan.region}", "MailIdentity=create")
        return
    if wanted == "create" and not _owns_identity(plan):
        yield Finding(True, f"SES has {domain} already in {plan.region}, and would refuse it a second time", "MailIdentity=existing")


def _owns_identity(plan: Plan) -> bool:
    if plan.new:
        return False
    try:
        plan.client("cloudformation").describe_stack_resource(StackName=plan.stack, LogicalResourceId="Identity")
    except ClientError as error:
        if "does not exist" in str(error):
            return False
        raise
    return True


def mails(plan: Plan) -> Iterator[Finding]:
    """What SES grants, against what this stage and the others of the account take."""
    account = plan.client("sesv2").get_account()
    granted, a_day = int(account["SendQuota"]["MaxSendRate"]), int(account["SendQuota"].get("Max24HourSend", -1))
    if not account.get("ProductionAccessEnabled"):
        yield Finding(False, "SES is in its sandbox, and mails verified addresses only", "once it is deployed and the DNS is there: make access STAGE=…")
        return
    others = _rates_of_others(plan)
    if others and sum(others.values()) + plan.rate() > granted:
        taken = ", ".join(f"{stack} {rate}" for stack, rate in sorted(others.items()))
        yield Finding(
            True, f"SES grants {granted} mails a second to all stages here, and {plan.stack} would take {plan.rate()} beside {taken}",
            "share it out by MailRate",
        )  # fmt: skip
    needed = math.ceil(plan.agents / DAILY_MAILS_WITHIN)
    if granted < needed:
        yield Finding(False, f"SES grants {granted} mails a second: {plan.agents} daily mails take longer than an hour", f"ask for {needed} a second")
    if 0 <= a_day < plan.agents * MAILS_A_DAY:
        what = f"SES grants {a_day} mails in 24 hours, and {plan.agents} agents may want {plan.agents * MAILS_A_DAY}"
        yield Finding(False, what, "ask for more in Service Quotas (Amazon SES, sending quota), before it is needed")


def _rates_of_others(plan: Plan) -> dict[str, int]:
    """Returns the rates of other stages: SES's grant is the account's and region's."""
    found = {}
    for page in plan.client("cloudformation").get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            parameters = {each["ParameterKey"]: each.get("ParameterValue", "") for each in stack.get("Parameters", [])}
            if stack["StackName"] != plan.stack and {"MailRate", "MailDomain", "LoginMails"} <= set(parameters):
                found[stack["StackName"]] = int(float(parameters["MailRate"]))
    return found


def concurrency(plan: Plan) -> Iterator[Finding]:
    """Executions of Lambda that the account may have at once; what is throttled counts as received."""
    limit = int(plan.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"])
    if limit < CONCURRENCY:
        ask = "aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000"
        yield Finding(plan.production, f"Lambda runs {limit} functions at a time in this account, below {CONCURRENCY}", f"{ask} --region {plan.region}")
    reckoned = int(plan.parameters.get("LambdaConcurrency", RECKONED))
    if CONCURRENCY <= limit < reckoned:
        what = f"Lambda runs {limit} functions at a time in this account, and the alarm on that reckons with {reckoned}: it would not ring"
        yield Finding(plan.production, what, f"set LambdaConcurrency={limit}")


def alarms(plan: Plan) -> Iterator[Finding]:
    """A production whose alarms nobody hears."""
    if plan.production and not plan.parameters.get("AlarmAddress"):
        yield Finding(True, "nobody is told of alarms", "set AlarmAddress")


CHECKS: list[Callable[[Plan], Iterator[Finding]]] = [state, sender, addresses, identity, mails, concurrency, alarms]
