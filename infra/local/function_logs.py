"""Prints the logs of the deployed functions."""

import sys

import aws
from progress import StackError
from services import Services

PREFIX = "/aws/lambda/"
# Lambda's own lines about each invocation.
FRAME = ("START RequestId:", "END RequestId:", "REPORT RequestId:")


def show(running: Services | None, out=sys.stdout) -> None:
    """Writes the lines of all functions, oldest first."""
    if running is None or not running.complete():
        raise StackError("the stack is not up: `make up` first")
    logs = aws.client("logs", running.aws)
    lines = []
    for group in logs.describe_log_groups(logGroupNamePrefix=PREFIX)["logGroups"]:
        name = group["logGroupName"].removeprefix(PREFIX)
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
            lines += [(event["timestamp"], name, event["message"].rstrip()) for event in page["events"]]
    for _, name, message in sorted(lines, key=lambda line: line[0]):
        if not message.startswith(FRAME):
            print(f"{name}: {message}", file=out)
