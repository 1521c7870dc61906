"""Access follows the facts on the deployed system: who may see a consultation no more is told no more, and finds it again with its access."""

from deployed import customer, until


def test_a_guest_who_is_taken_off_hears_no_more_until_it_is_back(stack, unique):
    here = customer(stack, unique)
    (bruno, _), (chloe, chloes) = here.agent("bruno"), here.agent("chloe")
    alerts = chloes.call("GET", f"/v1/accounts/{chloe}/alerts").body
    alerts["kinds"]["tenderReceived"] = "immediate"
    chloes.call("PUT", f"/v1/accounts/{chloe}/alerts", alerts)
    consultation, favourites = f"a-{unique}", f"/v1/accounts/{chloe}/favourites"
    saved = {
        "consultationId": consultation,
        "reference": "21-166157",
        "title": "Prestations d'assistance",
        "organisation": "Ville de Colmar",
        "entityId": here.entity,
        "authorAccountId": bruno,
        "phase": "consultation",
        # Winter's hour; other tests have a deadline of summer.
        "submissionDeadline": "2030-02-01T12:00:00+01:00",
    }
    tender = {"consultationId": consultation, "depositNumber": "1", "receivedAt": "2026-11-24T09:00:00+01:00", "channel": "electronic"}

    def save(revision: int, guests: list[str]) -> None:
        stack.send({"detail-type": "ConsultationSaved", "detail": saved | {"revision": revision, "guests": guests}})

    def listed() -> list[str]:
        return [item["consultationId"] for item in chloes.call("GET", favourites).body["items"]]

    def send(deposit: str) -> None:
        stack.send({"detail-type": "TenderReceived", "detail": tender | {"depositId": deposit}})

    def told() -> list[dict]:
        return [mail for mail in stack.mails(f"chloe@{unique}.example.fr") if "dépôt" in mail["subject"]]

    save(1, [chloe])
    chloes.call("PUT", f"{favourites}/{consultation}", retry=(404,))
    send("d-1")
    until(lambda: len(told()) == 1, "a mail while a guest")
    assert "vendredi 1er février 2030 à 12 h 00" in told()[0]["text"].replace("\u00a0", " ")
    save(2, [])
    until(lambda: listed() == [], "a list without what may not be seen")
    send("d-2")
    stack.quiet()
    assert len(told()) == 1
    save(3, [chloe])
    until(lambda: listed() == [consultation], "what may be seen again")
    send("d-3")
    until(lambda: len(told()) == 2, "a mail once back")
