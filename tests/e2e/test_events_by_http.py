"""Events by HTTP on the deployed system: a program's token, made as the program makes it, opens that door and nothing else."""

import base64
import json
import subprocess

import logins
import pytest
from api import Api
from deployed import ROOT, customer
from progress import StackError


def claims(token: str) -> dict:
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def tender(consultation: str, deposit: str) -> dict:
    detail = {"consultationId": consultation, "depositId": deposit, "receivedAt": "2026-11-24T09:00:00+01:00", "channel": "electronic"}
    return {"type": "TenderReceived", "detail": detail}


@pytest.fixture(scope="module")
def program(stack) -> Api:
    return Api(stack.description["apiUrl"], logins.machine_token(stack.description, "portal"))


def test_a_program_brings_an_organisation_and_its_people_are_mailed(stack, unique, program):
    entity = f"http-{unique}"
    administrator = {"firstName": "Ada", "lastName": "Adam", "email": f"ada@{unique}.example.fr"}
    provisioned = {"organisation": "Ville", "entityId": entity, "name": "Ville", "administrator": administrator}
    batch = {"events": [{"type": "OrganisationProvisioned", "detail": provisioned}, {"type": "TenderReceived", "detail": {"consultationId": "c"}}]}
    for _ in range(2):
        items = program.call("POST", "/v1/events", batch, expect=(200,)).body["items"]
        assert items == [
            {"index": 0, "accepted": True},
            {"index": 1, "accepted": False, "errors": [{"field": "depositId", "reason": "is required"}]},
        ]
    stack.mail(administrator["email"], "/invitation?token=")
    stack.quiet()
    assert len(stack.mails(administrator["email"])) == 1


def test_the_door_is_closed_to_people_and_a_program_to_all_else(stack, unique, program):
    here = customer(stack, unique)
    account, people = here.agent("bruno")
    batch = {"events": [tender(f"c-{unique}", "d-1")]}
    Api(stack.description["apiUrl"]).call("POST", "/v1/events", batch, expect=(401,))
    # By API Gateway, and by the function where that lets it through.
    people.call("POST", "/v1/events", batch, expect=(403,))
    for method, path, body in (
        ("GET", "/v1/me", None),
        ("GET", f"/v1/accounts/{account}", None),
        ("POST", "/v1/invitations", {"token": "x"}),
        ("POST", "/v1/links", {"token": "x"}),
        ("PUT", f"/v1/entities/{here.entity}", {"name": "x", "parentId": None}),
        ("DELETE", f"/v1/accounts/{account}", None),
    ):
        program.call(method, path, body, expect=(403,))
    people.call("GET", f"/v1/accounts/{account}", expect=(200,))


def test_the_command_prints_a_program_s_token_and_nothing_else(stack):
    made = subprocess.run(["make", "--silent", "token", "CLIENT=portal"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    (token,) = made.stdout.splitlines()
    told = claims(token)
    assert told["scope"] == "vigie/events" and told["client_id"] == stack.description["machineClientId"]
    other = subprocess.run(["make", "--silent", "token", "CLIENT=nobody"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert other.returncode and "no such client: nobody (there is: portal)" in other.stderr


def test_where_an_outside_issuer_gives_the_tokens_it_says_to_ask_that_one(stack):
    with pytest.raises(StackError, match="ask that one, by the client-credentials grant with the scope vigie/events"):
        logins.machine_token(stack.description | {"machineClientId": None}, "portal")
