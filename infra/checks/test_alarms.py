"""Whatever goes wrong shows: on an alarm, and on the dashboard."""

import json
import re

from template import evaluate, mentioned, of_type


def alarms(template, namespace, metric):
    """Logical id of what is watched → the alarm."""
    found = {}
    for alarm in of_type(template, "AWS::CloudWatch::Alarm").values():
        if (alarm["Namespace"], alarm["MetricName"]) == (namespace, metric):
            (watched,) = mentioned(alarm["Dimensions"])
            found[watched] = alarm
    return found


def consumed(expanded):
    return {next(iter(mentioned(m["EventSourceArn"]))) for m in of_type(expanded, "AWS::Lambda::EventSourceMapping").values()}


def test_every_queue_that_nothing_consumes_has_an_alarm_on_its_first_message(template, expanded):
    unconsumed = set(of_type(template, "AWS::SQS::Queue")) - consumed(expanded)
    depth = alarms(template, "AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert set(depth) == unconsumed
    for alarm in depth.values():
        assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


def test_every_consumed_queue_has_an_alarm_on_its_age(template, expanded):
    assert set(alarms(template, "AWS/SQS", "ApproximateAgeOfOldestMessage")) == consumed(expanded) - {"Table"}


def test_every_function_has_an_alarm_on_errors(template, functions):
    assert set(alarms(template, "AWS/Lambda", "Errors")) == set(functions)


def test_the_stream_and_the_api_have_alarms(template):
    assert set(alarms(template, "AWS/Lambda", "IteratorAge")) == {"Changes"}
    assert set(alarms(template, "AWS/ApiGateway", "5xx")) == {"Api"}


def test_every_alarm_tells_the_topic_if_there_is_one(template):
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items():
        assert alarm["TreatMissingData"] == "notBreaching", name
        assert evaluate(template, alarm["AlarmActions"], AlarmTopicArn="arn:aws:sns:topic") == ["arn:aws:sns:topic"], name
        assert "AlarmActions" not in evaluate(template, alarm), name


def test_the_dashboard_shows_every_queue_and_function(template, functions):
    (dashboard,) = of_type(template, "AWS::CloudWatch::Dashboard").values()
    body = dashboard["DashboardBody"]
    shown = mentioned(body)
    assert set(functions) | set(of_type(template, "AWS::SQS::Queue")) | {"Api"} <= shown
    json.loads(re.sub(r"\$\{[^}]+\}", "x", body["Fn::Sub"]))


def test_outputs_name_every_queue(template):
    urls = {name for name in template["Outputs"] if name.endswith("QueueUrl")}
    assert urls == {f"{name}Url" for name in of_type(template, "AWS::SQS::Queue")}
    assert {"ApiUrl", "ApiId", "TableName", "BusName", "UserPoolId", "ClientId"} <= set(template["Outputs"])
