"""Makes a table of what a stack's table was at a time: `make restore STACK=vigie-production AT=2026-11-24T09:30:00Z`.

    restore.py STACK [AT]     without AT: the latest moment that can be had

The table gets what a restore leaves out: stream, expiry, recovery, tags, and protection where the stack's own has it. The stack goes on with
the one that it has until it is deployed with the parameter that this prints. Again with the AT that it says: goes on where it was broken off.
"""

import sys
import time
from datetime import datetime, timezone

from botocore.exceptions import BotoCoreError, ClientError
from target import Target

INTERVAL = 10.0


def when(at: str) -> datetime | None:
    """Reads the time; raises ValueError where it is none, or says nothing of its zone."""
    if not at:
        return None
    time = datetime.fromisoformat(at.replace("Z", "+00:00"))
    if time.tzinfo is None:
        raise ValueError(f"{at} has no zone: write it as 2026-11-24T09:30:00Z")
    return time.astimezone(timezone.utc)


def latest(dynamodb, table: str) -> datetime:
    """Returns the latest second that can be had."""
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    moment = backups["PointInTimeRecoveryDescription"].get("LatestRestorableDateTime")
    if moment is None:
        raise LookupError(f"{table} has no moment that can be had: its point-in-time recovery is off")
    return moment.astimezone(timezone.utc).replace(microsecond=0)


def restore(target: Target, at: datetime | None) -> str:
    """Returns the stream of the table that holds what was at that time; waits for it."""
    dynamodb = target.client("dynamodb")
    own = dynamodb.describe_table(TableName=target.table)["Table"]
    at = at or latest(dynamodb, target.table)
    name = f"{target.stack}-restored-{at:%Y%m%dT%H%M%SZ}"
    print(f"AT={at:%Y-%m-%dT%H:%M:%SZ}, whatever happens: typed again with it, this goes on.", file=sys.stderr, flush=True)
    try:
        dynamodb.restore_table_to_point_in_time(SourceTableName=target.table, TargetTableName=name, RestoreDateTime=at)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("TableAlreadyExistsException", "ResourceInUseException"):
            raise
    made = _active(dynamodb, name)
    if not made.get("StreamSpecification", {}).get("StreamEnabled"):
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        dynamodb.update_table(TableName=name, StreamSpecification=stream)
    made = _active(dynamodb, name)
    if own.get("DeletionProtectionEnabled") and not made.get("DeletionProtectionEnabled"):
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=True)
        made = _active(dynamodb, name)
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"]
    if expiry not in ("ENABLED", "ENABLING"):
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    tags = [{"Key": "project", "Value": "vigie"}, {"Key": "stage", "Value": target.parameters["Stage"]}]
    dynamodb.tag_resource(ResourceArn=made["TableArn"], Tags=tags)
    return made["LatestStreamArn"]


def _active(dynamodb, name: str) -> dict:
    """The table's description, once it and its index are there."""
    while True:
        table = dynamodb.describe_table(TableName=name)["Table"]
        indexes = table.get("GlobalSecondaryIndexes", [])
        if {table["TableStatus"], *(each.get("IndexStatus", "ACTIVE") for each in indexes)} == {"ACTIVE"}:
            return table
        time.sleep(INTERVAL)


def main(stack: str, at: str = "") -> None:
    try:
        stream = restore(Target(stack), when(at))
    except (LookupError, ValueError, BotoCoreError, ClientError) as error:
        sys.exit(f"error: {error}")
    print(f"RestoredTable={stream}")
    print("The table is there. Put that into parameter_overrides of infra/samconfig.toml, and `make deploy`.", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
