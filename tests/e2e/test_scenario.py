"""A new customer, typed out: from the first event to the right inboxes, by HTTP and events only."""

import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from deployed import OPENER, ROOT, customer, token_of, until

NOTICES = json.loads((ROOT / "infra/local/demo/consultations.json").read_text())


def test_the_story(stack, unique):
    here = customer(stack, unique)
    # The portal speaks of its entities and agents by its own names, in any order.
    dsi = f"{here.entity}-dsi"
    stack.send(here.saved("denis", invite=True, entityId=dsi))
    entity = {"organisationId": here.entity, "entityId": dsi, "revision": 1, "name": "Service informatique", "parentId": here.entity}
    stack.send({"detail-type": "EntitySaved", "detail": entity})

    # Invited, accepted: the address is confirmed.
    bruno, api = here.declared("bruno")
    account = api.call("GET", f"/v1/accounts/{bruno}")
    assert account.body["emailStatus"] == "confirmed"
    assert account.body["entity"] == {"id": here.entity, "name": "Direction des achats"}

    # Contact details: a merge patch; the new address waits for its confirmation, and the old one is told.
    patch = {"phone": "03 69 49 39 10", "email": f"Bruno.Meyer@{unique}.EXAMPLE.fr"}
    changed = api.call("PATCH", f"/v1/accounts/{bruno}/contact", patch, expect=(202,), If_Match=account.etag)
    new = f"bruno.meyer@{unique}.example.fr"
    assert changed.body["pendingEmail"]["address"] == new
    assert changed.body["contact"]["phone"] == "+33369493910"
    stack.mail(f"bruno@{unique}.example.fr", "Changement d’adresse")
    confirmation = token_of(stack.mail(new, "/confirm?token="))
    assert api.call("GET", f"/v1/accounts/{bruno}").body["contact"]["email"] == f"bruno@{unique}.example.fr"
    stack.public.call("POST", "/v1/confirmations", {"token": confirmation}, expect=(200,))
    stack.public.call("POST", "/v1/confirmations", {"token": confirmation}, expect=(200,))
    assert api.call("GET", f"/v1/accounts/{bruno}").body["contact"]["email"] == new
    assert api.call("GET", "/v1/me").body["accounts"][0]["email"] == new

    # Alerts, places.
    alerts = api.call("GET", f"/v1/accounts/{bruno}/alerts").body
    assert set(alerts["kinds"].values()) == {"off"} and alerts["automaticFavourites"]["mine"]
    alerts["kinds"]["tenderReceived"] = "immediate"
    api.call("PUT", f"/v1/accounts/{bruno}/alerts", alerts)
    api.call("PUT", f"/v1/accounts/{bruno}/places", {"places": ["68", "67", "FR"]})
    assert api.call("GET", f"/v1/accounts/{bruno}/places").body == {"places": ["67", "68", "FR"]}

    # A colleague who is a guest stars; one who may not see it cannot.
    chloe, chloes = here.agent("chloe")
    denis, deniss = here.accept(f"denis@{unique}.example.fr")
    for id_, who in ((chloe, chloes), (denis, deniss)):
        who.call("PUT", f"/v1/accounts/{id_}/alerts", alerts)
    notice = NOTICES[0]
    consultation = f"c-{unique}"
    saved = {
        "consultationId": consultation,
        "revision": 1,
        "reference": notice["reference"],
        "title": notice["title"],
        "organisation": notice["organisation"],
        "entityId": here.entity,
        "author": {"agentId": "bruno"},
        "phase": "drafting",
        "submissionDeadline": "2030-04-13T12:00:00+01:00",
        "guests": [{"email": f"chloe@{unique}.example.fr"}, {"agentId": "zoe"}],
        "url": "https://marches.example.fr/c",
    }
    # A tender that overtakes its consultation waits, and is told once.
    tender = {
        "consultationId": consultation,
        "depositId": f"d-{unique}",
        "depositNumber": "1",
        "receivedAt": "2026-11-24T09:00:00+01:00",
        "channel": "electronic",
        "lots": ["1"],
    }
    stack.send({"detail-type": "TenderReceived", "detail": tender})
    stack.quiet()
    assert not [mail for mail in stack.mails(new) if "dépôt" in mail["subject"]]
    stack.send({"detail-type": "ConsultationSaved", "detail": saved})
    stack.mail(new, "Nouveau dépôt électronique")
    chloes.call("PUT", f"/v1/accounts/{chloe}/favourites/{consultation}", expect=(204,), retry=(404,))
    deniss.call("PUT", f"/v1/accounts/{denis}/favourites/{consultation}", expect=(404,))
    items = api.call("GET", f"/v1/accounts/{bruno}/favourites").body["items"]
    assert [(item["consultationId"], item["automatic"]) for item in items] == [(consultation, "mine")]
    stack.send({"detail-type": "TenderReceived", "detail": tender | {"depositId": f"e-{unique}", "depositNumber": "2"}})
    mail = stack.mail(f"chloe@{unique}.example.fr", "Nouveau dépôt électronique")
    assert mail["subject"] == f"[{notice['reference']}] Nouveau dépôt électronique"
    assert "samedi 13 avril 2030 à 13 h 00" in mail["text"].replace("\u00a0", " ")
    stack.quiet()
    assert len([mail for mail in stack.mails(new) if "dépôt" in mail["subject"]]) == 2
    assert not [mail for mail in stack.mails(f"denis@{unique}.example.fr") if "dépôt" in mail["subject"]]
    # A guest whom the portal named before it declared them.
    zoe, zoes = here.declared("zoe")
    zoes.call("PUT", f"/v1/accounts/{zoe}/favourites/{consultation}", expect=(204,), retry=(404,))


def test_one_of_five_claimants_has_the_address(stack, unique):
    """No more than five can claim it within an hour: strangers do not write through Vigie."""
    here = customer(stack, unique)
    with ThreadPoolExecutor(8) as pool:
        emails = list(pool.map(here.create, [f"claimant{n}" for n in range(5)]))
        agents = list(pool.map(here.accept, emails))
        address = f"wanted@{unique}.example.fr"

        def ask(agent):
            id_, api = agent
            etag = api.call("GET", f"/v1/accounts/{id_}").etag
            api.call("PATCH", f"/v1/accounts/{id_}/contact", {"email": address}, expect=(202,), If_Match=etag)

        list(pool.map(ask, agents))
    confirmations = until(lambda: (found := [m for m in stack.mails(address) if "/confirm?token=" in m["text"]]) and len(found) == 5 and found, "five links")
    with ThreadPoolExecutor(5) as pool:
        claim = lambda mail: stack.public._try("POST", "/v1/confirmations", {"token": token_of(mail)}, {})
        answers = list(pool.map(claim, confirmations))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 4
    taken = {answer.body["type"] for answer in answers if answer.status == 409}
    assert taken == {"urn:vigie:problem:email-taken"}
    owners = [id_ for id_, api in agents if api.call("GET", f"/v1/accounts/{id_}").body["contact"]["email"] == address]
    assert len(owners) == 1


def test_an_alert_is_switched_off_from_the_mail_itself(stack, unique):
    """Acts like a mail program: by the header alone, without a login (RFC 8058). Opening the link changes nothing."""
    email = "claire.martin@strasbourg.example.fr"
    api, account = stack.api(email), stack.account(email)
    before = api.call("GET", f"/v1/accounts/{account}/alerts").body
    wanted = before | {"kinds": before["kinds"] | {"questionReceived": "immediate"}}
    api.call("PUT", f"/v1/accounts/{account}/alerts", wanted)
    favourite = api.call("GET", f"/v1/accounts/{account}/favourites").body["items"][0]
    questions = lambda: [mail for mail in stack.mails(email) if "Nouvelle question" in mail["subject"]]  # noqa: E731
    seen = len(questions())
    question = {"questionId": unique, "receivedAt": "2026-11-24T09:00:00+01:00", "hasAttachment": False}
    stack.send({"detail-type": "QuestionReceived", "detail": question | {"consultationId": favourite["consultationId"]}})
    mail = until(lambda: questions()[seen:], "a mail about the question")[-1]
    headers = {name.lower(): value for name, value in mail["headers"].items()}
    assert headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    path = "/v1/unsubscribe/" + headers["list-unsubscribe"].strip("<>").rsplit("/", 1)[1]

    with OPENER.open(stack.description["apiUrl"] + path, timeout=10) as page:
        assert "<button" in page.read().decode()
    assert api.call("GET", f"/v1/accounts/{account}/alerts").body == wanted
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    click = urllib.request.Request(stack.description["apiUrl"] + path, b"List-Unsubscribe=One-Click", form)
    with OPENER.open(click, timeout=10) as answer:
        assert answer.status == 200

    expected = wanted | {"kinds": wanted["kinds"] | {"questionReceived": "off"}}
    assert api.call("GET", f"/v1/accounts/{account}/alerts").body == expected
    api.call("PUT", f"/v1/accounts/{account}/alerts", before)
