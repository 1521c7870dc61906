"""The clock of the deployed system: a deadline passes, and whoever follows the consultation has the digest within two minutes."""

import time
from datetime import UTC, datetime, timedelta

import pytest

AUTHOR = "claire.martin@strasbourg.example.fr"


@pytest.mark.by_the_clock
def test_a_deadline_that_passes_is_told_within_two_minutes(stack, unique):
    account, consultation = stack.account(AUTHOR), f"closing-{unique}"
    api = stack.api(AUTHOR)
    alerts = api.call("GET", f"/v1/accounts/{account}/alerts").body
    wanted = alerts | {"kinds": alerts["kinds"] | {"consultationClosed": "immediate"}}
    api.call("PUT", f"/v1/accounts/{account}/alerts", wanted)
    entity = api.call("GET", f"/v1/accounts/{account}").body["entity"]["id"]
    now = datetime.now(UTC).replace(microsecond=0)
    deadline = now + timedelta(seconds=5)
    saved = {
        "consultationId": consultation,
        "revision": 1,
        "reference": f"CL-{unique}",
        "title": "Fourniture de signalisation routière",
        "organisation": "EUROMETROPOLE DE STRASBOURG",
        "entityId": entity,
        "authorAccountId": account,
        "phase": "drafting",
        "submissionDeadline": deadline.isoformat(),
        "guests": [],
    }
    tender = {"consultationId": consultation, "depositNumber": "1", "channel": "electronic", "lots": []}
    stack.send(
        {"detail-type": "ConsultationSaved", "detail": saved},
        {"detail-type": "ConsultationSaved", "detail": saved | {"revision": 2, "phase": "consultation"}},
        {"detail-type": "TenderReceived", "detail": tender | {"depositId": "d-1", "receivedAt": now.isoformat()}},
        {"detail-type": "TenderReceived", "detail": tender | {"depositId": "d-2", "receivedAt": (deadline + timedelta(seconds=1)).isoformat()}},
        {"detail-type": "DocumentsWithdrawn", "detail": {"consultationId": consultation, "withdrawalId": "w-1", "at": now.isoformat(), "channel": "anonymous"}},
    )  # fmt: skip

    left = 120 + deadline.timestamp() - time.time()
    mail = stack.mail(AUTHOR, f"[CL-{unique}] Clôture", patience=left)

    assert mail["subject"] == f"[CL-{unique}] Clôture – 1 dépôt, 1 retrait"
    assert "Dépôts électroniques hors délai\u00a0: 1" in mail["text"]
    api.call("PUT", f"/v1/accounts/{account}/alerts", alerts)
