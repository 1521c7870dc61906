"""The scene: a customer of one's own on the deployed system, with things to do."""

import json
import re

from deployed import OPENER, Api, Customer, Stack, customer, logins, token_of, until


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
        "program": {"token": logins.machine_token(stack.description, "portal")},
        # Will be invited by the story.
        "nadia": person(here, "nadia", None),
    }


def person(here: Customer, name: str, account: str | None) -> dict:
    email = f"{name}@{here.unique}.example.fr"
    return {"email": email, "token": here.stack.token(email), "account": account}


def spare(here: dict, stack: Stack, login: str) -> str:
    """Another account of a login, which can be erased."""
    email = f"spare-{login}@{here['unique']}.example.fr"
    return invited(here, stack, email, accepted_by=here[login]["token"])


def invited(here: dict, stack: Stack, email: str, accepted_by: str | None = None) -> str:
    """An agent of the service, whose invitation waits or was accepted."""
    api = Api(here["url"], here["administrator"]["token"])
    contact = {"firstName": "Agent", "lastName": "Invité", "email": email}
    account = api.call("POST", f"/v1/entities/{here['dsi']}/agents", {"contact": contact}, expect=(201,)).body["id"]
    if accepted_by:
        token = token_of(stack.mail(email, "/invitation?token="))
        Api(here["url"], accepted_by).call("POST", "/v1/invitations", {"token": token})
    return account


def public(here: dict, stack: Stack) -> dict[str, str]:
    """Answers that anybody with the address can read: a calendar file, the page that ends alerts, and a file of the pages."""
    stars = Api(here["url"], here["bruno"]["token"]).call("GET", f"/v1/accounts/{here['bruno']['account']}/favourites").body["items"]
    headers = json.dumps(stack.mail(here["bruno"]["email"], "Nouveau dépôt électronique")["headers"])
    with OPENER.open(f"{here['url']}/confirm", timeout=30) as page:
        files = page.read().decode()
    return {
        "calendar": stars[0]["calendar"].rsplit("/", 1)[1],
        "unsubscribe": re.search(r"/v1/unsubscribe/([A-Za-z0-9._~-]+)", headers)[1],
        "file": re.search(r"assets/([A-Za-z0-9._-]+)", files)[1],
    }
