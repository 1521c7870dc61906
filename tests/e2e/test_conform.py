"""`make conform` against a stack that is up: whom each event would mail, as the demo has it, and nothing is sent."""

import json
import subprocess

import pytest
from deployed import ROOT

EXPECTED = json.loads((ROOT / "infra/local/demo/expected-mails.json").read_text())
AGENTS = {agent["contact"]["email"]: agent["contact"] for agent in json.loads((ROOT / "infra/local/demo/agents.json").read_text())}


def conform(file) -> str:
    done = subprocess.run(["make", "--silent", "conform", f"EVENTS={file}"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("sample", ["tender-received.json", "question-received.json", "tender-received-paper.json"])
def test_it_names_whom_a_sample_mails(stack, sample):
    before = len(stack.mails())
    told = conform(ROOT / "events" / "bus" / sample)
    wanted = {f"{AGENTS[mail['to']]['firstName']} {AGENTS[mail['to']]['lastName']}" for mail in EXPECTED[sample]}
    lines = [line.strip() for line in told.splitlines()]
    named = {line.rpartition(" (")[0] for line in lines if line.endswith(")") and not line.startswith(("not ", "and "))}
    assert {name for name in wanted if name not in named} == set(), told
    assert "mails nobody" in told if not wanted else f" to {len(wanted)}" in told, told
    stack.quiet()
    assert len(stack.mails()) == before


def test_it_names_what_is_refused_and_what_the_stack_does_not_know(stack, tmp_path):
    detail = {"consultationId": "nowhere", "depositId": "d", "receivedAt": "2026-11-24T09:00:00+01:00", "channel": "electronic"}
    file = tmp_path / "events.json"
    file.write_text(json.dumps({"events": [{"type": "TenderReceived", "detail": detail}, {"type": "TenderReceived", "detail": {}}]}))
    told = conform(file)
    assert "mails nobody yet: nowhere is not known there" in told
    assert "consultationId: is required" in told and "1 refused; nothing was sent" in told
