"""The edges of the deployed system: what is refused, what is public, what stays private."""

import json
import subprocess
import sys

from deployed import OPENER, ROOT, until


def refused(api, method: str, path: str, body=None) -> tuple[int, str]:
    answer = api._try(method, path, body, {})
    return answer.status, (answer.body or {}).get("type", "")


def test_a_malformed_event_is_rejected_with_its_reason_and_blocks_nothing(stack, unique):
    stack.rejected()
    consultation = {"consultationId": f"c-{unique}", "depositId": "d-1"}
    stack.send(
        {"detail-type": "TenderReceived", "detail": consultation},
        {"detail-type": "TenderRecieved", "detail": consultation},
        {"detail-type": "OrganisationProvisioned", "detail": {"entityId": "x"}},
    )
    found = []
    until(lambda: found.extend(stack.rejected()) or len(found) >= 3, "three rejections")
    assert all(each["reason"] and each["original"]["detail"] for each in found)
    assert any(each["reason"] == "unknown detail-type" for each in found)
    stack.quiet()
    assert all(stack.waiting(url) == 0 for url in stack.description["deadLetterQueues"].values())


def test_what_is_not_public_wants_a_token(stack):
    for method, path in (("GET", "/v1/me"), ("GET", "/v1/accounts/x"), ("PUT", "/v1/entities/x"), ("POST", "/v1/invitations")):
        assert stack.public._try(method, path, None, {}).status == 401


def test_a_stranger_is_refused(stack):
    stranger = stack.api("amelie.durand@grandest.example.org")
    victim = stack.account("claire.martin@strasbourg.example.fr")
    for path in ("", "/alerts", "/places", "/favourites"):
        assert refused(stranger, "GET", f"/v1/accounts/{victim}{path}") == (403, "urn:vigie:problem:forbidden")
    assert refused(stranger, "GET", "/v1/entities/ems") == (403, "urn:vigie:problem:forbidden")


def test_unknown_routes_are_problems(stack):
    assert refused(stack.public, "GET", "/v1/nothing") == (404, "urn:vigie:problem:not-found")


def test_the_api_describes_itself_and_its_events(stack):
    document = stack.public.call("GET", "/v1/openapi.json").body
    assert document["openapi"].startswith("3.1")
    assert document == json.loads((ROOT / "functions/portal/openapi.json").read_text())
    events = stack.public.call("GET", "/v1/asyncapi.json").body
    assert events["asyncapi"].startswith("3.")
    assert events == json.loads((ROOT / "functions/portal/asyncapi.json").read_text())


def test_the_list_of_places_is_public(stack):
    places = stack.public.call("GET", "/v1/places").body["places"]
    assert len(places) == 111


def test_the_confirmation_page_acts_only_on_its_button(stack):
    with OPENER.open(f"{stack.description['apiUrl']}/confirm?token=x", timeout=10) as answer:
        page, policy = answer.read().decode(), answer.headers["Content-Security-Policy"]
    assert "<button" in page and "<form" not in page
    assert policy.startswith("default-src 'none'; script-src 'self'")


def test_no_log_line_holds_personal_data(stack):
    logs = subprocess.run([sys.executable, ROOT / "infra/local/stack.py", "logs"], capture_output=True, text=True, check=True).stdout
    assert '"message":"request"' in logs
    personal = [agent["email"] for agent in json.loads((ROOT / "infra/local/demo/agents.json").read_text())] + ["token=", "@"]
    assert [word for word in personal if word in logs] == []
