"""The deployed system seen from outside: its API, its inbox, its queues, and a customer of one's own in it."""

import json
import re
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "infra" / "local"))

import aws  # noqa: E402
import logins  # noqa: E402
import send  # noqa: E402
from api import OPENER, Api  # noqa: E402

# Longest time to wait for a condition that normally holds within a second; a loaded machine is slow.
PATIENCE = 60.0


def until(condition, what: str, patience: float = PATIENCE):
    """The first true value of a condition; fails when it does not hold in time."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {patience:.0f} s: {what}")


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

    def strike(self, function: str, **event) -> dict:
        """Invokes a function of the clock once more, under its own role; returns its answer."""
        name = f"{self.description['busName']}-{function}"
        answer = aws.client("lambda", self.description["awsEndpoint"]).invoke(FunctionName=name, Payload=json.dumps(event).encode())
        told = answer["Payload"].read()
        assert "FunctionError" not in answer, told
        return json.loads(told)

    def rejected(self) -> list[dict]:
        """Takes rejected events out of their queue and returns them."""
        sqs, url = aws.client("sqs", self.description["awsEndpoint"]), self.description["queues"]["rejected"]
        found = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"])["detail"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found


def token_of(mail: dict) -> str:
    return re.search(r"\?token=([A-Za-z0-9._~-]+)", mail["text"])[1]


class Customer:
    def __init__(self, stack, unique: str):
        self.stack, self.unique = stack, unique
        self.entity = f"org-{unique}"
        self.email = f"ada@{unique}.example.fr"

    def provision(self) -> None:
        self.stack.send(
            {
                "detail-type": "OrganisationProvisioned",
                "detail": {
                    "organisation": "Ville de Colmar",
                    "entityId": self.entity,
                    "name": "Direction des achats",
                    "administrator": {"firstName": "Ada", "lastName": "Ministre", "email": self.email},
                },
            }
        )
        self.id, self.api = self.accept(self.email)

    def accept(self, email: str):
        token = token_of(self.stack.mail(email, "/invitation?token="))
        api = self.stack.api(email)
        return api.call("POST", "/v1/invitations", {"token": token}).body["accountId"], api

    def saved(self, name: str, **more) -> dict:
        """The portal's word on an agent, whose name is its own id of them."""
        detail = {"organisationId": self.entity, "agentId": name, "revision": 1, "entityId": self.entity, "email": f"{name}@{self.unique}.example.fr"}
        return {"detail-type": "AgentSaved", "detail": detail | {"firstName": name, "lastName": "Agent", "role": "agent"} | more}

    def declared(self, name: str):
        """An agent whom the portal declared, and who accepted."""
        self.stack.send(self.saved(name, invite=True))
        return self.accept(f"{name}@{self.unique}.example.fr")

    def create(self, name: str) -> str:
        email = f"{name}@{self.unique}.example.fr"
        contact = {"firstName": name, "lastName": "Agent", "email": email}
        self.api.call("POST", f"/v1/entities/{self.entity}/agents", {"contact": contact, "role": "agent"}, expect=(201,))
        return email

    def agent(self, name: str):
        return self.accept(self.create(name))


def customer(stack, unique: str) -> Customer:
    customer = Customer(stack, unique)
    customer.provision()
    return customer
