"""Puts events from a file on the stack's bus."""

import json
from pathlib import Path

import aws
from placeholders import for_the_bus
from progress import StackError, say

ENTRIES_PER_CALL = 10
BYTES_PER_CALL = 256 * 1024


def send_file(stack: dict, file: str) -> None:
    try:
        events = read(json.loads(for_the_bus(stack, Path(file).read_text(encoding="utf-8"))))
    except (OSError, ValueError) as error:
        raise StackError(f"{file}: {error}") from error
    put(stack, events)
    say(f"{len(events)} event(s) on {stack['busName']}")


def read(content) -> list[dict]:
    """Events as `{source, detail-type, detail}`, out of any form in which files hold them.

    That is: this one, an EventBridge envelope, an entry of PutEvents, its `Entries`, the SQS records that a function
    is invoked with, what `make rejected` prints of a refused event, or an array of any of these.
    """
    if isinstance(content, list):
        return [event for each in content for event in read(each)]
    if not isinstance(content, dict):
        raise ValueError("an event is a JSON object")
    for several in ("Entries", "Records"):
        if several in content:
            return read(content[several])
    if "original" in content and "reason" in content:
        return read(content["original"])
    if isinstance(content.get("body"), str):
        return read(json.loads(content["body"]))
    names = ("source", "detail-type", "detail") if "source" in content else ("Source", "DetailType", "Detail")
    missing = [name for name in names if name not in content]
    if missing:
        raise ValueError(f"an event without {', '.join(missing)}")
    source, kind, detail = (content[name] for name in names)
    return [{"source": source, "detail-type": kind, "detail": json.loads(detail) if isinstance(detail, str) else detail}]


def put(stack: dict, events: list[dict]) -> None:
    """Puts the events on the bus; raises StackError when the bus refuses one."""
    bus = aws.client("events", stack["awsEndpoint"])
    for entries in calls([entry_of(stack["busName"], event) for event in events]):
        answer = bus.put_events(Entries=entries)
        if answer["FailedEntryCount"]:
            refused = next(entry for entry in answer["Entries"] if "ErrorCode" in entry)
            raise StackError(f"the bus refused an event: {refused['ErrorCode']} {refused.get('ErrorMessage', '')}")


def entry_of(bus: str, event: dict) -> dict:
    """The event as an entry of PutEvents, as short as JSON is: it may be as long as the bus takes."""
    detail = json.dumps(event["detail"], ensure_ascii=False, separators=(",", ":"))
    try:
        detail.encode()
    except UnicodeEncodeError:
        # Half a character: only an escape can say it.
        detail = json.dumps(event["detail"], separators=(",", ":"))
    return {"EventBusName": bus, "Source": event["source"], "DetailType": event["detail-type"], "Detail": detail}


def calls(entries: list[dict]) -> list[list[dict]]:
    """The entries in calls that the bus takes: ten at most, of 256 KB at most."""
    several, size = [], 0
    for entry in entries:
        length = sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail"))
        if not several or len(several[-1]) == ENTRIES_PER_CALL or size + length > BYTES_PER_CALL:
            several.append([])
            size = 0
        several[-1].append(entry)
        size += length
    return several
