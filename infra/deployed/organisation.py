"""A synthetic organisation: made by an event, used through the functions as people and the portal use them, and erased afterwards.

Its people have addresses of SES's success simulator. Nobody signs in: each request goes to its function as API Gateway would hand it on,
with claims made here, and invitations are accepted with tokens signed by the stack's own key.
"""

import base64
import hashlib
import hmac
import json
import re
import time
import uuid
from typing import Callable

import token_keys
from target import ROOT, Target

SIMULATOR = "simulator.amazonses.com"
# Longer than the time after which a message that was given back comes again (VisibilityTimeout of the queues), and is handled then.
PATIENCE = 300.0
SHARDS = 4
_TEMPLATE = json.loads((ROOT / "events/accounts/get-me.json").read_text(encoding="utf-8"))
ALL_AT_ONCE = {
    kind: "immediate"
    for kind in (
        "tenderReceived", "consultationClosed", "messageReceived", "questionReceived", "noticePublished", "noticeRejected", "approvalRequested",
    )
}  # fmt: skip


def until(condition: Callable, patience: float = PATIENCE):
    """The first true value of a condition, or its last one when time runs out."""
    deadline = time.monotonic() + patience
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.5)
    return value


def digest(*parts: str) -> str:
    """Returns the hash by which the table recognises an address (`vigie_domain::id::digest`)."""
    whole = b"".join(len(part.encode()).to_bytes(8, "big") + part.encode() for part in parts)
    return base64.urlsafe_b64encode(hashlib.sha256(whole).digest()).decode()[:22]


def _samples(folder: str) -> list[str]:
    """The text of each sample of a folder."""
    return [file.read_text(encoding="utf-8") for file in (ROOT / "events" / folder).glob("*.json")]


class Organisation:
    """One run's organisation; every id in it begins with the run's."""

    def __init__(self, target: Target):
        self.target = target
        self.run = f"smoke{uuid.uuid4().hex[:10]}"
        self.began = time.time()
        # Person → account id.
        self.accounts: dict[str, str] = {}
        self.issuer = target.authorizer["Issuer"]
        # Of people: those of portals' programs open nothing that is asked here.
        self.audience = target.outputs.get("ClientId") or target.parameters["JwtAudience"]
        self._number, self._key = max(token_keys.read(target).items())

    def address(self, person: str) -> str:
        return f"success+{self.run}-{person}@{SIMULATOR}"

    # ---- What the portal and people do -------------------------------------------------------------------------------

    def request(self, function: str, method: str, path: str, person: str | None, body=None, query: str = "", **headers: str) -> tuple[int, dict]:
        """Status and body of a function's answer to a person's request."""
        event = json.loads(json.dumps(_TEMPLATE))
        http = event["requestContext"]["http"]
        http["method"], http["path"] = method, path
        event |= {"rawPath": path, "rawQueryString": query, "routeKey": f"{method} {path}"}
        if body is not None:
            event["body"] = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
            event["headers"]["content-type"] = "application/json"
        event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask(function, event, person)

    def ask(self, function: str, event: dict, person: str | None) -> tuple[int, dict]:
        """The same with a whole event, whose claims become the person's."""
        if person is None:
            event["requestContext"].pop("authorizer", None)
        else:
            event["requestContext"]["authorizer"] = {"jwt": {"claims": {"iss": self.issuer, "sub": f"{self.run}-{person}", "aud": self.audience}, "scopes": None}}
        answer = self.target.invoke(function, event)
        text = answer.get("body") or "null"
        if answer.get("isBase64Encoded"):
            text = base64.b64decode(text).decode(errors="replace")
        try:
            content = json.loads(text)
        except ValueError:
            content = {"text": text[:200]}
        return answer["statusCode"], content

    def provision(self) -> str:
        """Sends the event of a new customer; returns its first administrator's account id, "" when none comes."""
        names = {"organisation": f"Essai {self.run}", "entityId": self.run, "name": f"Essai {self.run}"}
        administrator = {"firstName": "Essai", "lastName": "Automatique", "email": self.address("administrator")}
        event = {"source": "procurement", "detail-type": "OrganisationProvisioned", "detail": names | {"administrator": administrator}}
        self.target.put(event)
        return until(lambda: self.owner("administrator"))

    def owner(self, person: str) -> str:
        """Returns the owner of the person's address, according to the table."""
        item = self._item(f"EMAIL#{digest('address', self.address(person))}", "EMAIL")
        owner = next((v["S"] for k, v in item.items() if k not in ("pk", "sk") and re.fullmatch(r"[0-9a-f-]{36}", v.get("S", ""))), "")
        if owner:
            self.accounts[person] = owner
        return owner

    def join(self, person: str) -> None:
        """Binds the person's synthetic login to the invited account, as the link in the mail does."""
        account = self.accounts[person]
        invitation = self._item(f"ACCOUNT#{account}", "ACCOUNT")["invitation"]["M"]
        body = f"i{self._number}~{account}~{invitation['requestId']['S']}"
        mac = hmac.new(self._key.encode(), b"vigie link 1\0" + body.encode(), hashlib.sha256).digest()
        token = f"{body}~{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        self._must("accounts", "POST", "/v1/invitations", person, {"token": token})

    def people(self) -> None:
        """Two agents who joined and one who was invited, entities below the root, everything on for the first agent."""
        self.join("administrator")
        for name, parent in ((f"{self.run}-numerique", self.run), (f"{self.run}-sig", f"{self.run}-numerique"), (f"{self.run}-postes", f"{self.run}-numerique")):
            self._must("entities", "PUT", f"/v1/entities/{name}", "administrator", {"name": name, "parentId": parent})
        for person in ("agent", "other", "invited"):
            contact = {"firstName": "Essai", "lastName": person, "email": self.address(person)}
            made = self._must("entities", "POST", f"/v1/entities/{self.run}-sig/agents", "administrator", {"contact": contact, "role": "agent"})
            self.accounts[person] = made["id"]
        for person in ("agent", "other"):
            self.join(person)
        favourites = {"mine": True, "ownEntity": False, "dependentEntities": False, "transverseEntities": False}
        alerts = {"kinds": ALL_AT_ONCE, "automaticFavourites": favourites}
        self._must("preferences", "PUT", f"/v1/accounts/{self.accounts['agent']}/alerts", "agent", alerts)

    def _must(self, function: str, method: str, path: str, person: str, body) -> dict:
        status, content = self.request(function, method, path, person, body)
        if status >= 300:
            raise RuntimeError(f"{method} {path} answered {status}: {json.dumps(content)[:300]}")
        return content

    def deliveries(self, person: str = "agent") -> list[dict]:
        """Alerts to the person, newest first."""
        _, content = self.request("accounts", "GET", f"/v1/accounts/{self.accounts[person]}/deliveries", person)
        return content.get("items", [])

    def fitted(self, text: str) -> str:
        """A sample's text about this organisation: its people, entities, consultations and addresses are this run's."""
        account = {"01": "administrator", "02": "agent", "03": "other", "20": "invited"}
        # Whoever is named by an address alone is so by their account: those of this run are the simulator's.
        text = re.sub(r'\{\s*"email":\s*"claire[^"]*"\s*\}', f'"{self.accounts["agent"]}"', text)
        text = re.sub(r'\{\s*"email":\s*"[^"]*"\s*\}', f'"{self.accounts["other"]}"', text)
        text = re.sub(r"\{\{account:claire[^{}]*\}\}", self.accounts["agent"], text)
        text = re.sub(r"\{\{account:[^{}]*\}\}", self.accounts["other"], text)
        text = re.sub(r"01939c0e-0000-7000-8000-0000000000(01|02|03|20)", lambda found: self.accounts[account[found[1]]], text)
        text = re.sub(r"(?<![\w-])ems(?=-|[\"\\/]|$)", self.run, text)
        text = re.sub(r"(?<![\w-])c-(\d\d-\d{6}|hostile)", rf"{self.run}-c-\1", text)
        return re.sub(r"([\w.+-]+)@[\w.é-]*example\.(?:fr|org)", rf"success+{self.run}-\1@{SIMULATOR}", text)

    # ---- What is left ------------------------------------------------------------------------------------------------

    def erase(self) -> int:
        """Takes everything of this run out of the table; returns how many items there were."""
        table, erased = self.target.client("dynamodb"), 0
        for key in self._keys():
            table.delete_item(TableName=self.target.table, Key=key)
            erased += 1
        return erased

    def left(self) -> list[dict]:
        """Keys of what is still there."""
        return list(self._keys())

    def _keys(self):
        entities = [self.run, *(f"{self.run}-{name}" for name in ("numerique", "sig", "postes", "voirie"))]
        found = [item for entity in entities for item in self.items(f"ENTITY#{entity}")]
        accounts = {item["sk"]["S"].rpartition("#")[2] for item in found if item["sk"]["S"].startswith("AGENT#")} | set(self.accounts.values())
        addresses = {self.address(person) for person in ("administrator", *self.accounts)}
        for account in accounts:
            items = self.items(f"ACCOUNT#{account}")
            addresses |= set(re.findall(rf"success\+{self.run}[\w.+-]*@{SIMULATOR}", json.dumps(items)))
            found += items + self.items(f"MAILED#{digest('changes', account)}")
        for address in map(str.lower, addresses):
            # Mails are counted by mailbox, whatever its tag.
            mailbox = re.sub(r"\+[^@]*", "", address)
            found += self.items(f"EMAIL#{digest('address', address)}") + self.items(f"MAILED#{digest('address', mailbox)}")
        # Its invitations, and those that came back.
        found += self.items(f"MAILED#{digest('organisation', self.run)}")
        for person in ("administrator", "agent", "other", "invited"):
            found += self.items(f"LOGIN#{self._login(person)}")
        for name in self.consultations():
            found += self.items(f"CONSULTATION#{name}")
        agents = [digest("agent", self.run, agent) for agent in self.agents()]
        for agent in agents:
            found += self.items(f"AGENT#{agent}")
        ids = (self.run, *accounts, *agents)
        for shard in range(SHARDS):
            found += [item for item in self.items(f"OPEN#{shard}") if any(each in item["sk"]["S"] for each in ids)]
        return [{"pk": item["pk"], "sk": item["sk"]} for item in found]

    def consultations(self) -> list[str]:
        """Every consultation that the samples speak of, as it is called here."""
        texts = (text for folder in ("bus", "favourites", "entities") for text in _samples(folder))
        return sorted({f"{self.run}-{name}" for text in texts for name in re.findall(r"(?<![\w-])(c-(?:\d\d-\d{6}|hostile))", text)})

    def agents(self) -> list[str]:
        """Every agent whom the samples declare, by the portal's own id."""
        return sorted({name for text in _samples("bus") for name in re.findall(r'"(?:a|successorA)gentId": "([^"]+)"', text)})

    def _login(self, person: str) -> str:
        """The digest under which the table knows the login."""
        login = hashlib.sha256(len(self.issuer.encode()).to_bytes(8, "big") + self.issuer.encode() + f"{self.run}-{person}".encode()).digest()
        return base64.urlsafe_b64encode(login).rstrip(b"=").decode()

    def _item(self, pk: str, sk: str) -> dict:
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        return self.target.client("dynamodb").get_item(TableName=self.target.table, Key=key, ConsistentRead=True).get("Item", {})

    def items(self, pk: str) -> list[dict]:
        pages = self.target.client("dynamodb").get_paginator("query").paginate(
            TableName=self.target.table, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": pk}}, ConsistentRead=True
        )
        return [item for page in pages for item in page["Items"]]
