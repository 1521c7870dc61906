"""Fate of a mail: the sample of a bounce, seen by its recipient and by their administrators, and mended by confirming."""

import time

from deployed import ROOT, token_of, until

AGENT, ADMINISTRATOR, ENTITY = "fatou.diallo@grandest.example.org", "achats@grandest.example.org", "grandest-mutualises"
TOLD, RESUMED = "Un agent ne reçoit plus ses alertes", "Vos alertes reprennent"


def test_a_bounce_is_seen_by_agent_administrator_and_list_within_five_seconds_and_lifted_by_confirming(stack, unique):
    stack.quiet()
    agent, administrator = stack.api(AGENT), stack.api(ADMINISTRATOR)
    account = f"/v1/accounts/{stack.account(AGENT)}"

    def shown() -> dict:
        return agent.call("GET", account).body

    def told() -> list[dict]:
        return [mail for mail in stack.mails(ADMINISTRATOR) if mail["subject"] == TOLD]

    def listed() -> list[str]:
        items = administrator.call("GET", f"/v1/entities/{ENTITY}/undeliverable").body["items"]
        return [item["id"] for item in items]

    assert shown()["emailStatus"] == "confirmed"
    before, began = len(told()), time.monotonic()

    stack.send_file(ROOT / "events/bus/bounce.json")

    until(lambda: shown()["emailStatus"] == "undeliverable", "the agent's address is undeliverable", 30)
    mail = until(lambda: told()[before:], "a mail to the administrator", 30)[0]
    assert stack.account(AGENT) in until(listed, "an entry in the list", 30)
    assert time.monotonic() - began < 5
    assert shown()["undeliverable"] | {"since": ""} == {"since": "", "cause": "bounce", "code": "5.1.1"}
    assert "Fatou Diallo" in mail["text"] and AGENT not in mail["text"]

    # The same again is the same, and what happens meanwhile is skipped.
    stack.send_file(ROOT / "events/bus/bounce.json")
    consultation = agent.call("GET", f"{account}/favourites").body["items"][0]
    detail = {
        "consultationId": consultation["consultationId"],
        "depositId": unique,
        "depositNumber": unique,
        "receivedAt": "2026-11-24T09:00:00+01:00",
        "channel": "electronic",
        "lots": [],
    }
    stack.send({"detail-type": "TenderReceived", "detail": detail})

    def skipped() -> list[dict]:
        items = agent.call("GET", f"{account}/deliveries").body["items"]
        return [item for item in items if (item["state"], item["why"]) == ("SKIPPED", "addressUndeliverable")]

    until(skipped, "a delivery that was skipped")
    stack.quiet()
    assert len(told()) == before + 1

    etag = agent.call("GET", account).etag
    agent.call("PATCH", f"{account}/contact", {"email": AGENT}, expect=(202,), If_Match=etag)
    confirmation = stack.mail(AGENT, "Confirmez votre adresse")
    stack.public.call("POST", "/v1/confirmations", {"token": token_of(confirmation)})
    assert shown()["emailStatus"] == "confirmed" and listed() == []
    missed = until(lambda: [mail for mail in stack.mails(AGENT) if mail["subject"] == RESUMED], "what was missed")[-1]
    assert consultation["reference"] in missed["text"]
