"""Who plays: a customer of one's own on the deployed system, with what there is to do."""

from deployed import Customer, Stack, customer, until


def cast(stack: Stack, unique: str) -> dict:
    """A customer with two agents, a consultation that both may see, and an alert about it; and a login without an account."""
    here = customer(stack, unique)
    dsi = f"{here.entity}-dsi"
    here.api.call("PUT", f"/v1/entities/{dsi}", {"name": "Service informatique", "parentId": here.entity}, expect=(201,))
    bruno, brunos = here.agent("bruno")
    chloe, _ = here.agent("chloe")
    alerts = brunos.call("GET", f"/v1/accounts/{bruno}/alerts").body
    alerts["kinds"]["tenderReceived"] = "immediate"
    brunos.call("PUT", f"/v1/accounts/{bruno}/alerts", alerts)
    consultation = f"c-{unique}"
    saved = {
        "consultationId": consultation,
        "revision": 1,
        "reference": "26-1",
        "title": "Maintenance des ascenseurs",
        "organisation": "Ville de Colmar",
        "entityId": here.entity,
        "authorAccountId": bruno,
        "phase": "drafting",
        "submissionDeadline": "2030-04-13T12:00:00+02:00",
        "guests": [chloe],
        "url": "https://marches.example.fr/c",
    }
    stack.send({"detail-type": "ConsultationSaved", "detail": saved})
    until(lambda: brunos.call("GET", f"/v1/accounts/{bruno}/favourites").body["items"], "the author's star")
    stack.send({"detail-type": "ConsultationSaved", "detail": saved | {"revision": 2, "phase": "consultation"}})
    tender = {
        "consultationId": consultation,
        "depositId": f"d-{unique}",
        "depositNumber": "1",
        "receivedAt": "2026-11-24T09:00:00+01:00",
        "channel": "electronic",
        "lots": ["1"],
    }
    stack.send({"detail-type": "TenderReceived", "detail": tender})
    stack.mail(f"bruno@{unique}.example.fr", "Nouveau dépôt électronique")
    return {
        "url": stack.description["apiUrl"],
        "mails": stack.description["mailsUrl"],
        "unique": unique,
        "entity": here.entity,
        "dsi": dsi,
        "consultation": consultation,
        "administrator": person(here, "ada", here.id),
        "bruno": person(here, "bruno", bruno),
        "chloe": person(here, "chloe", chloe),
        # Will be invited by the story.
        "nadia": person(here, "nadia", None),
    }


def person(here: Customer, name: str, account: str | None) -> dict:
    email = f"{name}@{here.unique}.example.fr"
    return {"email": email, "token": here.stack.token(email), "account": account}
