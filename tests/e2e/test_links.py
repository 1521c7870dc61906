"""Linked accounts on the deployed system: asked, accepted, used, undone."""

from deployed import customer, token_of


def test_two_accounts_are_linked_used_and_parted(stack, unique):
    here, there = customer(stack, unique), customer(stack, f"{unique}b")
    bruno, brunos = here.agent("bruno")
    chloe, chloes = there.agent("chloe")

    # The answer is the same if nobody has the address.
    answers = [
        brunos.call("POST", f"/v1/accounts/{bruno}/links", {"email": email}, expect=(202,)).body
        for email in (f"chloe@{unique}b.example.fr", f"nobody@{unique}.example.fr")
    ]
    assert [set(answer) for answer in answers] == [{"expiresAt"}] * 2
    token = token_of(stack.mail(f"chloe@{unique}b.example.fr", "/link?token="))
    assert not stack.mails(f"nobody@{unique}.example.fr")

    # Only who was asked accepts; twice changes nothing.
    brunos.call("POST", "/v1/links", {"token": token}, expect=(403,))
    for _ in range(2):
        assert chloes.call("POST", "/v1/links", {"token": token}, expect=(200,)).body["otherAccountId"] == bruno
    assert [(a["id"], a["linked"]) for a in brunos.call("GET", "/v1/me").body["accounts"]] == [(bruno, False), (chloe, True)]
    brunos.call("PUT", f"/v1/accounts/{chloe}/places", {"places": ["68"]})
    assert chloes.call("GET", f"/v1/accounts/{chloe}/places").body == {"places": ["68"]}
    brunos.call("GET", f"/v1/accounts/{chloe}", expect=(403,))

    # Either side parts them, at once and for good.
    chloes.call("DELETE", f"/v1/accounts/{chloe}/links/{bruno}", expect=(204,))
    brunos.call("GET", f"/v1/accounts/{chloe}/places", expect=(403,))
    chloes.call("POST", "/v1/links", {"token": token}, expect=(404,))
