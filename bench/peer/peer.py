"""The same as src, in Python with boto3: a yardstick for `make bench`, not a design. `peer.py change|fan-out`."""

import http.client
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

TABLE, FROM = os.environ["TABLE_NAME"], os.environ["MAIL_FROM"]
CONFIG = Config(tcp_keepalive=True, max_pool_connections=32, retries={"mode": "standard"})
dynamodb = boto3.client("dynamodb", endpoint_url=os.environ["AWS_ENDPOINT_URL"], config=CONFIG)
ses = boto3.client("sesv2", endpoint_url=os.environ["AWS_ENDPOINT_URL_SESV2"], config=CONFIG)
# Chunks under way at once.
WIDTH = 8


def reply(status: int, body: dict) -> dict:
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}


def change(event: dict) -> dict:
    """R1: an agent's request for another address: one read, one transaction of three."""
    try:
        account = event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"]
    except KeyError:
        return reply(401, {"error": "nobody"})
    try:
        email = json.loads(event.get("body") or "")["email"].strip().lower()
    except (ValueError, TypeError, KeyError, AttributeError):
        email = ""
    local, _, domain = email.partition("@")
    if len(email) > 254 or not local or "." not in domain:
        return reply(422, {"error": "no address"})
    key = {"pk": {"S": f"PEER#{account}"}, "sk": {"S": "PEER"}}
    found = dynamodb.get_item(TableName=TABLE, Key=key, ConsistentRead=True).get("Item")
    if found is None:
        return reply(404, {"error": "no account"})
    old, version = found["email"]["S"], int(found["version"]["N"])
    if old == email:
        return reply(200, {"email": email, "version": version})
    address = lambda email: {"pk": {"S": f"PEEREMAIL#{email}"}, "sk": {"S": "EMAIL"}}
    put = {"TableName": TABLE, "Item": address(email) | {"owner": {"S": account}}, "ConditionExpression": "attribute_not_exists(pk)"}
    delete = {
        "TableName": TABLE,
        "Key": address(old),
        "ConditionExpression": "#owner = :account",
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {":account": {"S": account}},
    }
    update = {
        "TableName": TABLE,
        "Key": key,
        "UpdateExpression": "SET email = :email, version = :next",
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":email": {"S": email}, ":next": {"N": str(version + 1)}, ":version": {"N": str(version)}},
    }
    try:
        dynamodb.transact_write_items(TransactItems=[{"Put": put}, {"Delete": delete}, {"Update": update}])
    except ClientError as e:
        if e.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        taken = e.response["CancellationReasons"][0].get("Code") == "ConditionalCheckFailed"
        return reply(409, {"error": "taken" if taken else "again"})
    return reply(200, {"email": email, "version": version + 1})


def record(event: dict, follower: dict) -> dict:
    item = {"pk": {"S": f"PEERSENT#{event['id']}"}, "sk": follower["sk"], "kind": {"S": event["detail"]["kind"]}}
    return {"Put": {"TableName": TABLE, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}


def claim(event: dict, chunk: list[dict]) -> list[dict]:
    """Keeps those whose record this call made."""
    while chunk:
        try:
            dynamodb.transact_write_items(TransactItems=[record(event, follower) for follower in chunk])
            break
        except dynamodb.exceptions.TransactionCanceledException as e:
            reasons = e.response["CancellationReasons"]
            left = [follower for follower, reason in zip(chunk, reasons) if reason.get("Code") != "ConditionalCheckFailed"]
            if len(left) == len(chunk):
                raise
            chunk = left
    return chunk


def mail(event: dict, chunk: list[dict]) -> int:
    chunk = claim(event, chunk)
    if not chunk:
        return 0
    data = lambda follower: {"ReplacementTemplateData": json.dumps({"name": follower["name"]["S"]})}
    entries = [
        {
            "Destination": {"ToAddresses": [follower["email"]["S"]]},
            "ReplacementEmailContent": {"ReplacementTemplate": data(follower)},
        }
        for follower in chunk
    ]
    shared = json.dumps({"consultation": event["detail"]["consultationId"]})
    content = {"Template": {"TemplateName": "consultation-alert", "TemplateData": shared}}
    sent = ses.send_bulk_email(FromEmailAddress=FROM, DefaultContent=content, BulkEmailEntries=entries)
    return sum(result["Status"] == "SUCCESS" for result in sent["BulkEmailEntryResults"])


def fan_out(event: dict) -> dict:
    """R2: a fact to all followers of a consultation that want its kind, fifty at a time."""
    detail = event["detail"]
    query = dynamodb.get_paginator("query").paginate(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk",
        FilterExpression="contains(wants, :kind)",
        ExpressionAttributeValues={":pk": {"S": f"PEER#{detail['consultationId']}"}, ":kind": {"S": detail["kind"]}},
    )
    followers = [item for page in query for item in page["Items"]]
    chunks = [followers[first : first + 50] for first in range(0, len(followers), 50)]
    with ThreadPoolExecutor(WIDTH) as pool:
        sent = sum(pool.map(lambda chunk: mail(event, chunk), chunks))
    return {"statusCode": 200, "found": len(followers), "sent": sent}


def main() -> None:
    """Takes events from the Lambda Runtime API, one after the other."""
    answer_to = {"change": change, "fan-out": fan_out}[sys.argv[1]]
    runtime, path = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"]), "/2018-06-01/runtime/invocation"
    while True:
        runtime.request("GET", f"{path}/next")
        answer = runtime.getresponse()
        event, request = json.loads(answer.read()), answer.headers["Lambda-Runtime-Aws-Request-Id"]
        runtime.request("POST", f"{path}/{request}/response", json.dumps(answer_to(event)))
        runtime.getresponse().read()


main()
