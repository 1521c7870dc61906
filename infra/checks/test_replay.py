"""Batches that the stream's reader gave up are published from the first to the last record, and messages are deleted from no other
queue."""

import io
import json
import sys
from datetime import datetime, timezone

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber
from template import INFRA

sys.path.insert(0, str(INFRA))
import replay  # noqa: E402

QUEUE = "https://sqs.eu-west-3.amazonaws.com/123456789012/vigie-test-publisher-failures"
STREAM = "arn:aws:dynamodb:eu-west-3:123456789012:table/vigie/stream/2026-11-24T00:00:00.000"
SHARD = "shardId-00000001795507200000-0a1b2c3d"
WHEN = datetime(2026, 11, 24, 8, tzinfo=timezone.utc)


class Aws:
    """The wire of AWS's own clients, with answers that were written down."""

    def __init__(self):
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        self.clients = {name: boto3.client(name, region_name="eu-west-3", **keys) for name in ("sqs", "dynamodbstreams", "lambda")}
        self.wires = {name: Stubber(client) for name, client in self.clients.items()}
        for wire in self.wires.values():
            wire.activate()
        self.wires["sqs"].add_response("get_queue_url", {"QueueUrl": QUEUE}, {"QueueName": "vigie-test-publisher-failures"})

    def gave_up(self, first, last, batch_size=1):
        info = {"shardId": SHARD, "startSequenceNumber": sequence(first), "endSequenceNumber": sequence(last), "batchSize": batch_size}
        body = json.dumps({"DDBStreamBatchInfo": info | {"streamArn": STREAM}})
        message = {"MessageId": f"m-{first}", "ReceiptHandle": f"r-{first}", "Body": body}
        self.wires["sqs"].add_response("receive_message", {"Messages": [message]}, {"QueueUrl": QUEUE} | {
            "MaxNumberOfMessages": 10, "VisibilityTimeout": ANY, "WaitTimeSeconds": ANY,
        })
        wanted = {"StreamArn": STREAM, "ShardId": SHARD, "ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": sequence(first)}
        self.wires["dynamodbstreams"].add_response("get_shard_iterator", {"ShardIterator": "page-0"}, wanted)

    def page(self, i, numbers, more=True):
        answer = {"Records": [record(n) for n in numbers]} | ({"NextShardIterator": f"page-{i + 1}"} if more else {})
        self.wires["dynamodbstreams"].add_response("get_records", answer, {"ShardIterator": f"page-{i}"})

    def published(self, numbers, answer=None, **error):
        payload = json.dumps({"Records": [replay.plain(record(n)) for n in numbers]}).encode()
        said = json.dumps(answer or {"batchItemFailures": []}).encode()
        body = {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(said), len(said))} | error
        self.wires["lambda"].add_response("invoke", body, {"FunctionName": "vigie-test-publisher", "Payload": payload})

    def acknowledged(self, first):
        self.wires["sqs"].add_response("delete_message", {}, {"QueueUrl": QUEUE, "ReceiptHandle": f"r-{first}"})

    def replay(self):
        self.wires["sqs"].add_response("receive_message", {})
        stay = replay.replay("vigie-test", self.clients.__getitem__)
        for wire in self.wires.values():
            wire.assert_no_pending_responses()
        return stay


def sequence(number):
    """A sequence number as DynamoDB's, of at least 21 digits and not always of as many."""
    return f"{number}{'0' * 20}"


def record(number):
    keys = {"pk": {"S": "CONSULTATION#c-1"}, "sk": {"S": f"FACT#{number}"}}
    images = {"Keys": keys, "NewImage": keys | {"raw": {"B": b"\x00\xff"}}, "SequenceNumber": sequence(number)}
    return {"eventID": f"e-{number}", "eventName": "INSERT", "dynamodb": images | {"ApproximateCreationDateTime": WHEN}}


@pytest.fixture
def aws():
    return Aws()


def test_everything_from_the_first_to_the_last_record_is_published(aws):
    # The batch counts what passed the mapping's filter; the stream holds more, over several pages, of which one is empty.
    aws.gave_up(first=100, last=900, batch_size=2)
    aws.page(0, [100, 200])
    aws.page(1, [])
    aws.page(2, [300, 900, 950])
    aws.published([100, 200, 300, 900])
    aws.acknowledged(100)
    assert aws.replay() == 0


def test_numbers_are_compared_as_numbers(aws):
    aws.gave_up(first=99, last=1000)
    aws.page(0, [99, 1000, 1001])
    aws.published([99, 1000])
    aws.acknowledged(99)
    assert aws.replay() == 0


def test_a_large_batch_goes_in_the_mapping_s_portions(aws):
    aws.gave_up(first=1, last=250)
    aws.page(0, range(1, 251))
    for portion in (range(1, 101), range(101, 201), range(201, 251)):
        aws.published(portion)
    aws.acknowledged(1)
    assert aws.replay() == 0


@pytest.mark.parametrize("answer", [{"batchItemFailures": [{"itemIdentifier": "1"}]}, {"errorType": "Error", "errorMessage": "no bus"}])
def test_what_is_not_published_stays(aws, answer):
    aws.gave_up(first=1, last=1)
    aws.page(0, [1])
    aws.published([1], answer, **({"FunctionError": "Unhandled"} if "errorType" in answer else {}))
    assert aws.replay() == 1


def test_what_the_stream_has_dropped_stays_and_does_not_stop_the_rest(aws, capsys):
    aws.gave_up(first=1, last=9)
    aws.wires["dynamodbstreams"].add_client_error("get_records", "TrimmedDataAccessException")
    aws.gave_up(first=20, last=20)
    aws.page(0, [20])
    aws.published([20])
    aws.acknowledged(20)
    assert aws.replay() == 1
    assert "by hand" in capsys.readouterr().err


def test_a_shard_that_ends_before_its_time_is_not_the_whole(aws):
    aws.gave_up(first=1, last=9)
    aws.page(0, [1, 2], more=False)
    batch = {"streamArn": STREAM, "shardId": SHARD, "startSequenceNumber": sequence(1), "endSequenceNumber": sequence(9)}
    with pytest.raises(replay.NotPublished):
        list(replay.records(aws.clients["dynamodbstreams"], batch))


def test_records_are_handed_over_as_lambda_does():
    assert replay.plain(record(1))["dynamodb"]["ApproximateCreationDateTime"] == int(WHEN.timestamp())
    assert replay.plain(record(1))["dynamodb"]["NewImage"]["raw"] == {"B": "AP8="}
