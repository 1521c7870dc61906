"""Requests of administrators to the deployed system: the people whom an alert would reach, consultations that nobody follows, agents from a
spreadsheet."""

import json
import urllib.request

from deployed import OPENER, customer, until


def imported(here, path: str, csv: str) -> dict:
    request = urllib.request.Request(here.stack.description["apiUrl"] + path, csv.encode(), {"Content-Type": "text/csv"})
    request.add_header("Authorization", f"Bearer {here.stack.token(here.email)}")
    with OPENER.open(request, timeout=40) as answer:
        return json.load(answer)


def test_agents_come_from_a_spreadsheet_after_a_dry_run(stack, unique):
    here = customer(stack, unique)
    rows = [f"Nina;Petit;nina@{unique}.example.fr", f"Omar;Diallo;omar@{unique}.example.fr", "Sans;Adresse;"]
    csv = "\ufeffprénom;nom;courriel\r\n" + "\r\n".join(rows) + "\r\n"
    path = f"/v1/entities/{here.entity}/agents/import"
    agents = lambda: here.api.call("GET", f"/v1/entities/{here.entity}/agents").body["items"]  # noqa: E731

    dry = imported(here, f"{path}?dryRun=true", csv)
    assert (dry["wouldCreate"], dry["refused"], len(agents())) == (2, 1, 1)
    done = imported(here, f"{path}?dryRun=false", csv)
    assert (done["created"], done["refused"], len(agents())) == (2, 1, 3)
    again = imported(here, f"{path}?dryRun=false", csv)
    assert (again["created"], again["unchanged"], len(agents())) == (0, 2, 3)
    stack.mail(f"nina@{unique}.example.fr", "/invitation?token=")


def test_an_administrator_sees_whom_an_alert_would_reach_and_what_nobody_follows(stack, unique):
    here = customer(stack, unique)
    (bruno, brunos), (chloe, _) = here.agent("bruno"), here.agent("chloe")
    alerts = brunos.call("GET", f"/v1/accounts/{bruno}/alerts").body
    alerts["kinds"]["tenderReceived"] = "immediate"
    brunos.call("PUT", f"/v1/accounts/{bruno}/alerts", alerts)
    saved = {
        "consultationId": f"r-{unique}",
        "revision": 1,
        "reference": "21-166157",
        "title": "Prestations d'assistance",
        "organisation": "Ville de Colmar",
        "entityId": here.entity,
        "authorAccountId": bruno,
        "phase": "drafting",
        "submissionDeadline": "2030-02-01T12:00:00+01:00",
        "guests": [chloe],
    }
    stack.send({"detail-type": "ConsultationSaved", "detail": saved})
    starred = lambda: brunos.call("GET", f"/v1/accounts/{bruno}/favourites").body["items"]  # noqa: E731
    until(lambda: [item["consultationId"] for item in starred()] == [saved["consultationId"]], "its author's favourite")
    path = f"/v1/consultations/{saved['consultationId']}/recipients?kind=tenderReceived"

    def said():
        items = here.api.call("GET", path, expect=(200, 404)).body.get("items", [])
        return {item["accountId"]: (item["mailed"], item["leftOut"]) for item in items}

    # A draft is not shown to who may not see it; once released it is.
    unfollowed = f"/v1/entities/{here.entity}/unfollowed"
    assert here.api._try("GET", path, None, {}).status == 404
    stack.send({"detail-type": "ConsultationSaved", "detail": saved | {"revision": 2, "phase": "consultation"}})
    until(lambda: said() == {bruno: (True, None), chloe: (False, "notAFavourite")}, "author and guest")
    assert here.api.call("GET", path).body["outside"] == 0
    stranger = stack.api("amelie.durand@grandest.example.org")
    assert stranger._try("GET", path, None, {}).status == 403
    assert stack.api("achats@grandest.example.org")._try("GET", path, None, {}).status == 404

    assert here.api.call("GET", unfollowed).body["items"] == []
    brunos.call("DELETE", f"/v1/accounts/{bruno}/favourites/{saved['consultationId']}", expect=(204,))
    until(lambda: [item["consultationId"] for item in here.api.call("GET", unfollowed).body["items"]] == [saved["consultationId"]], "it is listed")
    assert here.api.call("GET", f"/v1/entities/{here.entity}/undeliverable").body["items"] == []

    preview = brunos.call("GET", f"/v1/accounts/{bruno}/alerts/preview").body["automaticFavourites"]
    assert preview == {"mine": 1, "ownEntity": None, "dependentEntities": None, "transverseEntities": None}
