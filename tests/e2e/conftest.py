"""What the end-to-end tests share: the running stack (`VIGIE_STACK` names its stack.json), its API, its inbox, its queues."""

import json
import os
import re
import sys
import time
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "infra" / "local"))

import aws  # noqa: E402
import logins  # noqa: E402
import send  # noqa: E402
from api import OPENER, Api  # noqa: E402

# How long a condition may take that normally holds within a second; a loaded machine is slow.
PATIENCE = 60.0


def until(condition, what: str, patience: float = PATIENCE):
    """The first true value of a condition; fails when it does not hold in time."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {patience:.0f} s: {what}")


def pytest_configure(config):
    config.addinivalue_line("markers", "after_the_others: takes the demo apart, which other tests rely on")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("after_the_others") is not None)


class Stack:
    """The deployed system, seen from outside: HTTP, events, mails."""

    def __init__(self, description: dict):
        self.description = description
        self.public = Api(description["apiUrl"])

    def token(self, email: str) -> str:
        logins.make(self.description, email, self.description["demoPassword"])
        return logins.id_token(self.description, email)

    def api(self, email: str) -> Api:
        return Api(self.description["apiUrl"], self.token(email))

    def account(self, email: str) -> str:
        return self.description["accounts"][email]

    def send(self, *events: dict) -> None:
        send.put(self.description, [{"source": "procurement"} | event for event in events])

    def send_file(self, file: Path) -> None:
        send.send_file(self.description, str(file))

    def mails(self, to: str | None = None) -> list[dict]:
        with OPENER.open(self.description["mailsUrl"], timeout=10) as answer:
            mails = json.load(answer)
        return [mail for mail in mails if to is None or to in mail["to"]]

    def mail(self, to: str, has: str = "", patience: float = PATIENCE) -> dict:
        """The newest mail to an address whose subject or text has something in it."""

        def newest():
            found = [mail for mail in self.mails(to) if has in mail["subject"] or has in mail["text"]]
            return found[-1] if found else None

        return until(newest, f"a mail to {to} with {has!r}", patience)

    def waiting(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        sqs = aws.client("sqs", self.description["awsEndpoint"])
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)

    def quiet(self) -> None:
        """Waits until every event has been worked off, twice in a row: between two queues an event is in neither."""
        queues = [url for name, url in self.description["queues"].items() if name != "rejected"]

        def quiet_thrice():
            for _ in range(3):
                if any(self.waiting(url) for url in queues):
                    return False
                time.sleep(0.25)
            return True

        # A message that two workers met on comes back after its visibility time-out of 180 s.
        until(quiet_thrice, "quiet queues", 400)

    def rejected(self) -> list[dict]:
        """What was rejected, taken out of its queue."""
        sqs, url = aws.client("sqs", self.description["awsEndpoint"]), self.description["queues"]["rejected"]
        found = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"])["detail"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found


def token_of(mail: dict) -> str:
    return re.search(r"\?token=([A-Za-z0-9._~-]+)", mail["text"])[1]


@pytest.fixture(scope="session")
def stack() -> Stack:
    return Stack(json.loads(Path(os.environ["VIGIE_STACK"]).read_text()))


@pytest.fixture
def unique() -> str:
    """Tells apart what one run of one test makes."""
    return uuid.uuid4().hex[:8]
