"""What `make conform` says without a stack, by the code that reads events."""

import json
import re

import pytest

import conform
import description
import paths
from progress import StackError

TENDER = {"consultationId": "c-1", "depositId": "d-1", "depositNumber": 3, "receivedAt": "2026-11-24T09:31:07+01:00", "channel": "electronic"}
EVENT = {"type": "TenderReceived", "detail": TENDER}


ON_THE_BUS = {"source": "procurement", "detail-type": "TenderReceived", "detail": TENDER}
CLOUD = {"specversion": "1.0", "id": "1", "source": "/portal", "type": "TenderReceived", "data": TENDER}
BUS = {"bus": {"type": "TenderReceived", "detail": TENDER, "source": "procurement"}}


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ({"events": [EVENT, 7]}, [{"own": EVENT}, {"own": 7}]),
        ({"body": json.dumps({"events": [EVENT]}), "requestContext": {}}, [{"own": EVENT}]),
        ([CLOUD, {"id": "2"}], [{"cloud": CLOUD}, {"cloud": {"id": "2"}}]),
        (CLOUD, [{"cloud": CLOUD}]),
        (ON_THE_BUS, [BUS]),
        ([ON_THE_BUS, ON_THE_BUS], [BUS, BUS]),
        ({"Records": [{"body": json.dumps(ON_THE_BUS)}]}, [BUS]),
    ],
)
def test_events_are_read_in_every_form_in_which_they_are_sent(content, wanted):
    assert conform.read(content) == wanted


def refusals(events) -> list[str | None]:
    """The field of each refusal; none of what is understood."""
    return [each["errors"][0]["field"] if "errors" in each else None for each in conform.judged(events)]


def test_an_envelope_is_judged_as_the_door_judges_it():
    large = TENDER | {"ignored": "x" * 200_000}
    own = [
        EVENT, EVENT | {"id": "1"}, {"type": "TenderReceived", "data": TENDER}, {"detail": TENDER}, 7,
        EVENT | {"detail": large}, EVENT | {"detail": TENDER | {"consultationId": "vigie-canary-1"}},
    ]  # fmt: skip
    assert refusals([{"own": event} for event in own]) == [None, "id", "data", "type", "", "detail", "consultationId"]
    cloud = [
        CLOUD | {"subject": "c-1", "own": True}, CLOUD | {"specversion": "0.3"}, CLOUD | {"id": ""}, CLOUD | {"datacontenttype": "text/xml"},
        {name: value for name, value in CLOUD.items() if name != "data"} | {"data_base64": "e30="}, {},
    ]  # fmt: skip
    assert refusals([{"cloud": event} for event in cloud]) == [None, "specversion", "id", "datacontenttype", "data", "specversion"]
    assert refusals([BUS, {"bus": BUS["bus"] | {"source": "other"}}]) == [None, "source"]


def test_every_sample_is_understood_unless_its_name_says_that_it_is_bad():
    samples, events = [], []
    for folder in ("bus", "intake", "consultations", "directory", "provisioning"):
        for file in sorted((paths.ROOT / "events" / folder).glob("*.json")):
            text = re.sub(r"\{\{account:[^{}]+\}\}", "an-account", file.read_text(encoding="utf-8"))
            try:
                read = conform.read(json.loads(text))
            except ValueError:
                assert file.name.startswith("bad-"), file
                continue
            read = [event for event in read if event.get("bus", {}).get("source", "procurement") == "procurement"]
            samples += [f"{folder}/{file.name}"] * len(read)
            events += read
    assert len(events) > 50
    wrong = {sample for sample, field in zip(samples, refusals(events), strict=True) if field is not None}
    assert wrong == {sample for sample in samples if "/bad-" in sample or "one-refused" in sample}


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
    assert "no type" in found[5] and "refused" in found[5] and "event: must be an object" in found[5]
    assert "mails an invitation to ada@ville.example.fr" in found[6]
    assert "3 understood, 1 of them repaired, 4 refused; nothing was sent" in told


def test_what_is_missing_is_no_null_and_what_is_mailed_beside_alerts_is_said(capsys, tmp_path, monkeypatch):
    agent = {
        "organisationId": "ville", "agentId": "1", "revision": 1, "entityId": "ville-voirie", "role": "agent",
        "firstName": "Ada", "lastName": "Martin", "email": "ada@ville.example.fr", "invite": True,
    }  # fmt: skip
    asked = {"consultationId": "c-1", "requestId": "r-1", "level": 1, "requestedBy": "Ada", "wantedOn": "2027-03-10"}
    told = said(
        capsys, tmp_path, monkeypatch,
        {"type": "TenderReceived", "detail": {name: value for name, value in TENDER.items() if name != "depositNumber"}},
        {"type": "AgentSaved", "detail": agent},
        {"type": "AgentSaved", "detail": agent | {"active": False}},
        {"type": "AgentSaved", "detail": agent | {"email": "none"}},
        {"type": "ApprovalRequested", "detail": asked},
    )  # fmt: skip
    found = re.split(r"(?m)^\d+\. ", told)[1:]
    assert "depositNumber: missing → left out" in found[0]
    assert "mails an invitation to ada@ville.example.fr, unless they accepted one" in found[1]
    assert all("invitation" not in each and "mails no alert" in each for each in found[2:4])
    assert 'email: "none" → left out' in found[3]
    assert "a reminder at 2027-03-" in found[4]


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


def test_a_field_that_is_given_twice_is_said(tmp_path):
    file = tmp_path / "events.json"
    file.write_text('{"events": [{"type": "TenderReceived", "detail": {"depositId": "1", "depositId": "2"}}]}', encoding="utf-8")
    with pytest.raises(StackError, match="depositId is given twice"):
        conform.conform(str(file))
