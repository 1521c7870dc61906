"""No event is lost between a rule and a function: retries, dead letters, and time-outs that fit each other."""

import json
import re
from pathlib import Path

import pytest
from template import attribute, evaluate, mentioned, of_type

_CLAIMS = (Path(__file__).parents[2] / "shared/store/src/delivery/claims.rs").read_text("utf-8")
LEASE = int(re.search(r"const LEASE: SignedDuration = SignedDuration::from_secs\((\d+)\)", _CLAIMS).group(1))
FOURTEEN_DAYS = 14 * 86400
CONSUMED = {"ConsultationsQueue", "ProvisioningQueue", "DirectoryQueue", "AlertsQueue", "MailerQueue", "AccountMailsQueue", "FeedbackQueue"}
OF_THE_DIRECTORY = ["AgentLeft", "AgentSaved", "EntityRemoved", "EntitySaved"]
OF_SES = [
    "Email Sent",
    "Email Delivered",
    "Email Delivery Delayed",
    "Email Bounced",
    "Email Complaint Received",
    "Email Rejected",
    "Email Rendering Failed",
]
ROUTING = {
    "ConsultationsRule": ("ConsultationsQueue", "procurement", [{"anything-but": ["OrganisationProvisioned", *OF_THE_DIRECTORY]}]),
    "ProvisioningRule": ("ProvisioningQueue", "procurement", ["OrganisationProvisioned"]),
    "DirectoryRule": ("DirectoryQueue", "procurement", OF_THE_DIRECTORY),
    "DirectoryReadyRule": ("DirectoryQueue", "vigie", ["AccountNamed", "AgentDue", "DirectoryReady", "EntityCame", "HandoverDue", "InvitationsDue"]),
    "AwaitedRule": ("ConsultationsQueue", "vigie", ["AwaitedCame"]),
    "AlertsRule": ("AlertsQueue", "vigie", ["FactRecorded", "ConsultationReady"]),
    "MailerRule": ("MailerQueue", "vigie", ["AlertDue", "DailyDue"]),
    "AccountMailsRule": ("AccountMailsQueue", "vigie", ["AccountMailDue", "RecoveryDue"]),
    "RejectedRule": ("RejectedQueue", "vigie", ["Rejected"]),
    "UnknownSourceRule": ("RejectedQueue", {"anything-but": ["procurement", "vigie", "aws.ses", "local.ses"]}, None),
    "FeedbackRule": ("FeedbackQueue", "aws.ses", OF_SES),
    "LocalFeedbackRule": ("FeedbackQueue", "local.ses", OF_SES),
}


def rules(template):
    """The rules that wait for events."""
    return {name: rule for name, rule in of_type(template, "AWS::Events::Rule").items() if "EventPattern" in rule}


def test_the_clock_strikes_each_minute_and_leaves_what_it_missed_to_the_next(template):
    clocks = {name: rule for name, rule in of_type(template, "AWS::Events::Rule").items() if "EventPattern" not in rule}
    assert set(clocks) == {"SchedulerRule", "CanaryRule"}
    assert clocks["SchedulerRule"]["ScheduleExpression"] == "rate(1 minute)"
    for name, clock in clocks.items():
        (target,) = clock["Targets"]
        assert attribute(target["Arn"]) == (name.removesuffix("Rule"), "Arn")
        assert attribute(target["DeadLetterConfig"]["Arn"]) == ("UndeliveredQueue", "Arn")


def test_the_canary_flies_where_its_parameter_says_so_and_clears_up_where_not(template):
    often = of_type(template, "AWS::Events::Rule")["CanaryRule"]["ScheduleExpression"]
    assert [evaluate(template, often, SendCanary=how) for how in ("enabled", "disabled")] == ["rate(1 minute)", "rate(1 day)"]
    # Nobody pays for what they did not ask for.
    assert evaluate(template, often) == "rate(1 day)"
    told = of_type(template, "AWS::Serverless::Function")["Canary"]["Environment"]["Variables"]["CANARY"]
    assert told == {"Ref": "SendCanary"}


def queues(template):
    return of_type(template, "AWS::SQS::Queue")


def mappings(expanded):
    """Queue or table → its event source mapping, as deployed."""
    found = of_type(expanded, "AWS::Lambda::EventSourceMapping").values()
    by_source = {attribute(m["EventSourceArn"])[0]: m for m in found}
    assert len(by_source) == len(found)
    return by_source


def fed(mapping):
    return mapping["FunctionName"]["Ref"]


def test_every_event_has_one_way(template):
    routing = {}
    for name, rule in rules(template).items():
        # SES publishes on the account's default bus only.
        assert rule.get("EventBusName") == (None if name == "FeedbackRule" else {"Ref": "Bus"}), name
        assert rule.get("State", "ENABLED") == "ENABLED"
        (target,) = rule["Targets"]
        (source,) = rule["EventPattern"]["source"]
        assert set(rule["EventPattern"]) <= {"source", "detail-type", "detail"}
        routing[name] = (attribute(target["Arn"])[0], source, rule["EventPattern"].get("detail-type"))
    assert routing == ROUTING


def test_no_source_is_nobody_s(template):
    sources = [rule["EventPattern"]["source"][0] for rule in rules(template).values()]
    (but,) = [source["anything-but"] for source in sources if isinstance(source, dict)]
    assert set(but) == {source for source in sources if isinstance(source, str)}


def test_an_event_of_an_unknown_source_lies_with_the_refused_as_one_of_them(template):
    (target,) = rules(template)["UnknownSourceRule"]["Targets"]
    transformer = target["InputTransformer"]
    assert set(transformer) == {"InputTemplate"}
    original = {"source": "Procurement", "detail": {"a": "b"}}
    shaped = json.loads(transformer["InputTemplate"].replace("<aws.events.event.json>", json.dumps(original)))
    assert shaped["detail"] == {"reason": "unknown source", "original": original}
    assert (shaped["source"], shaped["detail-type"]) == ("vigie", "Rejected")


def test_what_the_portal_said_is_kept_as_long_as_the_backups(template):
    resource = template["Resources"]["Archive"]
    exists = {"Fn::If": [resource["Condition"], True, False]}
    assert [evaluate(template, exists, Stage=stage) for stage in ("local", "test", "staging", "production")] == [False, True, True, True]
    archive = resource["Properties"]
    assert (archive["RetentionDays"], archive["EventPattern"]) == (35, {"source": ["procurement"]})
    assert attribute(archive["SourceArn"]) == ("Bus", "Arn")


def test_only_this_stack_s_mails_are_heard_of(template):
    pattern = rules(template)["FeedbackRule"]["EventPattern"]
    assert pattern["detail"] == {"mail": {"tags": {"ses:configuration-set": [{"Ref": "ConfigurationSet"}]}}}


def test_nobody_but_aws_says_what_ses_says_save_on_the_local_bus(template):
    assert template["Resources"]["LocalFeedbackRule"]["Condition"] == "IsLocal"


def test_every_rule_target_has_a_retry_policy_and_a_dead_letter_queue(template):
    for name, rule in rules(template).items():
        for target in rule["Targets"]:
            assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}, name
            assert attribute(target["DeadLetterConfig"]["Arn"]) == ("UndeliveredQueue", "Arn"), name


def test_queues_accept_events_from_their_rules_only(template):
    policies = {p["Queues"][0]["Ref"]: p for p in of_type(template, "AWS::SQS::QueuePolicy").values()}
    expected = {queue: {rule} for rule, (queue, _, _) in ROUTING.items()} | {"UndeliveredQueue": {*ROUTING, "SchedulerRule", "CanaryRule"}}
    expected["ConsultationsQueue"] = {"ConsultationsRule", "AwaitedRule"}
    expected["DirectoryQueue"] = {"DirectoryRule", "DirectoryReadyRule"}
    expected["FeedbackQueue"] = {"FeedbackRule", "LocalFeedbackRule"}
    expected["RejectedQueue"] = {"RejectedRule", "UnknownSourceRule"}
    assert set(policies) == set(expected)
    for queue, policy in policies.items():
        assert len(policy["Queues"]) == 1
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Allow"
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        assert statement["Action"] == "sqs:SendMessage"
        assert attribute(statement["Resource"]) == (queue, "Arn")
        assert set(statement["Condition"]) == {"ArnEquals"}
        assert mentioned(statement["Condition"]["ArnEquals"]["aws:SourceArn"]) - {"AWS::NoValue"} == expected[queue]


def test_every_queue_is_encrypted_and_keeps_messages_for_fourteen_days(template):
    for name, queue in queues(template).items():
        assert queue["SqsManagedSseEnabled"] is True, name
        assert queue["MessageRetentionPeriod"] == FOURTEEN_DAYS, name


def test_every_consumed_queue_has_a_dead_letter_queue_of_its_own(template, expanded):
    assert set(mappings(expanded)) - {"Table"} == CONSUMED
    redrive = {name: q["RedrivePolicy"] for name, q in queues(template).items() if "RedrivePolicy" in q}
    assert set(redrive) == CONSUMED
    for name, policy in redrive.items():
        assert attribute(policy["deadLetterTargetArn"]) == (name.replace("Queue", "DeadLetterQueue"), "Arn")
        # SES's daily quota rolls over 24 h; an hour more, until what it frees is used.
        assert policy["maxReceiveCount"] * queues(template)[name]["VisibilityTimeout"] >= 25 * 3600, name
        # AWS takes no more.
        assert policy["maxReceiveCount"] <= 1000, name


def test_time_outs_fit(template, functions, expanded):
    for name, mapping in mappings(expanded).items():
        time_out = functions[fed(mapping)]["Timeout"]
        assert time_out < LEASE
        queue = queues(template).get(name)
        if queue:
            window = mapping.get("MaximumBatchingWindowInSeconds", 0)
            assert queue["VisibilityTimeout"] >= 6 * time_out + window, name
            assert LEASE < queue["VisibilityTimeout"], name


def test_the_mailer_knows_the_last_time(template, functions):
    for name in ("MailerQueue", "AccountMailsQueue"):
        receives = queues(template)[name]["RedrivePolicy"]["maxReceiveCount"]
        assert functions["Mailer"]["Environment"]["Variables"]["MAX_RECEIVES"] == str(receives)


def test_every_mapping_returns_only_what_failed(expanded):
    functions = sorted(fed(mapping) for mapping in mappings(expanded).values())
    assert functions == ["Alerts", "Consultations", "Directory", "Feedback", "Mailer", "Mailer", "Provisioning", "Publisher"]
    for name, mapping in mappings(expanded).items():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert mapping.get("Enabled", True) is True, name


@pytest.mark.parametrize(("name", "variable"), [("MailerQueue", "MAIL_WORKERS"), ("AccountMailsQueue", "ACCOUNT_MAIL_WORKERS")])
def test_the_mailer_is_held_back_at_each_of_its_queues(template, expanded, functions, name, variable):
    mapping = mappings(expanded)[name]
    assert fed(mapping) == "Mailer"
    limit = mapping["ScalingConfig"]["MaximumConcurrency"]
    workers = functions["Mailer"]["Environment"]["Variables"][variable]
    for given in ({"Stage": "local"}, {"Stage": "production", "MailWorkers": 7}):
        assert int(evaluate(template, limit, **given)) == int(evaluate(template, workers, **given)) >= 2
    assert template["Parameters"]["MailWorkers"]["MinValue"] == 2
    assert mapping["BatchSize"] == 1


def test_every_queue_s_function_is_held_back(template, expanded):
    """Lambda takes no more messages up than may run: a receive that it throttles counts, and good messages would be dead letters."""
    held = {name: m["ScalingConfig"]["MaximumConcurrency"] for name, m in mappings(expanded).items() if name != "Table"}
    assert set(held) == CONSUMED
    most = {name: int(evaluate(template, limit, Stage="production")) for name, limit in held.items()}
    # AWS takes no fewer than two.
    assert all(limit >= 2 for limit in most.values()), most
    # With the stream's four they leave most of the concurrency that production needs to whoever waits at the API.
    assert sum(most.values()) + 4 <= 100 / 3, most
    # The emulator's poller stops at a parameter: those reach it as text.
    assert all(isinstance(evaluate(template, limit, Stage="local"), int) for limit in held.values())


def test_the_stream_loses_nothing_silently(template, expanded):
    mapping = mappings(expanded)["Table"]
    assert (fed(mapping), attribute(mapping["EventSourceArn"])) == ("Publisher", ("Table", "StreamArn"))
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert attribute(mapping["DestinationConfig"]["OnFailure"]["Destination"]) == ("PublisherFailuresQueue", "Arn")
    assert mapping["BisectBatchOnFunctionError"] is True
    # As long as the stream has the record.
    assert (mapping["MaximumRetryAttempts"], mapping["MaximumRecordAgeInSeconds"]) == (-1, 86400)
    late = template["Resources"]["PublisherIteratorAgeAlarm"]["Properties"]
    assert late["Threshold"] <= 3600 * 1000


def test_the_stream_filter_passes_accounts_consultations_what_is_alone_in_its_partition_and_what_leaves_or_is_let_go_of(expanded):
    patterns = [json.loads(each["Pattern"]) for each in mappings(expanded)["Table"]["FilterCriteria"]["Filters"]]
    # More than five need a quota of AWS.
    accounts, alone, left, addresses = (pattern["dynamodb"]["Keys"] for pattern in patterns)
    assert accounts == {"pk": {"S": [{"prefix": "ACCOUNT#"}, {"prefix": "CONSULTATION#"}]}}
    # Their partitions hold much of which nothing is told: lists, hints, the audit, the accounts of a login.
    assert alone == {
        "pk": {"S": [{"prefix": "ENTITY#"}, {"prefix": "AGENT#"}, {"prefix": "LOGIN#"}]},
        "sk": {"S": ["ENTITY", "INVITATIONS", "NAME", "RECOVERIES"]},
    }
    assert left == {"pk": {"S": [{"prefix": "ENTITY#"}]}, "sk": {"S": [{"prefix": "AGENT#"}, {"prefix": "CHILD#"}]}}
    assert addresses == {"pk": {"S": [{"prefix": "EMAIL#"}]}}
    assert [pattern.get("eventName") for pattern in patterns] == [None, None, ["REMOVE"], ["MODIFY", "REMOVE"]]


def test_no_function_takes_concurrency_from_the_account(functions):
    assert not any("ReservedConcurrentExecutions" in f or "ProvisionedConcurrencyConfig" in f for f in functions.values())
