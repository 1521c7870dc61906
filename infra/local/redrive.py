"""Dead letters back into their queue, and a look at what was refused: `make redrive`, `make rejected`."""

import json
import sys

import aws
from progress import StackError, say

# Queue with positions in the stream of batches given up; it holds no messages of another queue.
POSITIONS = "publisher-failures"


def redrive(stack: dict, queue: str) -> int:
    """Puts every message of a dead-letter queue back into the queue that it came from; returns how many."""
    dead = stack["deadLetterQueues"]
    if queue not in dead or queue == POSITIONS:
        known = ", ".join(sorted(set(dead) - {POSITIONS}))
        reason = " holds positions of the stream: see infra/README.md" if queue == POSITIONS else " is no queue with dead letters"
        raise StackError(f"{queue or 'QUEUE='}{reason} (there are: {known})")
    sqs, count = aws.client("sqs", stack["awsEndpoint"]), 0
    for message in _messages(sqs, dead[queue]):
        sqs.send_message(QueueUrl=_target(stack, queue, message), MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=dead[queue], ReceiptHandle=message["ReceiptHandle"])
        count += 1
    say(f"{count} message(s) back in their queue")
    return count


def _target(stack: dict, queue: str, message: dict) -> str:
    """The queue of the same name; what a rule could not deliver names its own."""
    if queue in stack["queues"]:
        return stack["queues"][queue]
    arn = message.get("MessageAttributes", {}).get("TARGET_ARN", {}).get("StringValue", "")
    for url in stack["queues"].values():
        if url.rpartition("/")[2] == arn.rpartition(":")[2]:
            return url
    raise StackError(f"a message of {queue} names no queue of this stack: {arn or 'no TARGET_ARN'}")


def show_rejected(stack: dict, out=sys.stdout) -> None:
    """Writes each refused event with its reason as a line of JSON, and leaves it where it is."""
    sqs, queue = aws.client("sqs", stack["awsEndpoint"]), stack["queues"]["rejected"]
    seen = list(_messages(sqs, queue))
    for message in seen:
        sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    refused = whole([json.loads(message["Body"])["detail"] for message in seen])
    for each in refused:
        print(json.dumps(each, ensure_ascii=False), file=out, flush=True)
    say(f"{len(refused)} event(s) refused")


def whole(details: list[dict]) -> list[dict]:
    """Refused events with their reasons; those that came in parts are put together, once all parts are there."""
    refused, parts = [], {}
    for detail in details:
        if "part" not in detail:
            refused.append(detail)
            continue
        texts = parts.setdefault(detail["messageId"], {})
        complete = len(texts) == detail["parts"]
        texts[detail["part"]] = detail["text"]
        if len(texts) == detail["parts"] and not complete:
            text = "".join(texts[part] for part in sorted(texts))
            try:
                original = json.loads(text)
            except ValueError:
                original = text
            refused.append({"reason": detail["reason"], "original": original})
    return refused


def _messages(sqs, url: str):
    """Every message, each once."""
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get("Messages"):
        yield from messages
