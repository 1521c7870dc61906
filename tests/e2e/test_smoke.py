"""`make smoke` on the local stack: each point by its name, nothing left behind, and a fault that is named."""

import os
import re
import subprocess

import aws
import pytest
from deployed import ROOT

# The demo is nobody's business here, but the queues are everybody's.
pytestmark = pytest.mark.after_the_others

# Points that must be told on AWS, with those that the local stack can show.
POINTS = {
    "passes through": "not reachable",
    "stack complete": "pass",
    "functions active": "pass",
    "stream and queues enabled": "pass",
    "protection, recovery, expiry": "pass",
    "no alarm rings": "not reachable",
    "organisation from an event": "pass",
    "each event told": "pass",
    "bulk mail as the mailer": "pass",
    "feedback of SES": "pass",
    "canary came back": "pass",
    "old values of a transaction": "pass",
    "each route": "pass",
    "above the rate": "not reachable",
    "suppression as declared": "pass",
    "alarm reaches its topic": "not reachable",
    "queue depths": "pass",
    "operator complete": "pass",
    "access log has lines": "not reachable",
    "nothing denied": "pass",
    "sign-in": "pass",
    "operator's token": "not reachable",
    "DKIM": "not reachable",
    "SPF": "not reachable",
    "DMARC": "not reachable",
    "organisation erased": "pass",
}
LINE = re.compile(r"^(pass|FAIL|not reachable) +(\S+(?: \S+)*?)(?:  +(.*))?$", re.MULTILINE)


def smoke(*arguments, **more):
    program = [str(ROOT / ".tools/venv-deployed/bin/python"), str(ROOT / "infra/deployed/smoke.py"), "local", *arguments]
    done = subprocess.run(program, cwd=ROOT, env=dict(os.environ) | more, capture_output=True, text=True, check=False)
    return done, {name: state for state, name, _ in LINE.findall(done.stdout)}


def everything(stack) -> list[dict]:
    pages = aws.client("dynamodb", stack.description["awsEndpoint"]).get_paginator("scan").paginate(TableName=stack.description["tableName"])
    return [item for page in pages for item in page["Items"]]


def keys(items) -> set:
    """Their keys, without the canary's: that one flies meanwhile."""
    found = {(item["pk"]["S"], item["sk"]["S"]) for item in items}
    return {(pk, sk) for pk, sk in found if "vigie-canary" not in f"{pk} {sk}"}


def emptied(stack) -> None:
    """Takes what other tests left for people out of the queues."""
    sqs, description = aws.client("sqs", stack.description["awsEndpoint"]), stack.description
    for url in (description["queues"]["rejected"], *description["deadLetterQueues"].values()):
        sqs.purge_queue(QueueUrl=url)


def test_each_point_is_named_and_none_fails_and_nothing_is_left(stack):
    stack.quiet()
    emptied(stack)
    before = keys(everything(stack))
    done, states = smoke()
    assert states == POINTS, done.stdout + done.stderr
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "17 passed, 0 failed, 9 not reachable"
    run = re.search(r"smoke[0-9a-f]{10}", done.stdout)[0]
    after = everything(stack)
    assert run not in str(after)
    # Counts of the erased people stay, and name nobody.
    assert {pk for pk, _ in keys(after) - before if not pk.startswith("STATISTICS#")} == set()


def test_a_fault_fails_with_what_to_do(stack):
    lambdas = aws.client("lambda", stack.description["awsEndpoint"])
    found = lambdas.list_event_source_mappings()["EventSourceMappings"]
    stream = next(each["UUID"] for each in found if ":dynamodb:" in each["EventSourceArn"])
    lambdas.update_event_source_mapping(UUID=stream, Enabled=False)
    try:
        done, states = smoke("--only", "stream and queues enabled", "--only", "stack complete")
    finally:
        lambdas.update_event_source_mapping(UUID=stream, Enabled=True)
    assert states == {"stack complete": "pass", "stream and queues enabled": "FAIL"}, done.stdout
    assert "→ aws lambda update-event-source-mapping" in done.stdout
    assert done.returncode == 1


def test_an_operator_s_token_goes_through_the_authorizer_and_a_spoilt_one_does_not(stack):
    token = stack.token("claire.martin@strasbourg.example.fr")
    done, states = smoke("--only", "operator's token", TOKEN=token)
    assert states == {"operator's token": "pass"}, done.stdout
    assert token not in done.stdout + done.stderr
    done, states = smoke("--only", "operator's token", TOKEN=f"{token}x")
    assert states == {"operator's token": "FAIL"}, done.stdout


def test_a_message_for_people_fails_until_somebody_has_taken_it(stack):
    emptied(stack)
    sqs, url = aws.client("sqs", stack.description["awsEndpoint"]), stack.description["deadLetterQueues"]["mailer"]
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    done, states = smoke("--only", "queue depths")
    assert (states, "mailer-dead-letters holds 1" in done.stdout) == ({"queue depths": "FAIL"}, True), done.stdout
    emptied(stack)
    assert smoke("--only", "queue depths")[1] == {"queue depths": "pass"}


def test_a_stack_that_is_not_there_is_no_pass(stack, tmp_path):
    program = [str(ROOT / ".tools/venv-deployed/bin/python"), str(ROOT / "infra/deployed/smoke.py"), "local"]
    done = subprocess.run(program, cwd=ROOT, env=dict(os.environ) | {"STATE": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert (done.returncode, "make up" in done.stderr) == (2, True)
