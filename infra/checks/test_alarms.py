"""Whatever goes wrong shows: on an alarm, and on the dashboard."""

import json
import re

import pytest
from template import evaluate, mentioned, of_type


def measured(alarm):
    """The metrics that an alarm looks at: its own, or those that it reckons with."""
    if "Metrics" not in alarm:
        return [alarm]
    return [each["MetricStat"]["Metric"] for each in alarm["Metrics"] if "MetricStat" in each]


def alarms(template, namespace, metric):
    """Logical id of what is watched → the alarm, of those that watch one metric."""
    found = {}
    for alarm in of_type(template, "AWS::CloudWatch::Alarm").values():
        if (alarm.get("Namespace"), alarm.get("MetricName")) == (namespace, metric):
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
    """Metrics of the functions' own that alarms look at."""
    found = of_type(template, "AWS::CloudWatch::Alarm").values()
    return [(metric["MetricName"], metric) for alarm in found for metric in measured(alarm) if metric["Namespace"] == "Vigie"]


def test_what_the_functions_count_is_watched_by_stack(template):
    watched = [
        "AccountMailsHeldBack", "AdministratorsGone", "CanaryAge", "CanaryAge", "DailyQuotaLeft", "DailyQuotaUsed", "EntityHangsNowhere", "FailedForGood", "InvitationsHeldBack",
        "MailsAccepted", "MailsHeardOf", "MessageComesBack", "OldestUnsentAge", "OrganisationOverlaps", "Sweep", "UnreadableItem",
    ]  # fmt: skip
    assert sorted(metric for metric, _ in own(template)) == watched
    for _, metric in own(template):
        # Two stacks of an account may have the same stage.
        assert metric["Dimensions"] == [{"Name": "Stack", "Value": {"Ref": "AWS::StackName"}}]


def test_silence_rings_where_it_is_the_fault_and_nowhere_else(template):
    missing = {name: alarm["TreatMissingData"] for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items()}
    assert {missing.pop("SweepAlarm"), missing.pop("CanarySilentAlarm")} == {"breaching"}
    # A rate stays what it was where nothing is sent.
    assert {missing.pop("BounceRateAlarm"), missing.pop("ComplaintRateAlarm")} == {"ignore"}
    assert set(missing.values()) == {"notBreaching"}


def test_the_canary_s_alarms_are_there_where_it_flies(template):
    conditions = {name: template["Resources"][name].get("Condition") for name in of_type(template, "AWS::CloudWatch::Alarm")}
    of_it = {name for name, condition in conditions.items() if condition == "HasCanary"}
    assert of_it == {"CanaryAgeAlarm", "CanarySilentAlarm"}
    flies = {"Fn::If": [conditions["CanaryAgeAlarm"], True, False]}
    assert [evaluate(template, flies, SendCanary=how) for how in ("enabled", "disabled")] == [True, False]
    age = template["Resources"]["CanaryAgeAlarm"]["Properties"]
    assert (age["Statistic"], age["Threshold"], age["ComparisonOperator"]) == ("Maximum", 300, "GreaterThanThreshold")


def test_the_account_s_reputation_is_watched_before_ses_reviews_it(template):
    rates = {
        alarm["MetricName"]: (alarm["Threshold"], alarm["ComparisonOperator"], alarm.get("Dimensions"))
        for alarm in of_type(template, "AWS::CloudWatch::Alarm").values()
        if alarm.get("Namespace") == "AWS/SES"
    }
    assert rates == {
        "Reputation.BounceRate": (0.025, "GreaterThanOrEqualToThreshold", None),
        "Reputation.ComplaintRate": (0.0005, "GreaterThanOrEqualToThreshold", None),
    }


def test_the_stream_and_the_api_have_alarms(template):
    assert set(alarms(template, "AWS/Lambda", "IteratorAge")) == {"Publisher"}
    assert set(alarms(template, "AWS/ApiGateway", "5xx")) == {"Api"}


def test_what_no_dead_letter_took_rings(template, expanded):
    lost = alarms(template, "AWS/Lambda", "DestinationDeliveryFailures")
    with_destination = [m for m in of_type(expanded, "AWS::Lambda::EventSourceMapping").values() if "DestinationConfig" in m]
    assert set(lost) == {m["FunctionName"]["Ref"] for m in with_destination}
    watched = {}
    for alarm in of_type(template, "AWS::CloudWatch::Alarm").values():
        if alarm.get("MetricName") == "InvocationsFailedToBeSentToDlq":
            assert (alarm["Namespace"], alarm["Threshold"], alarm["Statistic"]) == ("AWS/Events", 0, "Sum")
            dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
            (rule,) = mentioned(dimensions["RuleName"])
            watched[rule] = dimensions.get("EventBusName")
    # A rule that is there on the local stack alone has no emulator that counts for it.
    rules = {name: rule for name, rule in of_type(template, "AWS::Events::Rule").items() if name != "LocalFeedbackRule"}
    assert watched == {name: rule.get("EventBusName") for name, rule in rules.items()}


def test_the_name_of_a_rule_of_the_stack_s_bus_is_the_end_of_its_arn(template):
    for alarm in of_type(template, "AWS::CloudWatch::Alarm").values():
        names = [each["Value"] for each in alarm.get("Dimensions", []) if each["Name"] == "RuleName"]
        buses = [each for each in alarm.get("Dimensions", []) if each["Name"] == "EventBusName"]
        for name in names:
            # `Ref` of such a rule is `bus|rule`; its ARN ends in `rule/bus/rule`.
            if buses:
                place, split = name["Fn::Select"]
                assert (int(place), split["Fn::Split"][0]) == (2, "/")
            else:
                assert set(name) == {"Ref"}


def test_the_table_and_its_index_have_alarms_on_what_they_refuse(template):
    refused = {}
    for alarm in of_type(template, "AWS::CloudWatch::Alarm").values():
        if alarm.get("Namespace") == "AWS/DynamoDB":
            index = [each["Value"] for each in alarm["Dimensions"] if each["Name"] == "GlobalSecondaryIndexName"]
            refused.setdefault(alarm["MetricName"], []).append(index)
            # A large consultation fills its partition for a moment, and that is meant.
            assert (alarm["EvaluationPeriods"], alarm["Threshold"]) == (3, 0)
    indexes = [i["IndexName"] for i in of_type(template, "AWS::DynamoDB::Table")["Table"]["GlobalSecondaryIndexes"]]
    assert refused == {name: [[], indexes] for name in ("ReadThrottleEvents", "WriteThrottleEvents")}


@pytest.mark.parametrize(
    ("name", "metrics", "expression", "threshold"),
    [
        ("ClientErrorsAlarm", {"AWS/ApiGateway Count", "AWS/ApiGateway 4xx"}, "IF(requests >= 200, 100 * refused / requests, 0)", 20),
        ("ConcurrencyAlarm", {"AWS/Lambda ConcurrentExecutions"}, {"Fn::Sub": "100 * running / ${LambdaConcurrency}"}, 80),
        (
            "DailyQuotaTooSmallAlarm",
            {"Vigie DailyQuotaLeft", "AWS/SQS ApproximateNumberOfMessagesVisible", "AWS/SQS ApproximateNumberOfMessagesNotVisible"},
            "50 * (alerts + alertsTaken) + accountMails + accountMailsTaken - left",
            0,
        ),
        ("MailsUnheardOfAlarm", {"Vigie MailsAccepted", "Vigie MailsHeardOf"}, "accepted - heard - accepted / 20", 2),
    ],
)
def test_alarms_that_reckon(template, name, metrics, expression, threshold):
    resource = template["Resources"][name]
    alarm = resource["Properties"]
    # The emulator knows none.
    assert resource["Condition"] == "OnAws"
    assert {f"{each['Namespace']} {each['MetricName']}" for each in measured(alarm)} == metrics
    (reckoned,) = [each for each in alarm["Metrics"] if "Expression" in each]
    assert (reckoned["Expression"], alarm["Threshold"]) == (expression, threshold)
    # One is what the alarm goes by, and AWS takes ten metrics in all.
    assert [each["ReturnData"] for each in alarm["Metrics"]].count(True) == 1 and reckoned["ReturnData"]
    assert len(alarm["Metrics"]) <= 10
    used = set(re.findall(r"[a-z]\w+", str(reckoned["Expression"]).replace("Fn::Sub", "").split("$")[0]))
    assert used == {each["Id"] for each in alarm["Metrics"] if "MetricStat" in each}


def test_every_alarm_that_reckons_is_looked_at_here(template):
    reckoning = {name for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items() if "Metrics" in alarm}
    assert reckoning == {"ClientErrorsAlarm", "ConcurrencyAlarm", "DailyQuotaTooSmallAlarm", "MailsUnheardOfAlarm"}


def test_the_account_s_throttles_are_watched(template):
    alarm = template["Resources"]["FunctionsThrottledAlarm"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"], alarm.get("Dimensions"), alarm["Threshold"]) == ("AWS/Lambda", "Throttles", None, 0)


def test_every_alarm_tells_the_topic(template):
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}], name


def test_only_alarms_of_this_account_speak_at_the_topic_and_cloudwatch_may_use_its_key(template):
    topic = template["Resources"]["AlarmTopic"]["Properties"]
    assert topic["KmsMasterKeyId"] == {"Ref": "AlarmKey"}
    (policy,) = of_type(template, "AWS::SNS::TopicPolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Principal"], statement["Action"]) == ({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    # The key that SNS has of its own is closed to CloudWatch: alarms would ring unheard.
    (key,) = of_type(template, "AWS::KMS::Key").values()
    granted = [each for each in key["KeyPolicy"]["Statement"] if each["Principal"] == {"Service": "cloudwatch.amazonaws.com"}]
    assert [each["Action"] for each in granted] == [["kms:Decrypt", "kms:GenerateDataKey*"]]


def test_an_address_is_subscribed_where_there_is_one_and_told_of_the_budget(template):
    conditions = {name: {"Fn::If": [template["Resources"][name]["Condition"], True, False]} for name in ("AlarmSubscription", "Budget")}

    def there(**given):
        return [evaluate(template, conditions[name], Stage="production", **given) for name in ("AlarmSubscription", "Budget")]

    assert there() == there(MonthlyBudget=50) == [False, False]
    assert there(AlarmAddress="a@b.fr") == [True, False]
    assert there(AlarmAddress="a@b.fr", MonthlyBudget=50) == [True, True]
    (subscription,) = of_type(template, "AWS::SNS::Subscription").values()
    assert subscription == {"TopicArn": {"Ref": "AlarmTopic"}, "Protocol": "email", "Endpoint": {"Ref": "AlarmAddress"}}
    (budget,) = of_type(template, "AWS::Budgets::Budget").values()
    told = [each["Subscribers"] for each in budget["NotificationsWithSubscribers"]]
    assert told == [[{"SubscriptionType": "EMAIL", "Address": {"Ref": "AlarmAddress"}}]] * 2


def test_open_sign_up_is_watched_and_can_be_guarded(template):
    alarm = template["Resources"]["SignUpsAlarm"]
    assert (alarm["Condition"], alarm["Properties"]["MetricName"]) == ("OwnsIssuer", "SignUpSuccesses")
    guarded = {"Fn::If": [template["Resources"]["SignUpAcl"]["Condition"], True, False]}
    other = {"JwtIssuer": "https://issuer.example", "JwtAudience": "vigie"}
    assert [evaluate(template, guarded, SignUpGuard=how) for how in ("disabled", "enabled")] == [False, True]
    assert evaluate(template, guarded, SignUpGuard="enabled", **other) is False
    (association,) = of_type(template, "AWS::WAFv2::WebACLAssociation").values()
    assert association == {"ResourceArn": {"Fn::GetAtt": ["UserPool", "Arn"]}, "WebACLArn": {"Fn::GetAtt": ["SignUpAcl", "Arn"]}}
    # A town hall signs in from one address: what is limited is signing up alone.
    (acl,) = of_type(template, "AWS::WAFv2::WebACL").values()
    (rated,) = [rule["Statement"]["RateBasedStatement"] for rule in acl["Rules"] if "RateBasedStatement" in rule["Statement"]]
    assert "ScopeDownStatement" in rated


def test_the_dashboard_shows_every_queue_and_function(template, functions):
    (dashboard,) = of_type(template, "AWS::CloudWatch::Dashboard").values()
    # Dashboards are the account's: the same stack in two regions would be two of one name.
    assert dashboard["DashboardName"] == {"Fn::Sub": "${AWS::StackName}-${AWS::Region}"}
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
    for metric in [*(metric for metric, _ in own(template)), "CanaryTrip", "ForeignFeedback", "RepairedText", "Reputation.BounceRate", "Reputation.ComplaintRate"]:
        assert f'"{metric}"' in dashboard["DashboardBody"]["Fn::Sub"], metric
