"""A portal's first load: all its agents at once stand before nobody's alert."""

import time

from deployed import customer, until

AGENTS = 300


def test_a_tender_is_told_in_its_usual_time_while_a_portal_declares_everybody(stack, unique):
    here = customer(stack, unique)
    bruno, api = here.declared("bruno")
    alerts = api.call("GET", f"/v1/accounts/{bruno}/alerts").body
    alerts["kinds"]["tenderReceived"] = "immediate"
    api.call("PUT", f"/v1/accounts/{bruno}/alerts", alerts)
    consultation = f"l-{unique}"
    saved = {
        "consultationId": consultation,
        "revision": 1,
        "reference": "26-1",
        "title": "Maintenance des ascenseurs",
        "organisation": "Ville de Colmar",
        "entityId": here.entity,
        "author": {"agentId": "bruno"},
        "phase": "drafting",
        "guests": [],
    }
    stack.send({"detail-type": "ConsultationSaved", "detail": saved})
    until(lambda: api.call("GET", f"/v1/accounts/{bruno}/favourites").body["items"], "the author's star")
    stack.quiet()

    began = time.monotonic()
    stack.send(*(here.saved(f"agent-{n}") for n in range(AGENTS)))
    sent = time.monotonic()
    tender = {"consultationId": consultation, "depositId": f"d-{unique}", "depositNumber": "1", "receivedAt": "2026-11-24T09:00:00+01:00"}
    stack.send({"detail-type": "TenderReceived", "detail": tender | {"channel": "electronic"}})
    stack.mail(f"bruno@{unique}.example.fr", "Nouveau dépôt électronique")
    told = time.monotonic() - sent
    assert stack.waiting(stack.description["queues"]["directory"]), "the load is under way still"
    assert told < 5, f"{told:.1f} s"
    stack.quiet()
    print(f"{AGENTS} agents in {time.monotonic() - began:.0f} s; a tender was told after {told:.1f} s")
    listed, cursor = [], ""
    while cursor is not None:
        page = here.api.call("GET", f"/v1/entities/{here.entity}/agents{cursor}").body
        listed += page["items"]
        cursor = page["cursor"] and f"?cursor={page['cursor']}"
    assert sum(agent["declared"] for agent in listed) == AGENTS + 1
