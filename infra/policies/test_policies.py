"""Each role allows every call that its function makes, and denies those that it never makes, by IAM's own rules."""

import copy
import json
import subprocess
from collections import Counter
from pathlib import Path

import asked
import pytest
import template as source
from asked import of_lambda, recorded
from never import never_made
from roles import Deployed

HERE = Path(__file__).resolve().parent
TEMPLATE = source.load()
FUNCTIONS = sorted(name.lower() for name in source.of_type(TEMPLATE, "AWS::Serverless::Function"))
# They have no table, no bus and no mail: only Lambda itself uses their roles.
WITHOUT_CALLS = {"portal"}


def simulate(policies, requests):
    """IAM's verdict on each request."""
    questions = [{"policy": r.function, "action": r.action, "resource": r.resource, "context": r.context} for r in requests]
    done = subprocess.run(
        ["node", str(HERE / "simulate.mjs")],
        input=json.dumps({"policies": policies, "requests": questions}), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    verdicts = json.loads(done.stdout)
    assert len(verdicts) == len(requests)
    return verdicts


@pytest.fixture(scope="session")
def deployed():
    return Deployed(TEMPLATE)


@pytest.fixture(scope="session")
def calls(deployed):
    return recorded(deployed)


@pytest.fixture(scope="session")
def judged(deployed, calls, pytestconfig):
    """(made, never made), each as pairs of request and verdict."""
    made = calls + of_lambda(deployed, source.expand(TEMPLATE))
    policies = deployed.policies()
    never = never_made(made, policies, deployed)
    verdicts = simulate(policies, made + never)
    counts = Counter(request.function for request in never)
    pytestconfig.evaluated = [
        f"{len(made)} kinds of calls that functions make were evaluated against their roles, {len(calls)} of them recorded on the wire,",
        f"and {len(never)} that they never make ({', '.join(f'{name} {counts[name]}' for name in FUNCTIONS)}).",
    ]
    return list(zip(made, verdicts)), list(zip(never, verdicts[len(made) :]))


def test_every_function_s_calls_were_recorded(calls):
    assert {call.function for call in calls} == set(FUNCTIONS) - WITHOUT_CALLS


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_allows_every_call_that_its_function_makes(judged, function):
    made = [(request, verdict) for request, verdict in judged[0] if request.function == function]
    assert made
    refused = [f"{verdict}: {request}" for request, verdict in made if verdict != "Allowed"]
    assert not refused, f"grant it in {function.capitalize()}Role and in infra/README.md's table:\n" + "\n".join(refused)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_denies_every_call_that_its_function_never_makes(judged, function):
    never = [(request, verdict) for request, verdict in judged[1] if request.function == function]
    assert len(never) > 20
    allowed = [f"{verdict}: {request}" for request, verdict in never if not verdict.endswith("Denied")]
    assert not allowed, f"take it from {function.capitalize()}Role:\n" + "\n".join(allowed)


def smaller(document):
    """(what is left out, the policy without it): each action, resource and key of each statement in its turn."""
    for at, statement in enumerate(document["Statement"]):
        keys = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
        for name, values in (("Action", statement["Action"]), ("Resource", statement["Resource"]), ("LeadingKeys", keys)):
            for value in source.as_list(values):
                left = copy.deepcopy(document)
                rest = [each for each in source.as_list(values) if each != value]
                if name == "LeadingKeys":
                    left["Statement"][at]["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] = rest
                elif rest:
                    left["Statement"][at][name] = rest
                else:
                    del left["Statement"][at]
                yield f"{name} {value} of {source.as_list(statement['Action'])}", left


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_without_any_one_of_its_grants_refuses_a_call(judged, deployed, function):
    policies = dict(smaller(deployed.policies()[function]))
    own = [request for request, _ in judged[0] if request.function == function]
    variants = [request._replace(function=left_out) for left_out in policies for request in own]
    verdicts = simulate(policies, variants)
    needed = {request.function for request, verdict in zip(variants, verdicts) if verdict != "Allowed"}
    assert set(policies) == needed, f"nothing needs {set(policies) - needed}"


def test_nothing_recorded_is_a_failure(deployed, monkeypatch, tmp_path):
    monkeypatch.setattr(asked, "RECORDED", tmp_path)
    with pytest.raises(LookupError):
        asked.recorded(deployed)


@pytest.mark.parametrize(
    "call",
    [
        {"service": "dynamodb", "action": "Query", "table": "vigie", "index": None, "keys": [], "within": "Query"},
        {"service": "unknown", "action": "https://example.org/"},
    ],
)
def test_a_call_that_cannot_be_evaluated_is_a_failure(deployed, monkeypatch, tmp_path, call):
    (tmp_path / "call.json").write_text(json.dumps(call | {"function": "accounts"}))
    monkeypatch.setattr(asked, "RECORDED", tmp_path)
    with pytest.raises(ValueError):
        asked.recorded(deployed)
