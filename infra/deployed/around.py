"""Points about what is around the functions: mappings, SES, alarms, logs."""

import json
import time
import uuid

from botocore.exceptions import ClientError
from organisation import SIMULATOR, until
from target import Target
from verdict import Verdict, failed, not_reachable, passed

_LATER = ("TooManyRequestsException", "LimitExceededException", "Throttling", "ThrottlingException")


def complete(target: Target, _) -> Verdict:
    """CloudFormation is through with the stack."""
    status = target.description["StackStatus"]
    if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        return passed(status)
    return failed(status, "deploy again, and look at the stack's events in CloudFormation for the first failure")


def functions(target: Target, _) -> Verdict:
    """Each function of the project is there, active, and its last update went through."""
    wrong = []
    for name in target.functions:
        try:
            found = target.client("lambda").get_function_configuration(FunctionName=target.function(name))
        except ClientError as error:
            wrong.append(f"{name}: {error.response['Error']['Code']}")
            continue
        states = (found.get("State", "Active"), found.get("LastUpdateStatus", "Successful"))
        if states != ("Active", "Successful"):
            wrong.append(f"{name}: {' '.join(states)}")
    return failed("; ".join(wrong), "deploy again") if wrong else passed(f"{len(target.functions)} are active")


def mappings(target: Target, _) -> Verdict:
    """The stream and each consumed queue are handed to their function."""
    found = []
    for page in target.client("lambda").get_paginator("list_event_source_mappings").paginate():
        found += [each for each in page["EventSourceMappings"] if f":function:{target.stack}-" in each["FunctionArn"]]
    wrong = [f"{each['EventSourceArn'].split(':', 5)[5]} is {each['State']}" for each in found if each["State"] != "Enabled"]
    if not any(":dynamodb:" in each["EventSourceArn"] for each in found):
        wrong.append("no mapping of the table's stream")
    if wrong:
        return failed("; ".join(wrong), "aws lambda update-event-source-mapping --enabled --uuid …, and read its LastProcessingResult")
    return passed(f"the stream and {len(found) - 1} queues are enabled")


def above_the_rate(target: Target, _) -> Verdict:
    """One call of more mails than the account may send in a second: accepted, or refused in a way after which the mailer tries again."""
    if target.local:
        return not_reachable("the mail catcher has no rate")
    ses = target.client("sesv2")
    granted = int(ses.get_account()["SendQuota"]["MaxSendRate"])
    variables = target.variables("mailer")
    if int(variables["MAIL_RATE"]) > granted:
        return failed(f"MailRate is {variables['MAIL_RATE']}, and SES grants {granted} a second", f"deploy with MailRate={granted}")
    if granted >= 50:
        return not_reachable(f"a call holds 50 mails, and SES grants {granted} a second")
    entry = {"Destination": {"ToAddresses": [f"success+{uuid.uuid4().hex[:8]}@{SIMULATOR}"]}}
    content = {"Template": {"TemplateContent": {"Subject": "smoke", "Text": "smoke"}, "TemplateData": "{}"}}
    try:
        answer = ses.send_bulk_email(
            FromEmailAddress=variables["MAIL_FROM"], ConfigurationSetName=variables["CONFIGURATION_SET"],
            DefaultContent=content, BulkEmailEntries=[entry] * (granted + 1),
        )  # fmt: skip
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _LATER:
            return passed(f"{granted + 1} mails at once are refused with {code}, after which the mailer tries again")
        return failed(f"{granted + 1} mails at once are refused with {code}", "the mailer must take this code as `not now` (shared/aws/src/ses/answer.rs)")
    statuses = {each["Status"] for each in answer["BulkEmailEntryResults"]}
    if statuses <= {"SUCCESS", "ACCOUNT_THROTTLED", "ACCOUNT_DAILY_QUOTA_EXCEEDED", "TRANSIENT_FAILURE"}:
        return passed(f"{granted + 1} mails at once: {', '.join(sorted(statuses))}")
    return failed(f"{granted + 1} mails at once: {', '.join(sorted(statuses))}", "the mailer must take these as `not now` (shared/aws/src/ses/answer.rs)")


def suppression(target: Target, _) -> Verdict:
    """The configuration set holds nothing back: Vigie keeps its own list, and a bounce is lifted by a mail."""
    name = next(iter(target.resources["AWS::SES::ConfigurationSet"].values()))
    options = target.client("sesv2").get_configuration_set(ConfigurationSetName=name).get("SuppressionOptions")
    if options is None and target.local:
        return not_reachable("the emulator keeps no suppression list")
    reasons = (options or {}).get("SuppressedReasons")
    if reasons == []:
        return passed("SuppressedReasons is empty")
    command = f"aws sesv2 put-configuration-set-suppression-options --configuration-set-name {name} --suppressed-reasons"
    return failed(f"SuppressedReasons is {reasons}", f"{command} (with nothing after it)")


def alarm(target: Target, _) -> Verdict:
    """An alarm that is raised reaches its topic, and somebody listens there."""
    alarms = []
    for page in target.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{target.stack}-"):
        alarms += page["MetricAlarms"]
    topics = {topic for each in alarms for topic in each["AlarmActions"] if ":sns:" in topic}
    if target.local:
        return not_reachable("the emulator raises no alarm, and mails nobody")
    if not topics:
        return failed("alarms tell nobody", "deploy again: the template has their topic")
    topic = topics.pop()
    listeners = target.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    if not [each for each in listeners if each["SubscriptionArn"].startswith("arn:")]:
        return failed(f"nobody listens to {topic}", "set AlarmAddress, and confirm the mail that SNS sends there")
    return _raise_one(target, next(each["AlarmName"] for each in alarms if topic in each["AlarmActions"]), topic)


def _raise_one(target: Target, name: str, topic: str) -> Verdict:
    """Listens for a moment with a queue of its own, which is taken away again."""
    sqs, sns = target.client("sqs"), target.client("sns")
    url = sqs.create_queue(QueueName=f"{target.stack}-smoke-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    subscription = None
    try:
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
        statement["Condition"] = {"ArnEquals": {"aws:SourceArn": topic}}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})})
        subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)["SubscriptionArn"]
        target.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="smoke test: nothing is wrong")
        if until(lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5).get("Messages")):
            return passed(f"{name} was told on {topic.rpartition(':')[2]}")
        return failed(f"{name} was raised and nothing came", f"allow cloudwatch.amazonaws.com to publish to {topic}, and its key's use")
    finally:
        if subscription:
            sns.unsubscribe(SubscriptionArn=subscription)
        sqs.delete_queue(QueueUrl=url)


def access_log(target: Target, organisation) -> Verdict:
    """The API wrote a line for what was asked of it."""
    group = next(name for logical, name in target.resources["AWS::Logs::LogGroup"].items() if logical == "ApiAccessLog")
    logs, since = target.client("logs"), int((time.time() - 900) * 1000)
    if until(lambda: logs.filter_log_events(logGroupName=group, startTime=since, limit=1)["events"], 0 if target.local else 180):
        return passed(group)
    if target.local:
        return not_reachable("the emulator writes no access log")
    return failed(f"no line in {group}", "look at the stage's access log settings and the account's log delivery permissions in API Gateway")


def denied(target: Target, organisation) -> Verdict:
    """No function was refused anything by AWS while all this went on."""
    since, found = int(organisation.began * 1000), []
    for name in target.functions:
        group = f"/aws/lambda/{target.function(name)}"
        pages = target.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since, filterPattern="AccessDenied")
        found += [f"{name}: {event['message'][:160]}" for page in pages for event in page["events"] if "AccessDenied" in event["message"]]
    if found:
        return failed(f"{len(found)} refusals, such as {found[0]}", "grant it in the function's role (infra/template.yaml)")
    return passed("no AccessDenied in any log")
