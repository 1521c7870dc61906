"""Each sample, made to fit a demo login, answers on the demo as its name says; and `make` hands over what was typed."""

import json
import subprocess
import threading
import urllib.error
import urllib.request

import aws
import gateway
import logins
import pytest
import samples
from api import OPENER
from deployed import ROOT, until

# They move, deactivate and erase people of the demo.
pytestmark = pytest.mark.after_the_others

EVENTS = ("provisioning", "directory", "consultations", "alerts", "mailer", "feedback", "publisher", "scheduler")
HTTP = ("accounts", "entities", "favourites", "intake", "preferences", "portal")
# Without any right as permanent guest, as some of the samples say; another one for the mails that an account may cause in an hour.
CLAIRE, JULIEN, KARIM = (f"{name}@strasbourg.example.fr" for name in ("claire.martin", "julien.schmitt", "karim.benali"))
# Person whom the events are about: SES's events say that her address is dead.
LEA = "lea.fischer@strasbourg.example.fr"
FILES = [file for folder in HTTP for file in sorted((ROOT / "events" / folder).glob("*.json"))]
# Refused samples come first, and the erasure last: no other sample is about that person any more.
FILES.sort(key=lambda file: (file.stem == "erase-account", not file.stem.startswith("bad-")))


def who_calls(file, sample) -> str:
    if file.parent.name == "preferences":
        return JULIEN
    # Each account causes five mails an hour.
    if file.stem in ("post-test-alert", "post-link-request-unknown-address"):
        return KARIM
    return sample["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims", {}).get("email", CLAIRE)


def invoke(stack, function, event):
    functions = aws.client("lambda", stack.description["awsEndpoint"])
    answer = functions.invoke(FunctionName=f"{stack.description['busName']}-{function}", Payload=json.dumps(event))
    assert "FunctionError" not in answer, answer["Payload"].read()
    return json.load(answer["Payload"])


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_sample_answers_on_the_demo_as_its_name_says(stack, file):
    sample = json.loads(file.read_text(encoding="utf-8"))
    event = samples.fitted(stack.description, sample, who_calls(file, sample))
    assert "01939c0e-0000-7000-8000-00000000000" not in event["rawPath"] + event.get("body", "") or "token=" in event["rawQueryString"]
    response = invoke(stack, file.parent.name, event)
    expected = {int(file.stem.split("-")[1])} if file.stem.startswith("bad-") else range(200, 300)
    assert response["statusCode"] in expected, response.get("body")


@pytest.mark.parametrize("folder", EVENTS)
def test_a_sample_of_an_event_is_taken_or_refused_on_the_demo_as_its_name_says(stack, folder):
    stack.quiet()
    stack.rejected()
    bad = 0
    for file in sorted((ROOT / "events" / folder).glob("*.json")):
        event = samples.fitted(stack.description, json.loads(file.read_text(encoding="utf-8")), LEA)
        assert not samples.PEOPLE.search(json.dumps(event)), file.stem
        assert (invoke(stack, folder, event) or {}).get("batchItemFailures", []) == [], file.stem
        bad += len(event["Records"]) if file.stem.startswith("bad-") else 0
    refused = stack.rejected()
    until(lambda: refused.extend(stack.rejected()) or len(refused) >= bad, f"{bad} refused events")
    stack.quiet()
    assert len(refused + stack.rejected()) == bad, refused


def test_make_watch_answers_every_route_as_the_login_that_it_was_given(stack):
    # In front of the functions as they are deployed: what `cargo lambda watch` builds are the same.
    server = gateway.server(0, lambda function, event: invoke(stack, function, event), logins.claims(stack.description, LEA))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    base, me = f"http://127.0.0.1:{server.server_address[1]}", stack.account(LEA)

    def call(method, path, body=None):
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            with OPENER.open(urllib.request.Request(base + path, method=method, data=body, headers=headers), timeout=40) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    try:
        status, own = call("GET", "/v1/me")
        assert (status, json.loads(own)["accounts"][0]["id"]) == (200, me)
        places = json.dumps({"places": ["67", "2A"]}).encode()
        assert call("PUT", f"/v1/accounts/{me}/places", places)[0] == 200
        assert json.loads(call("GET", f"/v1/accounts/{me}/places")[1]) == {"places": ["2A", "67"]}
        assert call("GET", f"/v1/accounts/{stack.account(KARIM)}")[0] == 403
        assert call("GET", f"/v1/accounts/{me}/deliveries?limit=0")[0] == 422
        assert call("GET", f"/v1/accounts/{me}/favourites?limit=1")[0] == 200
        assert call("GET", "/v1/nowhere")[0] == 404
        assert call("GET", "/alertes")[0] == 200
        assert call("HEAD", "/v1/me") == (200, b"")
    finally:
        server.shutdown()


def make(*arguments):
    return subprocess.run(["make", "--silent", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_make_call_sends_what_was_typed(stack):
    login = "LOGIN=marc.hoffmann@strasbourg.example.fr"
    me = make("call", login, "METHOD=GET", "PATH=/v1/me")
    assert json.loads(me.stdout)["accounts"][0]["id"] == stack.account("marc.hoffmann@strasbourg.example.fr"), me.stderr
    title = "Géomaticien d'à côté \"$HOME\" `x` {y}"
    body = json.dumps({"jobTitle": title}, ensure_ascii=False)
    changed = make("call", login, "METHOD=PATCH", "PATH=/v1/accounts/{me}/contact", f"BODY={body}")
    assert json.loads(changed.stdout)["contact"]["jobTitle"] == title, changed.stderr
    refused = make("call", "METHOD=GET", "PATH=/v1/nowhere")
    assert json.loads(refused.stdout)["status"] == 404
    assert "HTTP 404" in refused.stderr


def test_make_mails_prints_them_as_text(stack):
    printed = make("mails", "TO=marc.hoffmann@strasbourg.example.fr").stdout
    assert "To: marc.hoffmann@strasbourg.example.fr" in printed
    assert "/invitation?token=i1~" in printed
    assert "claire.martin@" not in printed


def test_make_redrive_puts_dead_letters_back_into_their_queue(stack):
    sqs = aws.client("sqs", stack.description["awsEndpoint"])
    dead = stack.description["deadLetterQueues"]["mailer"]
    body = json.dumps({"source": "vigie", "detail-type": "AlertDue", "detail": {"nothing": "in it"}})
    sqs.send_message(QueueUrl=dead, MessageBody=body)
    done = make("redrive", "QUEUE=mailer")
    assert (done.returncode, "1 message(s)" in done.stderr) == (0, True), done.stderr
    assert stack.waiting(dead) == 0
    # Consumed from its queue again, it is refused with its reason.
    stack.quiet()
    assert '"nothing": "in it"' in make("rejected").stdout
    assert make("redrive", "QUEUE=publisher-failures").returncode != 0


def test_make_redrive_puts_what_was_not_delivered_into_the_queue_that_it_was_meant_for(stack):
    sqs = aws.client("sqs", stack.description["awsEndpoint"])
    undelivered, name = stack.description["deadLetterQueues"]["undelivered"], f"{stack.description['busName']}-consultations"
    target = {"DataType": "String", "StringValue": f"arn:aws:sqs:eu-west-3:000000000000:{name}"}
    event = {"source": "procurement", "detail-type": "NobodyKnows", "detail": {"consultationId": "c-undelivered"}}
    sqs.send_message(QueueUrl=undelivered, MessageBody=json.dumps(event), MessageAttributes={"TARGET_ARN": target})
    assert make("redrive", "QUEUE=undelivered").returncode == 0
    stack.quiet()
    assert "c-undelivered" in make("rejected").stdout
