"""Points about how the stack is at this moment: what waits, what rings, what would be left after a mistake."""

from target import Target
from verdict import Verdict, failed, not_reachable, passed


def depths(target: Target, _) -> Verdict:
    """No queue that people look at holds anything; says how many messages the others hold."""
    waiting = {name: _depth(target, url) for name, url in _queues(target).items()}
    read_by_people = {name: count for name, count in waiting.items() if _is_read_by_people(name) and count}
    if read_by_people:
        listed = ", ".join(f"{name} holds {count}" for name, count in sorted(read_by_people.items()))
        return failed(listed, "look at the messages, mend their cause, and put them back (infra/README.md, Redrive)")
    return passed(f"{sum(waiting.values())} messages wait in {len(waiting)} queues, none of them for people")


def _queues(target: Target) -> dict[str, str]:
    """Name, without the stack's → URL."""
    urls = target.resources["AWS::SQS::Queue"].values()
    return {url.rpartition("/")[2].removeprefix(f"{target.stack}-"): url for url in urls}


def _is_read_by_people(name: str) -> bool:
    return name.endswith("-dead-letters") or name in ("rejected", "undelivered", "publisher-failures")


def _depth(target: Target, url: str) -> int:
    states = ("", "NotVisible", "Delayed")
    names = [f"ApproximateNumberOfMessages{state}" for state in states]
    found = target.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(found.get(name, 0)) for name in names)


def alarms(target: Target, _) -> Verdict:
    """No alarm of the stack's rings."""
    if target.local:
        return not_reachable("the emulator's alarms ring by what tests and a sleeping machine do")
    ringing, count = [], 0
    for page in target.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{target.stack}-"):
        count += len(page["MetricAlarms"])
        ringing += [each["AlarmName"] for each in page["MetricAlarms"] if each.get("StateValue") == "ALARM"]
    if ringing:
        return failed(f"{', '.join(sorted(ringing))}", "what to look at first stands in infra/README.md, Queues and alarms")
    return passed(f"none of {count} rings")


def kept(target: Target, _) -> Verdict:
    """The table can be got back for 35 days, forgets what has had its time, and in production nobody deletes it or the logins by mistake."""
    table, wrong = target.client("dynamodb"), []
    backups = table.describe_continuous_backups(TableName=target.table)["ContinuousBackupsDescription"]
    if backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] != "ENABLED":
        wrong.append("point-in-time recovery is off")
    expiry = table.describe_time_to_live(TableName=target.table)["TimeToLiveDescription"]
    if (expiry.get("TimeToLiveStatus"), expiry.get("AttributeName")) != ("ENABLED", "ttl"):
        wrong.append("items with a ttl stay")
    in_production = target.parameters.get("Stage") == "production"
    if in_production and not table.describe_table(TableName=target.table)["Table"].get("DeletionProtectionEnabled"):
        wrong.append("the table can be deleted")
    for pool in target.resources.get("AWS::Cognito::UserPool", {}).values() if in_production else ():
        if target.client("cognito-idp").describe_user_pool(UserPoolId=pool)["UserPool"].get("DeletionProtection") != "ACTIVE":
            wrong.append("the user pool can be deleted")
    if wrong:
        return failed("; ".join(wrong), "deploy again; a restored table has none of these by itself (infra/README.md, Backup and restore)")
    return passed("recovery and expiry are on" + (", and nothing is deleted by mistake" if in_production else ""))
