"""One's data on the deployed system: what was sent, everything that is held, and the deadline for one's calendar."""

from deployed import OPENER, customer, until

AUTHOR = "claire.martin@strasbourg.example.fr"


def test_an_alert_is_listed_and_exported_and_its_deadline_is_a_calendar(stack, unique):
    account, consultation = stack.account(AUTHOR), f"data-{unique}"
    api = stack.api(AUTHOR)
    alerts = api.call("GET", f"/v1/accounts/{account}/alerts").body
    wanted = alerts | {"kinds": alerts["kinds"] | {"tenderReceived": "immediate"}}
    api.call("PUT", f"/v1/accounts/{account}/alerts", wanted)
    entity = api.call("GET", f"/v1/accounts/{account}").body["entity"]["id"]
    saved = {
        "consultationId": consultation,
        "revision": 1,
        "reference": f"DA-{unique}",
        "title": "Fourniture de signalisation routière",
        "organisation": "EUROMETROPOLE DE STRASBOURG",
        "entityId": entity,
        "authorAccountId": account,
        "phase": "drafting",
        "submissionDeadline": "2030-03-31T03:00:00+02:00",
        "guests": [],
    }
    tender = {"consultationId": consultation, "depositId": "d-1", "depositNumber": "1", "channel": "electronic", "lots": [], "receivedAt": "2026-11-24T09:00:00+01:00"}  # fmt: skip
    stack.send({"detail-type": "ConsultationSaved", "detail": saved}, {"detail-type": "TenderReceived", "detail": tender})
    mail = stack.mail(AUTHOR, f"[DA-{unique}]")

    def sent():
        items = api.call("GET", f"/v1/accounts/{account}/deliveries").body["items"]
        return [item for item in items if item["consultationId"] == consultation and item["state"] == "SENT"]

    (delivery,) = until(sent, "the delivery in the list")
    assert (delivery["kind"], delivery["factKey"], delivery["why"]) == ("tenderReceived", "d-1", "author")
    assert delivery["reference"] == f"DA-{unique}"
    export = api.call("GET", f"/v1/accounts/{account}/export").body
    assert export["account"]["contact"]["email"] == AUTHOR
    assert [held["key"] for held in export["deliveries"] if held["consultationId"] == consultation] == ["d-1"]
    assert consultation in [favourite["consultationId"] for favourite in export["favourites"]]

    items = api.call("GET", f"/v1/accounts/{account}/favourites").body["items"]
    (path,) = [item["calendar"] for item in items if item["consultationId"] == consultation]
    assert path in mail["text"] and path in mail["html"]
    with OPENER.open(stack.description["apiUrl"] + path, timeout=10) as answer:
        assert answer.headers["Content-Type"] == "text/calendar; method=PUBLISH; charset=utf-8"
        calendar = answer.read().decode()
    assert "\r\nDTSTART:20300331T010000Z\r\n" in calendar and "\r\nEND:VCALENDAR\r\n" in calendar
    api.call("PUT", f"/v1/accounts/{account}/alerts", alerts)


def test_an_account_is_erased_and_its_address_is_free(stack, unique):
    here = customer(stack, unique)
    email = f"bruno@{unique}.example.fr"
    bruno, brunos = here.agent("bruno")
    brunos.call("DELETE", f"/v1/accounts/{bruno}", expect=(204,))
    assert brunos._try("GET", f"/v1/accounts/{bruno}", None, {}).status == 404
    assert here.create("bruno") == email
