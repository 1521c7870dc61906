"""Loads infra/local/demo/ into a running stack, by events, mails and HTTP only: the way real customers come.

Existing data stays as it is, so that loading again completes a broken-off load.
"""

import hashlib
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Callable, Iterable
from zoneinfo import ZoneInfo

import aws
import logins
import paths
import send
from api import OPENER, Api
from progress import StackError, step

FOLDER = paths.HERE / "demo"
RECORD = paths.STATE / "demo.json"
PATIENCE = 60.0


def fill(stack: dict) -> dict:
    """Loads what is missing; returns `logins` as in stack.json and `accounts`, all account ids by address."""
    files = [FOLDER / name for name in ("organisations.json", "agents.json", "consultations.json")]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    try:
        record = json.loads(RECORD.read_text())
    except (FileNotFoundError, ValueError):
        record = {}
    if record.get("digest") != digest:
        record = {"digest": digest} | _Demo(stack, *(json.loads(file.read_text()) for file in files)).load()
        RECORD.write_text(json.dumps(record, indent=2))
    return {"logins": record["logins"], "accounts": record["accounts"]}


def deadline(published: dict, after: datetime) -> str:
    """A notice's deadline by whole weeks later: the first one after `after`, same weekday and hour in the buyer's zone."""
    wall = datetime.fromisoformat(published["wallClock"])
    zone = ZoneInfo(published["zone"])
    # Days are counted on the calendar, so that the hour on the wall stays when the clocks change.
    weeks = max(0, -((wall - after.replace(tzinfo=None)) // timedelta(weeks=1)))
    return (wall + timedelta(weeks=weeks)).replace(tzinfo=zone).isoformat()


def procurement(detail_type: str, detail: dict) -> dict:
    """An event of the portal."""
    return {"source": "procurement", "detail-type": detail_type, "detail": detail}


def declared_entities(organisation: dict) -> list[dict]:
    """The portal's word on each entity, with the entities that it is linked to."""
    linked = lambda entity: [link["to"] for link in organisation["transverse"] if link["from"] == entity]
    word = lambda entity: {
        "organisationId": organisation["entityId"],
        "entityId": entity["id"],
        "revision": 1,
        "name": entity["name"],
        "parentId": entity["parentId"],
        "transverse": linked(entity["id"]),
    }
    return [procurement("EntitySaved", word(entity)) for entity in organisation["entities"]]


def _each(work: Callable, items: Iterable) -> list:
    """Does the work for all items side by side; raises the first failure."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(work, items))


class _Demo:
    def __init__(self, stack: dict, organisations: list[dict], agents: list[dict], consultations: list[dict]):
        self.stack = stack
        self.organisations = organisations
        self.agents = agents
        self.consultations = consultations
        self.accounts: dict[str, str] = {}
        self.apis: dict[str, Api] = {}
        administrators = {each["administrator"]["email"]: each for each in organisations}
        self.first_administrators = [agent for agent in agents if agent["email"] in administrators]
        self.others = [agent for agent in agents if agent["email"] not in administrators]
        # Login that administers each entity.
        self.administrator_of = {
            entity: each["administrator"]["email"]
            for each in organisations
            for entity in [each["entityId"], *(below["id"] for below in each["entities"])]
        }

    def load(self) -> dict:
        with step("Demo: organisations and entities"):
            self.provision()
            _each(self.build_tree, [each for each in self.organisations if not each["declared"]])
            send.put(self.stack, [event for each in self.organisations if each["declared"] for event in declared_entities(each)])
        with step("Demo: agents, by invitation mails"):
            send.put(self.stack, [self.declared(agent) for agent in self.others if "agentId" in agent])
            _each(self.invite, self.others)
            _each(self.settle, self.agents)
        with step("Demo: consultations and favourites"):
            self.save_consultations()
            self.wait_for_queues()
            _each(self.star, self.agents)
            _each(self.deactivate, [agent for agent in self.agents if not agent["active"]])
        return {
            "accounts": self.accounts,
            "logins": [
                {
                    "email": agent["email"],
                    "accountId": self.accounts[agent["email"]],
                    "role": agent["role"],
                    "entityId": agent["entityId"],
                }
                for agent in self.agents
                if agent["invitation"] == "accepted" and agent["active"]
            ],
        }

    def provision(self) -> None:
        """The IAM-protected first step of each customer."""
        names = ("organisation", "entityId", "name", "administrator")
        events = [
            procurement("OrganisationProvisioned", {name: organisation[name] for name in names})
            for organisation in self.organisations
            if not self.signed_in(organisation["administrator"]["email"])
        ]
        send.put(self.stack, events)
        _each(lambda agent: self.join(agent["email"]), self.first_administrators)

    def build_tree(self, organisation: dict) -> None:
        api = self.apis[organisation["administrator"]["email"]]
        for entity in organisation["entities"]:
            body = {"name": entity["name"], "parentId": entity["parentId"]}
            api.call("PUT", f"/v1/entities/{entity['id']}", body)
        for link in organisation["transverse"]:
            api.call("PUT", f"/v1/entities/{link['from']}/transverse/{link['to']}")

    def declared(self, agent: dict) -> dict:
        """The portal's word on an agent, by its own id of them. It comes right behind those on entities: what is not there yet is waited
        for."""
        fields = ("agentId", "entityId", "role", "permanentGuest")
        contact = {name: agent["contact"].get(name) for name in ("email", "civility", "firstName", "lastName", "jobTitle", "phone")}
        detail = {name: agent[name] for name in fields} | contact | {"revision": 1, "invite": True}
        return procurement("AgentSaved", detail | {"organisationId": self.root_of(agent)})

    def root_of(self, agent: dict) -> str:
        administrator = self.administrator_of[agent["entityId"]]
        return next(each["entityId"] for each in self.organisations if each["administrator"]["email"] == administrator)

    def person(self, email: str) -> dict:
        """Somebody as an event names them: by the portal's own id, or by their address."""
        agent = next(agent for agent in self.agents if agent["email"] == email)
        return {"agentId": agent["agentId"]} if "agentId" in agent else {"email": email}

    def invite(self, agent: dict) -> None:
        """Has the administrator create the account, unless the portal declared it; the agent then follows the link in the invitation
        mail."""
        email, path = agent["email"], f"/v1/entities/{agent['entityId']}/agents"
        if agent["invitation"] == "accepted" and ("agentId" in agent or self.signed_in(email)):
            return self.join(email)
        body = {"contact": agent["contact"], "role": agent["role"]}
        answer = self.administers(agent).call("POST", path, body, expect=(201, 409))
        if answer.status == 201:
            self.accounts[email] = answer.body["id"]
        else:
            listed = self.administers(agent).call("GET", path).body["items"]
            known = next(each for each in listed if each["contact"]["email"] == email)
            self.accounts[email] = known["id"]
            if not known["active"]:
                return
        if agent["invitation"] == "accepted":
            self.join(email)

    def join(self, email: str) -> None:
        """Signs up and accepts the invitation, unless both have been done."""
        if self.signed_in(email):
            return
        logins.make(self.stack, email, self.stack["demoPassword"])
        api = Api(self.stack["apiUrl"], logins.id_token(self.stack, email))
        api.call("POST", "/v1/invitations", {"token": self.invitation(email)})
        if not self.signed_in(email):
            raise StackError(f"{email} accepted the invitation and has no account")

    def signed_in(self, email: str) -> bool:
        """Returns true if the login exists and acts for its account; notes both if so."""
        if email in self.apis:
            return True
        try:
            api = Api(self.stack["apiUrl"], logins.id_token(self.stack, email))
        except StackError:
            return False
        mine = [account for account in api.call("GET", "/v1/me").body["accounts"] if account["email"] == email]
        if mine:
            self.accounts[email] = mine[0]["id"]
            self.apis[email] = api
        return bool(mine)

    def invitation(self, email: str) -> str:
        """The token in the newest invitation mail to the address, which may still be on its way."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with OPENER.open(f"{self.stack['mailsUrl']}?to={email}", timeout=10) as answer:
                for mail in reversed(json.load(answer)):
                    if found := re.search(r"/invitation\?token=([A-Za-z0-9._~-]+)", mail["text"]):
                        return found[1]
            self.check_refusals()
            time.sleep(0.1)
        raise StackError(f"no invitation mail to {email} within {PATIENCE:.0f} s")

    def administers(self, agent: dict) -> Api:
        return self.apis[self.administrator_of[agent["entityId"]]]

    def settle(self, agent: dict) -> None:
        """Rights by the administrator; contact, alerts and places by the agent."""
        email = agent["email"]
        if any(agent["permanentGuest"].values()) and "agentId" not in agent:
            path = f"/v1/entities/{agent['entityId']}/agents/{self.accounts[email]}"
            self.administers(agent).call("PATCH", path, {"permanentGuest": agent["permanentGuest"]})
        if email not in self.apis:
            return
        api, account = self.apis[email], f"/v1/accounts/{self.accounts[email]}"
        if agent in self.first_administrators:
            contact = {name: value for name, value in agent["contact"].items() if name != "email"}
            etag = api.call("GET", account).etag
            api.call("PATCH", f"{account}/contact", contact, If_Match=etag)
        if agent["alerts"]:
            api.call("PUT", f"{account}/alerts", agent["alerts"])
        if agent["places"]:
            api.call("PUT", f"{account}/places", {"places": agent["places"]})

    def save_consultations(self) -> None:
        """Each saved in drafting first, which gives the automatic favourites, then in its phase."""
        events = []
        for number, consultation in enumerate(self.consultations):
            # Between two and six weeks ahead: not all of them on one day.
            after = datetime.now() + timedelta(weeks=2 + number % 4)
            detail = {name: consultation[name] for name in ("reference", "title", "organisation", "entityId", "url")} | {
                "consultationId": consultation["id"],
                "author": self.person(consultation["author"]),
                "guests": [self.person(guest) for guest in consultation["guests"]],
                "submissionDeadline": deadline(consultation["deadline"], after),
            }
            for revision, phase in enumerate(dict.fromkeys(["drafting", consultation["phase"]]), start=1):
                events.append(procurement("ConsultationSaved", detail | {"revision": revision, "phase": phase}))
        send.put(self.stack, events)

    def wait_for_queues(self) -> None:
        """Waits until every event has been worked off."""
        queues = [url for name, url in self.stack["queues"].items() if name != "rejected"]
        until = time.monotonic() + PATIENCE
        quiet = 0
        # Twice in a row: between two queues an event is in neither.
        while quiet < 2 and time.monotonic() < until:
            quiet = 0 if any(map(self.waiting, queues)) else quiet + 1
            time.sleep(0.3)
        self.check_refusals()

    def waiting(self, queue: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        sqs = aws.client("sqs", self.stack["awsEndpoint"])
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)

    def check_refusals(self) -> None:
        """Says at once why an event of the demo was refused, rather than waiting for what never comes."""
        queue = self.stack["queues"]["rejected"]
        if self.waiting(queue):
            sqs = aws.client("sqs", self.stack["awsEndpoint"])
            message = sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0)["Messages"][0]
            raise StackError(f"an event was refused: {message['Body'][:1000]}")

    def star(self, agent: dict) -> None:
        if agent["email"] not in self.apis:
            return
        for method, consultations in (("PUT", agent["stars"]), ("DELETE", agent["unstars"])):
            for consultation in consultations:
                path = f"/v1/accounts/{self.accounts[agent['email']]}/favourites/{consultation}"
                self.apis[agent["email"]].call(method, path, expect=(204,), retry=(404,))

    def deactivate(self, agent: dict) -> None:
        path = f"/v1/entities/{agent['entityId']}/agents/{self.accounts[agent['email']]}"
        self.administers(agent).call("PATCH", path, {"active": False})
