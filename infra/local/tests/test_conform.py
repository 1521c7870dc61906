"""What `make conform` says without a stack, by the code that reads events."""

import json
import re

import pytest

import conform
import description
from progress import StackError

TENDER = {"consultationId": "c-1", "depositId": "d-1", "depositNumber": 3, "receivedAt": "2026-11-24T09:31:07+01:00", "channel": "electronic"}
EVENT = {"type": "TenderReceived", "detail": TENDER}


@pytest.mark.parametrize(
    "content",
    [
        {"events": [EVENT]},
        [{"specversion": "1.0", "id": "1", "source": "/portal", "type": "TenderReceived", "data": TENDER}],
        {"specversion": "1.0", "id": "1", "source": "/portal", "type": "TenderReceived", "data": TENDER},
        {"source": "procurement", "detail-type": "TenderReceived", "detail": TENDER},
        {"Records": [{"body": json.dumps({"source": "procurement", "detail-type": "TenderReceived", "detail": TENDER})}]},
    ],
)
def test_events_are_read_in_every_form_in_which_they_are_sent(content):
    assert [(each["type"], each["detail"]) for each in conform.read(content)] == [("TenderReceived", TENDER)]


def said(capsys, tmp_path, monkeypatch, *events) -> str:
    def down():
        raise StackError("the stack is not up")

    monkeypatch.setattr(description, "running_stack", down)
    monkeypatch.delenv("API", raising=False)
    file = tmp_path / "events.json"
    file.write_text(json.dumps({"events": events}), encoding="utf-8")
    conform.conform(str(file))
    return capsys.readouterr().out


def test_each_event_is_understood_repaired_or_refused_and_mails_somebody_or_nobody(capsys, tmp_path, monkeypatch):
    told = said(
        capsys, tmp_path, monkeypatch,
        EVENT,
        {"type": "TenderReceived", "detail": TENDER | {"channel": "paper", "lots": {"no": "list"}, "depositNumber": "x" * 200}},
        {"type": "TenderReceived", "detail": TENDER | {"channel": "pigeon"}},
        {"type": "TenderReceived", "detail": {name: value for name, value in TENDER.items() if name != "depositId"}},
        {"type": "TenderLost", "detail": TENDER},
        "no event",
        {
            "type": "OrganisationProvisioned",
            "detail": {
                "organisation": "Ville", "entityId": "ville", "name": "Ville",
                "administrator": {"firstName": "Ada", "lastName": "Martin", "email": "ada@ville.example.fr"},
            },
        },
    )  # fmt: skip
    found = re.split(r"(?m)^\d+\. ", told)[1:]
    assert len(found) == 7
    assert "understood" in found[0] and 'depositId: "d-1"' in found[0] and "mails tenderReceived to whoever follows c-1" in found[0]
    assert "repaired" in found[1] and "(200 characters)" in found[1] and "lots:" in found[1] and "left out" in found[1] and "mails nobody" in found[1]
    assert "refused" in found[2] and "channel:" in found[2] and "electronic" in found[2]
    assert "refused" in found[3] and "depositId" in found[3]
    assert "refused" in found[4] and "type:" in found[4] and "TenderReceived" in found[4]
    assert "refused" in found[5] and "type:" in found[5]
    assert "mails an invitation to ada@ville.example.fr" in found[6]
    assert "3 understood, 1 of them repaired, 4 refused; nothing was sent" in told


def test_nothing_in_an_event_acts_on_the_terminal(capsys, tmp_path, monkeypatch):
    told = said(capsys, tmp_path, monkeypatch, {"type": "Tender\u202e\x1b[2J", "detail": {}}, {"type": "TenderReceived", "detail": TENDER | {"lots": ["\x9b2J\u202e"]}})
    assert "\\u202e" in told and "\\u001b[2J" in told and "\\u009b2J" in told
    assert all(line.isprintable() for line in told.splitlines())


def test_more_events_than_a_request_takes_are_said(capsys, tmp_path, monkeypatch):
    assert "100 events at a time" not in said(capsys, tmp_path, monkeypatch, *[EVENT] * 100)
    assert "100 events at a time" in said(capsys, tmp_path, monkeypatch, *[EVENT] * 101)


@pytest.mark.parametrize("text", ["no JSON", "3", '{"detail": {}}'])
def test_a_file_that_holds_no_events_is_said(text, tmp_path):
    file = tmp_path / "events.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(StackError, match="events.json"):
        conform.conform(str(file))
