"""The sign-in of a stack on AWS, on canned answers: issuer, audience, and an operator's token."""

import os

import pytest
import sign_in
from target import Target

ISSUER = "https://issuer.example"
PAGE = {"authority": ISSUER, "clientId": "client"}


@pytest.fixture
def target(cloud, monkeypatch):
    here = os.environ["AWS_ENDPOINT_URL"]
    cloud["GET /v2/apis/api/authorizers"] = authorizer(ISSUER, "client")
    cloud["GET /assets/config.json"] = (200, PAGE | {"metadataUrl": f"{here}/metadata"})
    cloud["GET /metadata"] = (200, {"issuer": ISSUER})
    monkeypatch.delenv("TOKEN", raising=False)
    target = Target("vigie-trial", "eu-west-3")
    target.outputs = {"ApiId": "api", "ApiUrl": here}
    target.parameters = {}
    return target


def authorizer(issuer, *audience):
    return 200, {"items": [{"name": "login", "jwtConfiguration": {"issuer": issuer, "audience": list(audience)}}]}


def test_pages_and_api_that_mean_the_same_pass(target):
    assert sign_in.same_issuer(target, None).state == "pass"


@pytest.mark.parametrize(
    ("audience", "state"),
    [(["client", "program", "a", "b"], "pass"), (["client", "program", "a"], "FAIL"), (["client", "program", "a", "b", "c"], "FAIL")],
)
def test_the_audiences_of_portals_programs_pass_too_and_no_other(cloud, target, audience, state):
    target.outputs |= {"MachineClientId": "program"}
    target.parameters = {"MachineAudience": "a,b"}
    cloud["GET /v2/apis/api/authorizers"] = authorizer(ISSUER, *audience)
    assert sign_in.same_issuer(target, None).state == state


@pytest.mark.parametrize(
    "taken",
    [authorizer("https://other.example", "client"), authorizer(ISSUER, "other"), authorizer(ISSUER), authorizer(ISSUER, "client", "other")],
)
def test_an_api_that_takes_other_tokens_than_the_pages_get_fails(cloud, target, taken):
    cloud["GET /v2/apis/api/authorizers"] = taken
    verdict = sign_in.same_issuer(target, None)
    assert (verdict.state, "the API takes tokens" in verdict.detail) == ("FAIL", True)


def test_an_issuer_under_another_name_fails(cloud, target):
    cloud["GET /metadata"] = (200, {"issuer": f"{ISSUER}/"})
    assert sign_in.same_issuer(target, None).state == "FAIL"


def test_without_a_token_nothing_is_said_of_it(target):
    assert sign_in.token(target, None).state == "not reachable"


@pytest.mark.parametrize(
    ("own", "spoilt", "state"),
    [(200, 401, "pass"), (404, 401, "pass"), (401, 401, "FAIL"), (403, 401, "FAIL"), (500, 401, "FAIL"), (200, 200, "FAIL")],
)
def test_a_token_goes_through_the_authorizer_and_a_spoilt_one_does_not(target, monkeypatch, own, spoilt, state):
    asked = []

    def status(_, token):
        asked.append(token)
        return own if token == "head.body.signature" else spoilt

    monkeypatch.setenv("TOKEN", "head.body.signature")
    monkeypatch.setattr(sign_in, "_status", status)
    verdict = sign_in.token(target, None)
    assert verdict.state == state
    assert asked == ["head.body.signature", "head.body.Aignature"]
    # Whoever reads the output must not be able to use it.
    assert not any(each in f"{verdict}" for each in asked)


def test_the_token_goes_in_its_header(cloud, target, monkeypatch):
    monkeypatch.setenv("TOKEN", "head.body.signature")
    cloud["GET /v1/me"] = (404, {})
    assert sign_in.token(target, None).state == "FAIL"
    assert [action for action, _ in cloud["asked"] if action == "GET /v1/me"] == ["GET /v1/me"] * 2
