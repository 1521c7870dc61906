"""The clock of the deployed system: a deadline passes, and whoever follows the consultation has the digest within two minutes. It passes
while the other tests run."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from deployed import customer


@pytest.fixture(scope="session")
def closing(stack):
    """A consultation whose deadline passes in five seconds, with what came in before it and after."""
    unique = uuid.uuid4().hex[:8]
    author = customer(stack, unique)
    path = f"/v1/accounts/{author.id}/alerts"
    alerts = author.api.call("GET", path).body
    author.api.call("PUT", path, alerts | {"kinds": alerts["kinds"] | {"consultationClosed": "immediate"}})
    now = datetime.now(UTC).replace(microsecond=0)
    deadline = now + timedelta(seconds=5)
    consultation = f"closing-{unique}"
    saved = {
        "consultationId": consultation,
        "revision": 1,
        "reference": f"CL-{unique}",
        "title": "Fourniture de signalisation routière",
        "organisation": "Ville de Colmar",
        "entityId": author.entity,
        "authorAccountId": author.id,
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
    return author, f"CL-{unique}", deadline


def test_a_consultation_is_about_to_close(closing):
    assert datetime.now(UTC) < closing[2]


@pytest.mark.by_the_clock
def test_a_deadline_that_passes_is_told_within_two_minutes(stack, closing):
    author, reference, deadline = closing

    mail = stack.mail(author.email, f"[{reference}] Clôture", patience=130)

    assert mail["subject"] == f"[{reference}] Clôture – 1 dépôt, 1 retrait"
    assert "Dépôts électroniques hors délai\u00a0: 1" in mail["text"]
    deliveries = author.api.call("GET", f"/v1/accounts/{author.id}/deliveries").body["items"]
    [closed] = [each for each in deliveries if each["kind"] == "consultationClosed"]
    # Python 3.10 reads no fraction of nine digits.
    assert datetime.fromisoformat(f"{closed['at'][:19]}+00:00") <= deadline + timedelta(minutes=2)
