"""`make restore`, with DynamoDB's wire played: what a restore leaves out is put in, and nothing is done twice."""

import json

import pytest
import restore
from conftest import stack_xml
from target import Target

STREAM = "arn:aws:dynamodb:eu-west-3:123456789012:table/restored/stream/2026-11-24T09:40:00.000"
AT = "2026-11-24T10:30:00+01:00"
NAME = "vigie-trial-restored-20261124T093000Z"


@pytest.fixture
def target(cloud):
    cloud["DescribeStacks"] = (200, stack_xml(Stage="production"))
    cloud["RestoreTableToPointInTime"] = (200, {})
    cloud["DescribeTable"] = (200, {"Table": table()})
    cloud["DescribeTimeToLive"] = (200, {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}})
    for action in ("UpdateTable", "UpdateContinuousBackups", "UpdateTimeToLive", "TagResource"):
        cloud[action] = (200, {})
    target = Target("vigie-trial", "eu-west-3")
    target.outputs = {"TableName": "table"}
    return target


def table(**more):
    return {"TableStatus": "ACTIVE", "TableArn": STREAM.partition("/stream")[0], "LatestStreamArn": STREAM} | more


def asked(cloud, action):
    return [json.loads(body) for each, body in cloud["asked"] if each == action]


def test_the_table_gets_what_a_restore_leaves_out(cloud, target):
    assert restore.restore(target, restore.when(AT)) == STREAM
    (of,) = asked(cloud, "RestoreTableToPointInTime")
    assert (of["SourceTableName"], of["TargetTableName"]) == ("table", NAME)
    # Half past ten in Paris.
    assert of["RestoreDateTime"] == 1795512600
    (stream,) = asked(cloud, "UpdateTable")
    assert stream["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    (recovery,) = asked(cloud, "UpdateContinuousBackups")
    assert recovery["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    (expiry,) = asked(cloud, "UpdateTimeToLive")
    assert expiry["TimeToLiveSpecification"] == {"Enabled": True, "AttributeName": "ttl"}
    (tags,) = asked(cloud, "TagResource")
    assert {tag["Key"]: tag["Value"] for tag in tags["Tags"]} == {"project": "vigie", "stage": "production"}


def test_a_table_that_is_there_already_is_gone_on_with(cloud, target):
    cloud["RestoreTableToPointInTime"] = (400, {"__type": "TableAlreadyExistsException", "message": "there"})
    cloud["DescribeTable"] = (200, {"Table": table(StreamSpecification={"StreamEnabled": True}, DeletionProtectionEnabled=True)})
    cloud["DescribeTimeToLive"] = (200, {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED"}})
    assert restore.restore(target, restore.when(AT)) == STREAM
    assert not asked(cloud, "UpdateTable") and not asked(cloud, "UpdateTimeToLive")


def backups(**recovery):
    return 200, {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}}


def test_without_a_time_it_is_the_latest_and_goes_on_with_the_time_that_it_says(cloud, target, capsys):
    cloud["DescribeContinuousBackups"] = backups(PointInTimeRecoveryStatus="ENABLED", LatestRestorableDateTime=1795512600.75)
    restore.restore(target, restore.when(""))
    said = capsys.readouterr().err.partition(",")[0].removeprefix("AT=")
    # Later there is a later one.
    cloud["DescribeContinuousBackups"] = backups(PointInTimeRecoveryStatus="ENABLED", LatestRestorableDateTime=1795513200)
    restore.restore(target, restore.when(said))
    first, again = asked(cloud, "RestoreTableToPointInTime")
    assert first == again and (first["TargetTableName"], first["RestoreDateTime"]) == (NAME, 1795512600)


def test_without_recovery_there_is_no_latest(cloud, target):
    cloud["DescribeContinuousBackups"] = backups(PointInTimeRecoveryStatus="DISABLED")
    with pytest.raises(LookupError, match="recovery is off"):
        restore.restore(target, restore.when(""))
    assert not asked(cloud, "RestoreTableToPointInTime")


@pytest.mark.parametrize("at", ["yesterday", "2026-11-24T09:30:00", "09:30"])
def test_a_time_that_may_be_meant_otherwise_restores_nothing(cloud, target, at):
    with pytest.raises(SystemExit):
        restore.main("vigie-trial", at)
    assert not asked(cloud, "RestoreTableToPointInTime")


def test_a_time_that_aws_refuses_changes_nothing(cloud, target):
    cloud["RestoreTableToPointInTime"] = (400, {"__type": "InvalidRestoreTimeException", "message": "too early"})
    with pytest.raises(Exception, match="InvalidRestoreTime"):
        restore.restore(target, restore.when(AT))
    assert not asked(cloud, "UpdateTable")
