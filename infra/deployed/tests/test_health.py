"""What a stack on AWS may be like, on canned answers: queues that hold something, alarms that ring, what is not protected."""

import re

import health
import organisation
import pytest
from conftest import stack_xml
from target import ROOT, Target

URL = "https://sqs.eu-west-3.amazonaws.com/123456789012/vigie-trial-"


@pytest.fixture
def target(cloud):
    cloud["DescribeStacks"] = (200, stack_xml(Stage="production"))
    target = Target("vigie-trial", "eu-west-3")
    target.outputs = {"TableName": "table"}
    target.resources = {
        "AWS::SQS::Queue": {"MailerQueue": f"{URL}mailer", "MailerDeadLetterQueue": f"{URL}mailer-dead-letters", "RejectedQueue": f"{URL}rejected"},
        "AWS::Cognito::UserPool": {"UserPool": "pool"},
    }
    cloud["DescribeContinuousBackups"] = backups("ENABLED")
    cloud["DescribeTimeToLive"] = (200, {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}})
    cloud["DescribeTable"] = (200, {"Table": {"DeletionProtectionEnabled": True}})
    cloud["DescribeUserPool"] = (200, {"UserPool": {"DeletionProtection": "ACTIVE"}})
    return target


def backups(status):
    recovery = {"PointInTimeRecoveryStatus": status}
    return 200, {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}}


def test_messages_that_only_people_read_fail_and_others_are_counted(cloud, target):
    cloud["GetQueueAttributes"] = (200, {"Attributes": {"ApproximateNumberOfMessages": "0"}})
    assert health.depths(target, None).state == "pass"
    cloud["GetQueueAttributes"] = (200, {"Attributes": {"ApproximateNumberOfMessages": "1", "ApproximateNumberOfMessagesNotVisible": "2"}})
    verdict = health.depths(target, None)
    assert verdict.state == "FAIL"
    assert verdict.detail == "mailer-dead-letters holds 3, rejected holds 3"
    del target.resources["AWS::SQS::Queue"]["MailerDeadLetterQueue"], target.resources["AWS::SQS::Queue"]["RejectedQueue"]
    verdict = health.depths(target, None)
    assert (verdict.state, "3 messages wait" in verdict.detail) == ("pass", True)


@pytest.mark.parametrize(("state", "expected"), [("OK", "pass"), ("INSUFFICIENT_DATA", "pass"), ("ALARM", "FAIL")])
def test_an_alarm_that_rings_fails_by_its_name(cloud, target, monkeypatch, state, expected):
    class Watch:
        def get_paginator(self, _):
            return self

        def paginate(self, AlarmNamePrefix):
            assert AlarmNamePrefix == "vigie-trial-"
            return [{"MetricAlarms": [{"AlarmName": "vigie-trial-age", "StateValue": state}]}]

    target._clients["cloudwatch"] = Watch()
    verdict = health.alarms(target, None)
    assert (verdict.state, "vigie-trial-age" in verdict.detail) == (expected, expected == "FAIL")


def test_a_table_that_is_kept_passes(target):
    assert health.kept(target, None).state == "pass"


@pytest.mark.parametrize(
    ("action", "answer", "said"),
    [
        ("DescribeContinuousBackups", backups("DISABLED"), "recovery is off"),
        ("DescribeTimeToLive", (200, {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}), "ttl stay"),
        ("DescribeTimeToLive", (200, {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}}), "ttl stay"),
        ("DescribeTable", (200, {"Table": {"DeletionProtectionEnabled": False}}), "table can be deleted"),
        ("DescribeUserPool", (200, {"UserPool": {"DeletionProtection": "INACTIVE"}}), "user pool can be deleted"),
    ],
)
def test_each_safeguard_that_is_off_fails_alone(cloud, target, action, answer, said):
    cloud[action] = answer
    verdict = health.kept(target, None)
    assert (verdict.state, said in verdict.detail, ";" in verdict.detail) == ("FAIL", True, False)


def test_only_production_is_protected_against_deletion(cloud, target):
    cloud["DescribeStacks"] = (200, stack_xml(Stage="staging"))
    cloud["DescribeTable"] = (200, {"Table": {"DeletionProtectionEnabled": False}})
    cloud["DescribeUserPool"] = (200, {"UserPool": {"DeletionProtection": "INACTIVE"}})
    assert health.kept(target, None).state == "pass"


def test_a_message_that_was_given_back_is_waited_for():
    template = (ROOT / "infra/template.yaml").read_text(encoding="utf-8")
    hidden = [int(seconds) for seconds in re.findall(r"VisibilityTimeout: (\d+)", template)]
    assert len(hidden) > 5
    # Once hidden, and once handled.
    assert organisation.PATIENCE >= max(hidden) + 60
