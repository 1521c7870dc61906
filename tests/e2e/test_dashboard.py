"""Consultations that an agent may see, with their stars; and the alert that agents send to themselves."""

from deployed import until

CLAIRE = "claire.martin@strasbourg.example.fr"
SOPHIE = "sophie.muller@strasbourg.example.fr"
CAMILLE = "camille.rousseau@grandest.example.org"


def listed(stack, email: str, query: str = "") -> list[dict]:
    """The whole list, page by page."""
    api, found, cursor = stack.api(email), [], ""
    while True:
        page = api.call("GET", f"/v1/accounts/{stack.account(email)}/consultations?limit=5{query}{cursor}").body
        assert len(page["items"]) <= 5
        found += page["items"]
        if page["cursor"] is None:
            return found
        cursor = f"&cursor={page['cursor']}"


def test_the_list_of_what_an_agent_may_see_is_that_of_the_stars_it_may_give(stack):
    api, account = stack.api(SOPHIE), stack.account(SOPHIE)
    items = listed(stack, SOPHIE)
    ids = [item["consultationId"] for item in items]
    assert "c-21-166157" in ids and len(set(ids)) == len(ids)
    assert all(item["phase"] not in ("archived", "cancelled") for item in items)
    starred = api.call("GET", f"/v1/accounts/{account}/favourites").body["items"]
    automatic = {item["consultationId"]: item["automatic"] for item in starred}
    for item in items:
        assert item["starred"] == (item["consultationId"] in automatic)
        assert item["automatic"] == automatic.get(item["consultationId"])


def test_who_is_named_on_a_consultation_finds_it_and_others_do_not(stack):
    assert "c-21-165381" in [item["consultationId"] for item in listed(stack, CAMILLE)]
    assert "c-21-166157" not in [item["consultationId"] for item in listed(stack, CAMILLE)]
    found = listed(stack, CLAIRE, "&q=QGIS%20developpements")
    assert [item["consultationId"] for item in found] == ["c-21-166157"]
    assert listed(stack, CLAIRE, "&q=QGIS&phase=drafting") == []


def test_a_test_alert_goes_the_whole_way(stack):
    api, account = stack.api(CAMILLE), stack.account(CAMILLE)
    before = len([mail for mail in stack.mails(CAMILLE) if mail["subject"] == "Alerte d’essai"])
    asked = api.call("POST", f"/v1/accounts/{account}/alerts/test", expect=(202,)).body

    def sent():
        items = api.call("GET", f"/v1/accounts/{account}/deliveries").body["items"]
        own = [item for item in items if item["kind"] == "test" and item["factKey"] == asked["factKey"]]
        return own and own[0]["state"] in ("SENT", "DELIVERED")

    until(sent, "the test alert is sent")
    until(
        lambda: len([mail for mail in stack.mails(CAMILLE) if mail["subject"] == "Alerte d’essai"]) == before + 1,
        "the test alert in the inbox",
    )
