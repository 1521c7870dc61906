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


def own(template):
    """Metric of the functions' own → its alarm."""
    found = [alarm for alarm in of_type(template, "AWS::CloudWatch::Alarm").values() if alarm["Namespace"] == "Vigie"]
    return [(alarm["MetricName"], alarm) for alarm in found]


def test_what_the_functions_count_is_watched_by_stack(template):
    watched = [
        "AccountMailsHeldBack", "CanaryAge", "CanaryAge", "FailedForGood", "InvitationsHeldBack", "MessageComesBack",
        "OldestUnsentAge", "OrganisationOverlaps", "Sweep", "UnreadableItem",
    ]  # fmt: skip
    assert sorted(metric for metric, _ in own(template)) == watched
    for _, alarm in own(template):
        # Two stacks of an account may have the same stage.
        assert alarm["Dimensions"] == [{"Name": "Stack", "Value": {"Ref": "AWS::StackName"}}]


def test_silence_rings_where_it_is_the_fault_and_nowhere_else(template):
    missing = {name: alarm["TreatMissingData"] for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items()}
    assert {missing.pop("SweepAlarm"), missing.pop("CanarySilentAlarm")} == {"breaching"}
    # A rate stays what it was where nothing is sent.
    assert {missing.pop("BounceRateAlarm"), missing.pop("ComplaintRateAlarm")} == {"ignore"}
    assert set(missing.values()) == {"notBreaching"}


def test_the_canary_s_alarms_are_there_where_it_flies(template):
    conditions = {name: template["Resources"][name].get("Condition") for name in of_type(template, "AWS::CloudWatch::Alarm")}
    of_it = {name for name, condition in conditions.items() if condition}
    assert of_it == {"CanaryAgeAlarm", "CanarySilentAlarm"}
    flies = {"Fn::If": [conditions["CanaryAgeAlarm"], True, False]}
    assert [evaluate(template, flies, SendCanary=how) for how in ("enabled", "disabled")] == [True, False]
    age = template["Resources"]["CanaryAgeAlarm"]["Properties"]
    assert (age["Statistic"], age["Threshold"], age["ComparisonOperator"]) == ("Maximum", 300, "GreaterThanThreshold")


def test_the_account_s_reputation_is_watched_before_ses_reviews_it(template):
    rates = {
        alarm["MetricName"]: (alarm["Threshold"], alarm["ComparisonOperator"], alarm.get("Dimensions"))
        for alarm in of_type(template, "AWS::CloudWatch::Alarm").values()
        if alarm["Namespace"] == "AWS/SES"
    }
    assert rates == {
        "Reputation.BounceRate": (0.025, "GreaterThanOrEqualToThreshold", None),
        "Reputation.ComplaintRate": (0.0005, "GreaterThanOrEqualToThreshold", None),
    }


def test_the_stream_and_the_api_have_alarms(template):
    assert set(alarms(template, "AWS/Lambda", "IteratorAge")) == {"Publisher"}
    assert set(alarms(template, "AWS/ApiGateway", "5xx")) == {"Api"}


def test_every_alarm_tells_the_topic_if_there_is_one(template):
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items():
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


def test_the_dashboard_shows_what_the_functions_count(template):
    (dashboard,) = of_type(template, "AWS::CloudWatch::Dashboard").values()
    for metric in [*(metric for metric, _ in own(template)), "CanaryTrip", "RepairedText", "Reputation.BounceRate", "Reputation.ComplaintRate"]:
        assert f'"{metric}"' in dashboard["DashboardBody"]["Fn::Sub"], metric
