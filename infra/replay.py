"""Publishes what `publisher` gave up: the records of the table's stream that each message in `<stack>-publisher-failures` names.

    replay.py STACK [--region REGION]

A message goes once all of its records are published; what fails stays in the queue, and the exit status says so. To publish again what
was published is harmless. The stream keeps its records for 24 hours.
"""

import argparse
import base64
import json
import sys
from collections.abc import Iterator
from datetime import datetime

# Most records for one invocation: as many as the mapping gives it, and less than the 6 MB that Lambda takes.
MOST_RECORDS = 100
MOST_BYTES = 4_000_000
# A page without a record is no end: the stream reads a while and hands over what it found.
MOST_PAGES = 5_000


class NotPublished(Exception):
    """Why a batch stays in the queue."""


def records(streams, batch: dict) -> Iterator[dict]:
    """The records from the first to the last sequence number of a batch, whatever else the pages hold."""
    last = int(batch["endSequenceNumber"])
    try:
        iterator = streams.get_shard_iterator(
            StreamArn=batch["streamArn"],
            ShardId=batch["shardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=batch["startSequenceNumber"],
        )["ShardIterator"]
        for _ in range(MOST_PAGES):
            page = streams.get_records(ShardIterator=iterator)
            for record in page["Records"]:
                number = int(record["dynamodb"]["SequenceNumber"])
                if number <= last:
                    yield record
                if number >= last:
                    return
            iterator = page.get("NextShardIterator")
            if iterator is None:
                break
    except (streams.exceptions.TrimmedDataAccessException, streams.exceptions.ResourceNotFoundException) as error:
        raise NotPublished("the stream has dropped its records: publish by hand what is missing") from error
    raise NotPublished(f"the shard ends before {last}")


def plain(value):
    """A record as Lambda hands it over: times as seconds, binary values as base64."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, set)):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def chunks(found: Iterator[dict]) -> Iterator[list[dict]]:
    """The records in their order, as many together as one invocation takes."""
    chunk, size = [], 0
    for record in map(plain, found):
        length = len(json.dumps(record).encode())
        if chunk and (len(chunk) == MOST_RECORDS or size + length > MOST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(record)
        size += length
    if chunk:
        yield chunk


def publish(functions, function: str, chunk: list[dict]) -> None:
    """Hands records to `publisher`, which fails as a whole or not at all."""
    answer = functions.invoke(FunctionName=function, Payload=json.dumps({"Records": chunk}).encode())
    said = json.loads(answer["Payload"].read() or "null")
    if "FunctionError" in answer or (said or {}).get("batchItemFailures"):
        raise NotPublished(f"{function} failed: {said}")


def replay(stack: str, client) -> int:
    """Publishes what every message names; how many messages stay."""
    sqs, streams, functions = client("sqs"), client("dynamodbstreams"), client("lambda")
    queue = sqs.get_queue_url(QueueName=f"{stack}-publisher-failures")["QueueUrl"]
    stay = 0
    # Hidden for so long that none is met twice.
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=900, WaitTimeSeconds=2).get("Messages"):
        for message in messages:
            count = 0
            try:
                for chunk in chunks(records(streams, json.loads(message["Body"])["DDBStreamBatchInfo"])):
                    publish(functions, f"{stack}-publisher", chunk)
                    count += len(chunk)
            except NotPublished as error:
                stay += 1
                print(f"{message['MessageId']}: stays in the queue: {error}", file=sys.stderr)
                continue
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            print(f"{message['MessageId']}: {count} records published")
    return stay


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stack")
    parser.add_argument("--region", default="eu-west-3")
    given = parser.parse_args()
    import boto3

    return 1 if replay(given.stack, lambda service: boto3.client(service, region_name=given.region)) else 0


if __name__ == "__main__":
    sys.exit(main())
