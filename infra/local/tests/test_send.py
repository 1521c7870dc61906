import json

import pytest

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
