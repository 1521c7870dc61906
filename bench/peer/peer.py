"""The same as src/main.rs, in Python with boto3: a yardstick for `make bench`, not a design."""

import http.client
import json
import os

import boto3

TABLE, FROM = os.environ["TABLE_NAME"], os.environ["MAIL_FROM"]
dynamodb = boto3.client("dynamodb", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
ses = boto3.client("sesv2", endpoint_url=os.environ["AWS_ENDPOINT_URL_SESV2"])


def change(account: str, email: str) -> dict:
    """Gives an account another address that nobody has."""
    key = {"pk": {"S": f"PEER#{account}"}, "sk": {"S": "PEER"}}
    old = dynamodb.get_item(TableName=TABLE, Key=key, ConsistentRead=True)["Item"]["email"]
    address = lambda email: {"pk": {"S": f"PEEREMAIL#{email}"}, "sk": {"S": "EMAIL"}}
    put = {"TableName": TABLE, "Item": address(email) | {"owner": {"S": account}}, "ConditionExpression": "attribute_not_exists(pk)"}
    update = {
        "TableName": TABLE,
        "Key": key,
        "UpdateExpression": "SET email = :email",
        "ConditionExpression": "email = :old",
        "ExpressionAttributeValues": {":email": {"S": email}, ":old": old},
    }
    writes = [{"Put": put}, {"Delete": {"TableName": TABLE, "Key": address(old["S"])}}, {"Update": update}]
    dynamodb.transact_write_items(TransactItems=writes)
    return {"statusCode": 200, "body": '{"confirmed":true}'}


def tell(consultation: str, fact: str) -> dict:
    """Mails a fact to all who follow a consultation."""
    query = dynamodb.get_paginator("query").paginate(
        TableName=TABLE, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": f"PEER#{consultation}"}}
    )
    sent = 0
    for page in query:
        for first in range(0, len(page["Items"]), 50):
            chunk = page["Items"][first : first + 50]
            claims = [
                {
                    "Put": {
                        "TableName": TABLE,
                        "Item": {"pk": {"S": f"PEERSENT#{fact}"}, "sk": item["sk"]},
                        "ConditionExpression": "attribute_not_exists(pk)",
                    }
                }
                for item in chunk
            ]
            dynamodb.transact_write_items(TransactItems=claims)
            sent += send(consultation, fact, chunk)
    return {"statusCode": 200, "sent": sent}


def send(consultation: str, fact: str, chunk: list[dict]) -> int:
    content = {"Subject": "{{consultation}}", "Text": "{{name}}: {{fact}}"}
    template = {"TemplateContent": content, "TemplateData": json.dumps({"consultation": consultation, "fact": fact})}
    data = lambda item: {"ReplacementTemplateData": json.dumps({"name": item["name"]["S"]})}
    entries = [
        {
            "Destination": {"ToAddresses": [item["email"]["S"]]},
            "ReplacementEmailContent": {"ReplacementTemplate": data(item)},
        }
        for item in chunk
    ]
    sent = ses.send_bulk_email(FromEmailAddress=FROM, DefaultContent={"Template": template}, BulkEmailEntries=entries)
    return len(sent["BulkEmailEntryResults"])


def main() -> None:
    """Takes events from the Lambda Runtime API, one after the other."""
    runtime, path = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"]), "/2018-06-01/runtime/invocation"
    while True:
        runtime.request("GET", f"{path}/next")
        answer = runtime.getresponse()
        event, request = json.loads(answer.read()), answer.headers["Lambda-Runtime-Aws-Request-Id"]
        told = change(**event) if "account" in event else tell(**event)
        runtime.request("POST", f"{path}/{request}/response", json.dumps(told))
        runtime.getresponse().read()


main()
