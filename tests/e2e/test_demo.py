"""The demo: each sample event puts a mail into the inbox of exactly the right agents."""

import json
from collections import Counter
from datetime import datetime

import pytest
from deployed import ROOT, until

EXPECTED = json.loads((ROOT / "infra/local/demo/expected-mails.json").read_text())
ALERTS = {
    "tenderReceived": "Nouveau dépôt électronique",
    "messageReceived": "Réponse reçue à votre message",
    "questionReceived": "Nouvelle question d'une entreprise",
    "noticePublished": "Avis publié au BOAMP",
    "noticeRejected": "ÉCHEC de publication au BOAMP",
    "approvalRequested": ("À approuver", "À valider"),
}


def kind_of(mail: dict) -> str | None:
    what = mail["subject"].partition("] ")[2]
    return next((kind for kind, subject in ALERTS.items() if what in (subject if isinstance(subject, tuple) else (subject,))), None)


def counted(mails: list[dict]) -> Counter:
    return Counter((to, kind_of(mail)) for mail in mails for to in mail["to"] if kind_of(mail))


# Samples whose mails are about accounts have tests of their own.
OF_ALERTS = sorted(name for name, mails in EXPECTED.items() if all("kind" in mail for mail in mails))


@pytest.mark.parametrize("sample", OF_ALERTS)
def test_a_sample_event_mails_exactly_the_right_agents_within_five_seconds(stack, sample):
    before, began = len(stack.mails()), datetime.now().timestamp()
    wanted = Counter((mail["to"], mail["kind"]) for mail in EXPECTED[sample])
    stack.send_file(ROOT / "events/bus" / sample)
    until(lambda: counted(stack.mails()[before:]) >= wanted, f"{sample}: {wanted - counted(stack.mails()[before:])}", 30)
    took = datetime.now().timestamp() - began
    stack.quiet()
    assert counted(stack.mails()[before:]) == wanted
    assert took < 5, f"{took:.1f} s"


def test_sent_again_nobody_is_mailed_again(stack):
    stack.quiet()
    before = len(stack.mails())
    for _ in range(3):
        stack.send_file(ROOT / "events/bus/tender-received.json")
    stack.quiet()
    assert stack.mails()[before:] == []


def test_favourites_show_which_rule_gave_them(stack):
    email = "karim.benali@strasbourg.example.fr"
    items = stack.api(email).call("GET", f"/v1/accounts/{stack.account(email)}/favourites").body["items"]
    assert "ownEntity" in {item["automatic"] for item in items}
