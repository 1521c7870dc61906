"""The canary on the deployed system: there and back, by its own clock, and its alarm, rung by stopping the mailer."""

import json
import time
from datetime import UTC, datetime, timedelta

import aws
import pytest
from deployed import until

ADDRESS = "success+vigie-canary@simulator.amazonses.com"


@pytest.fixture
def client(stack):
    return lambda service: aws.client(service, stack.description["awsEndpoint"])


@pytest.fixture(scope="session")
def struck() -> list[float]:
    """The times at which these tests struck its clock."""
    return [time.time()]


@pytest.fixture
def strike(stack, struck):
    """Its clock strikes once more."""

    def invoke(**event) -> dict:
        answer = stack.strike("canary", **event)
        struck.append(time.time())
        return answer

    return invoke


@pytest.fixture
def measured(stack, client):
    """Returns CloudWatch's reading of a metric in a function's log: (time, value), oldest first."""

    def values(function: str, metric: str) -> list[tuple[float, float]]:
        group = f"/aws/lambda/{stack.description['busName']}-{function}"
        found = []
        for page in client("logs").get_paginator("filter_log_events").paginate(logGroupName=group):
            for line in page["events"]:
                text = line["message"].strip()
                content = json.loads(text) if text.startswith("{") else {}
                if metric in content and "_aws" in content:
                    found.append((content["_aws"]["Timestamp"] / 1000, content[metric]))
        return sorted(found)

    return values


@pytest.fixture
def alarm(client):
    """An alarm as it was deployed."""

    def deployed(name: str) -> dict:
        pages = client("cloudwatch").get_paginator("describe_alarms").paginate()
        return next(each for page in pages for each in page["MetricAlarms"] if name in each["AlarmName"])

    return deployed


def trip(answer: dict, name: str) -> dict:
    return next((each for each in answer["trips"] if each["name"] == name), {})


def one_more(strike) -> str:
    """One tender more; the name of its trip."""
    tenders = [each for each in strike(extra=True)["trips"] if each["leg"] == "tender"]
    return max(tenders, key=lambda each: each["due"])["name"]


def test_a_tender_goes_the_whole_way_and_comes_back(stack, strike, measured):
    before = len(measured("canary", "CanaryTrip"))
    name = one_more(strike)
    back = until(lambda: (found := trip(strike(), name)).get("backAt") and found, "the canary's tender is back")
    assert 0 <= back["took"] < 60_000
    assert len(until(lambda: measured("canary", "CanaryTrip")[before:], "its time is measured")) >= 1
    # It is in nobody's way: who reads all mails does not meet it, and who asks for it finds one.
    assert stack.mails(ADDRESS) == []
    assert measured("canary", "CanaryAge"), "its age is measured"


def test_an_alarm_rings_when_the_mailer_is_stopped(stack, strike, measured, alarm, client):
    mappings = client("lambda").list_event_source_mappings()["EventSourceMappings"]
    queue = next(each["UUID"] for each in mappings if each["EventSourceArn"].endswith(f"{stack.description['busName']}-mailer"))
    watch, rings = client("cloudwatch"), alarm("CanaryAgeAlarm")

    def tell_age() -> str:
        """Hands the newest age to CloudWatch, which the emulator does not do by itself; the alarm's state."""
        _, age = measured("canary", rings["MetricName"])[-1]
        datum = {"MetricName": rings["MetricName"], "Dimensions": rings["Dimensions"], "Value": age, "Timestamp": datetime.now(UTC)}
        watch.put_metric_data(Namespace=rings["Namespace"], MetricData=[datum])
        return alarm("CanaryAgeAlarm")["StateValue"]

    until(lambda: strike()["age"] == 0, "all that was sent before is back")
    client("lambda").update_event_source_mapping(UUID=queue, Enabled=False)
    try:
        name = one_more(strike)
        assert tell_age() != "ALARM"
        # Five minutes later, for the trip at least.
        key = {"pk": {"S": "ACCOUNT#vigie-canary"}, "sk": {"S": f"TRIP#{name}"}}
        due = (datetime.now(UTC) - timedelta(seconds=301)).isoformat().replace("+00:00", "Z")
        client("dynamodb").update_item(
            TableName=stack.description["tableName"], Key=key,
            UpdateExpression="SET due = :due", ExpressionAttributeValues={":due": {"S": due}},
        )  # fmt: skip
        assert strike()["age"] > rings["Threshold"] == 300
        assert tell_age() == "ALARM"
    finally:
        client("lambda").update_event_source_mapping(UUID=queue, Enabled=True)
    until(lambda: trip(strike(), name).get("backAt"), "the tender is back once the mailer works again")
    until(lambda: strike()["age"] == 0, "nothing is waited for")


@pytest.mark.by_the_clock
def test_its_clock_strikes_by_itself(measured, struck):
    until(lambda: measured("canary", "CanaryAge") and measured("canary", "CanaryAge")[-1][0] > struck[-1] + 1, "it flies", 130)
