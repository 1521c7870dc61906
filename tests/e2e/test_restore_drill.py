"""The restore, rehearsed: a copy of the table, more events, then the functions on the copy. `make restore-drill` says how long it took."""

import json
import os
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aws
import pytest
from deployed import ROOT, Stack

pytestmark = pytest.mark.restore_drill

CONSULTATION = "c-21-166157"
CLAIRE = "claire.martin@strasbourg.example.fr"
ITEMS = int(os.environ.get("ITEMS") or 5_000)


def tender(deposit: str) -> dict:
    event = json.loads((ROOT / "events/bus/tender-received.json").read_text(encoding="utf-8"))
    return event | {"detail": event["detail"] | {"consultationId": CONSULTATION, "depositId": deposit}}


def filled(stack: Stack, table: str) -> None:
    """Fills the table up with items that no function reads, so that a copy has something to carry."""
    dynamodb = aws.client("dynamodb", stack.description["awsEndpoint"])
    missing = range(len(items(stack, table)), ITEMS)

    def put(numbers) -> None:
        written = [{"PutRequest": {"Item": {"pk": {"S": f"ENTITY#drill-{n % 50}"}, "sk": {"S": f"DRAFTED#{n}"}, "text": {"S": "x" * 400}}}} for n in numbers]
        dynamodb.batch_write_item(RequestItems={table: written})

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(put, (missing[first : first + 25] for first in range(0, len(missing), 25))))


def items(stack: Stack, table: str) -> dict[tuple[str, str], dict]:
    """What is in a table, without the canary's: that one flies meanwhile."""
    pages = aws.client("dynamodb", stack.description["awsEndpoint"]).get_paginator("scan").paginate(TableName=table)
    found = {(item["pk"]["S"], item["sk"]["S"]): item for page in pages for item in page["Items"]}
    return {key: item for key, item in found.items() if "vigie-canary" not in " ".join(key)}


def told(stack: Stack, *events: dict) -> Counter:
    """Who is mailed of some events, and how often."""
    before = Counter(to for mail in stack.mails() for to in mail["to"])
    stack.send(*events)
    stack.quiet()
    after = Counter(to for mail in stack.mails() for to in mail["to"] if "vigie-canary" not in to)
    return after - before


def run(*command: str, **more: str) -> str:
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ) | more, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_functions_go_on_with_a_copy_and_tell_again_only_what_it_does_not_know(stack, unique, capsys):
    table = stack.description["tableName"]
    before, after = tender(f"before-{unique}"), tender(f"after-{unique}")
    at_once = told(stack, before)
    assert at_once[CLAIRE] == 1
    path = f"/v1/accounts/{stack.account(CLAIRE)}/favourites"
    favourites = stack.api(CLAIRE).call("GET", path).body
    filled(stack, table)
    stack.quiet()
    there = items(stack, table)

    began = time.monotonic()
    restored = run(str(ROOT / ".tools/venv-deployed/bin/python"), str(ROOT / "infra/deployed/restore.py"), "local").strip()
    copied = time.monotonic() - began
    stream = restored.removeprefix("RestoredTable=")
    copy = stream.split("/")[1]
    kept = items(stack, copy)
    assert {key: kept.get(key) for key in there} == there

    assert told(stack, after) == at_once
    assert len(items(stack, table)) > len(there)

    began = time.monotonic()
    run(str(ROOT / ".tools/venv/bin/python"), str(ROOT / "infra/local/stack.py"), "up", RESTORED_TABLE=stream)
    switched = time.monotonic() - began
    moved = Stack(json.loads(Path(os.environ["VIGIE_STACK"]).read_text()))
    assert moved.description["tableName"] == copy

    # Nothing that was there is lost, and the switch alone tells nobody anything.
    assert moved.api(CLAIRE).call("GET", path).body == favourites
    assert told(moved) == Counter()
    # The portal's events since the copy are sent again, and more than those, for nobody knows exactly.
    assert told(moved, before) == Counter(), "known to the copy"
    again = told(moved, after)
    assert again == at_once, "told before the switch, and once more: docs/limits.md"
    assert told(moved, before, after, after) == Counter()
    # It lives: a new one is told once.
    assert told(moved, tender(f"new-{unique}")) == at_once
    now = items(moved, copy)
    assert [key for key in there if key not in now and not key[0].startswith("OPEN#")] == []
    with capsys.disabled():
        print(f"\n{len(there)} items: copied in {copied:.0f} s, taken by the functions in {switched:.0f} s")
        print(f"{sum(again.values())} mails of one event since the copy were sent a second time, none of those before it")
