import json

import pytest

import redrive
import send
from progress import StackError

EVENT = {"source": "procurement", "detail-type": "TenderReceived", "detail": {"consultationId": "c-1"}}


@pytest.mark.parametrize(
    "content",
    [
        EVENT,
        EVENT | {"version": "0", "id": "1", "account": "0", "resources": []},
        {"Source": "procurement", "DetailType": "TenderReceived", "Detail": '{"consultationId": "c-1"}'},
        {"Entries": [{"Source": "procurement", "DetailType": "TenderReceived", "Detail": '{"consultationId": "c-1"}'}]},
        {"Records": [{"messageId": "1", "eventSource": "aws:sqs", "body": json.dumps(EVENT)}]},
        [EVENT],
        {"reason": "unknown variant", "original": EVENT | {"id": "1"}},
    ],
)
def test_reads_an_event_in_every_form_that_files_have(content):
    assert send.read(content) == [EVENT]


@pytest.mark.parametrize("content", ["text", {"source": "procurement"}, {"detail": {}}, 3, None])
def test_says_what_is_no_event(content):
    with pytest.raises(ValueError):
        send.read(content)


def test_names_of_accounts_become_ids_and_other_braces_stay(tmp_path, monkeypatch):
    sent = []
    monkeypatch.setattr(send, "put", lambda stack, events: sent.extend(events))
    detail = {"authorAccountId": "{{account:claire@example.fr}}", "title": "{{title}} {{#if x}}"}
    file = tmp_path / "event.json"
    file.write_text(json.dumps(EVENT | {"detail": detail}))
    send.send_file({"accounts": {"claire@example.fr": "a-1"}, "busName": "bus"}, str(file))
    assert sent[0]["detail"] == {"authorAccountId": "a-1", "title": "{{title}} {{#if x}}"}


def test_an_unknown_account_is_named(tmp_path):
    file = tmp_path / "event.json"
    file.write_text(json.dumps(EVENT | {"detail": {"guests": ["{{account:nobody@example.fr}}"]}}))
    with pytest.raises(StackError, match="nobody@example.fr"):
        send.send_file({"accounts": {}, "busName": "bus"}, str(file))


def test_what_was_refused_can_be_sent_again_however_long_it_is():
    title = "é" * 126_000 + '"'
    event = EVENT | {"detail": {"consultationId": "c-1", "title": title}}
    text = json.dumps(event, ensure_ascii=False)
    parts = [text[:100_000], text[100_000:]]
    details = [
        {"reason": "why", "messageId": "m-1", "part": i + 1, "parts": 2, "text": part} for i, part in enumerate(parts)
    ]
    # A part that came twice, another event between, and one of which a part is missing.
    seen = [details[1], {"reason": "x", "original": "text"}, details[0], details[1], details[0] | {"messageId": "m-2"}]
    refused = redrive.whole(seen)
    assert refused == [{"reason": "x", "original": "text"}, {"reason": "why", "original": event}]
    entry = send.entry_of("bus", send.read(refused[1])[0])
    assert len(entry["Detail"].encode()) == len(json.dumps(event["detail"], ensure_ascii=False, separators=(",", ":")).encode()) < 256 * 1024


def test_half_a_character_is_sent_as_an_escape():
    entry = send.entry_of("bus", EVENT | {"detail": {"title": "x\ud83e"}})
    assert entry["Detail"] == '{"title":"x\\ud83e"}'


def test_a_call_takes_ten_entries_and_256_kilobytes():
    long = send.entry_of("bus", EVENT | {"detail": {"title": "x" * 100_000}})
    short = send.entry_of("bus", EVENT)
    assert [len(call) for call in send.calls([long] * 5)] == [2, 2, 1]
    assert [len(call) for call in send.calls([short] * 25)] == [10, 10, 5]
    assert send.calls([]) == []
