import pytest

import call
from placeholders import filled

STACK = {
    "apiUrl": "http://127.0.0.1:1/api",
    "portalUrl": "http://portal.localhost:1",
    "accounts": {"claire@example.fr": "a-1", "karim@example.fr": "a-2"},
    "logins": [{"email": "claire@example.fr", "accountId": "a-1"}],
}


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [
        ("POST", '{"a": 1}', "application/json"),
        ("PUT", "null", "application/json"),
        ("PATCH", '{"a": "b=c"}', "application/merge-patch+json"),
        ("POST", "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        # Malformed on purpose, it is sent as the JSON that it is not.
        ("POST", '{"a": =', "application/json"),
        ("POST", "", "application/json"),
    ],
)
def test_a_body_says_itself_what_it_is(method, body, expected):
    assert call._media_type(method, body) == expected


@pytest.mark.parametrize(
    "path", ["/v1/me?x=1", "v1/me?x=1", "http://127.0.0.1:1/api/v1/me?x=1", "http://portal.localhost:1/v1/me?x=1"]
)
def test_a_path_may_be_a_whole_link(path):
    assert call._within(STACK, path) == "/v1/me?x=1"


def test_names_become_ids_and_other_braces_stay():
    text = "{me} {{account:karim@example.fr}} {x} {{y}}"
    assert filled(STACK, "claire@example.fr", text) == "a-1 a-2 {x} {{y}}"
    assert filled(STACK, "", "{x}") == "{x}"
    with pytest.raises(ValueError, match="nobody@example.fr"):
        filled(STACK, "nobody@example.fr", "{me}")
