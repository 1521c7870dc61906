"""Makes the situation that a sample needs, as far as it is missing: other people of the organisation, an invitation, a mailed link."""

import json
import re
import time
import uuid
from datetime import date, timedelta

import inbox
import logins
import paths
import send
from api import Api

PATIENCE = 20.0
_ORGANISATIONS = paths.HERE / "demo" / "organisations.json"


def _in(days: int) -> str:
    return str(date.today() + timedelta(days))


class Situation:
    """A demo login and those around it, as they are now."""

    def __init__(self, stack: dict, who: dict, entity: str | None):
        self.stack, self.who = stack, who
        self.me = who["accountId"]
        self.token = logins.id_token(stack, who["email"])
        self.api = Api(stack["apiUrl"], self.token)
        self.organisation = next(each for each in json.loads(_ORGANISATIONS.read_text()) if who["entityId"] in _tree(each))
        # The sample is about the people of the entity that it names, if it is one of this organisation.
        self.entity = entity if entity in _tree(self.organisation) else who["entityId"]
        self._other: str | None = None

    def version(self) -> str:
        """The entity tag of the own account."""
        return self.api.call("GET", f"/v1/accounts/{self.me}").etag

    def address(self) -> str:
        """Returns the address to which the own account's mails go now."""
        return self._account()["contact"]["email"]

    def other(self) -> str:
        """Another active agent of the sample's entity who has a login, brought back there if a sample moved or deactivated them."""
        if self._other is None:
            home = {each["accountId"]: each["entityId"] for each in self._logins() if each["accountId"] != self.me}
            agents = [account for account in home if account != self._administrator_id()] or list(home)
            # Not the first one there, about whom most samples are.
            here = [account for account in agents if home[account] == self.entity][1:] or agents[-1:]
            self._other = here[0]
            self._bring_back(self._other, home[self._other])
        return self._other

    def others(self) -> list[str]:
        """Everybody else of the organisation who has a login."""
        return [each["accountId"] for each in self._logins() if each["accountId"] != self.me]

    def _bring_back(self, account: str, home: str) -> None:
        """Brings an agent back to where the demo loaded them, and to work."""
        for entity in [home, *sorted(_tree(self.organisation) - {home})]:
            found = next((agent for agent in self._agents(entity) if agent["id"] == account), None)
            changes = {"active": True} if found and not found["active"] else {}
            changes |= {"entityId": home} if found and entity != home else {}
            if changes:
                self._administrator().call("PATCH", f"/v1/entities/{entity}/agents/{account}", changes)
            if found:
                return

    def invited(self) -> str:
        """An agent of the entity who has not accepted yet; invites one when there is none."""
        for agent in self._agents(self.entity):
            if agent["invitationExpiresAt"]:
                return agent["id"]
        contact = {"firstName": "Nouvel", "lastName": "Agent", "email": f"nouveau.{uuid.uuid4().hex[:8]}@{self._domain()}"}
        made = self._administrator().call("POST", f"/v1/entities/{self.entity}/agents", {"contact": contact, "role": "agent"})
        return made.body["id"]

    def pending_email(self) -> None:
        """Asks for another address unless one waits already."""
        if not self._account()["pendingEmail"]:
            new = f"{self.who['email'].partition('@')[0]}.{uuid.uuid4().hex[:8]}@{self._domain()}"
            self.api.call("PATCH", f"/v1/accounts/{self.me}/contact", {"email": new}, If_Match="*")

    def link(self, letter: str, what: str = "") -> str | None:
        """A link that the login may use, for the purpose of this letter (`Purpose` in shared/domain/src/token.rs): the one that was mailed.

        It is made first where there is none, and None where that cannot be. Of the links to unsubscribe, `consultation` asks for the one that unstars, anything else for one that switches a kind off."""
        match letter:
            case "c":
                self.pending_email()
                request = self._account()["pendingEmail"]["address"]
                return self._mailed(letter, to=request)
            case "l":
                self._api_of(self.other()).call("POST", f"/v1/accounts/{self.other()}/links", {"email": self.address()})
                return self._mailed(letter, self.other(), to=self.address())
            case "g":
                absence = {"from": _in(40), "until": _in(44), "delegateAccountId": self.me}
                self._api_of(self.other()).call("PUT", f"/v1/accounts/{self.other()}/absence", absence)
                return self._mailed(letter, to=self.address())
            case "r":
                self.api.call("POST", "/v1/recoveries", {"email": self.address()})
                return self._mailed(letter, self.me, to=self.address())
            case "s":
                return self._to_stop()
            case "u":
                this = "consultation\\." if what == "consultation" else "(?!consultation)"
                return self._found(letter, self.me, this=this) or (self._alerted() and self._mailed(letter, self.me, this=this))
            case "d":
                return next((each["calendar"].rpartition("/")[2] for each in self._favourites() if each.get("calendar")), None)
        return self._found(letter, self.me)

    def _to_stop(self) -> str | None:
        """A link mailed to somebody's former address: the login waits to take their account over by one that an administrator set."""
        agent, given = self.other(), f"donnee.{uuid.uuid4().hex[:8]}@{self._domain()}"
        home = next(each["entityId"] for each in self._logins() if each["accountId"] == agent)
        former = self._api_of(agent).call("GET", f"/v1/accounts/{agent}").body["contact"]["email"]
        self._administrator().call("PATCH", f"/v1/entities/{home}/agents/{agent}", {"email": given})
        self.api.call("POST", "/v1/confirmations", {"token": self._mailed("c", agent, to=given)})
        self.api.call("POST", "/v1/recoveries", {"email": given})
        self.api.call("POST", "/v1/recoveries/confirm", {"token": self._mailed("r", agent, to=given)})
        return self._mailed("s", agent, to=former)

    def _alerted(self) -> bool:
        """Causes an alert to the login about its newest favourite; whether it has any."""
        if not (favourites := self._favourites()):
            return False
        alerts = self.api.call("GET", f"/v1/accounts/{self.me}/alerts").body
        alerts["kinds"]["tenderReceived"] = "immediate"
        self.api.call("PUT", f"/v1/accounts/{self.me}/alerts", alerts)
        tender = json.loads((paths.ROOT / "events/bus/tender-received.json").read_text())
        tender["detail"] |= {"consultationId": favourites[0]["consultationId"], "depositId": f"depot-{uuid.uuid4().hex[:8]}"}
        send.put(self.stack, [tender])
        return True

    def _favourites(self) -> list[dict]:
        return self.api.call("GET", f"/v1/accounts/{self.me}/favourites").body["items"]

    def _account(self) -> dict:
        return self.api.call("GET", f"/v1/accounts/{self.me}").body

    def _mailed(self, letter: str, account: str = "", to: str = "", this: str = "") -> str | None:
        """The newest link of this kind once its mail has come, or None when it does not."""
        until = time.monotonic() + PATIENCE
        while not (found := self._found(letter, account, to, this)) and time.monotonic() < until:
            time.sleep(0.1)
        return found

    def _found(self, letter: str, account: str = "", to: str = "", this: str = "") -> str | None:
        """The newest link of this kind, of an account or in a mail to an address."""
        link = re.compile(rf"\b{letter}[0-9]+~{account or '[0-9a-f-]+'}~{this}[\w.-]+~[\w-]+")
        texts = (mail["text"] + " ".join(mail["headers"].values()) for mail in reversed(inbox.mails(self.stack, to)))
        return next((found[0] for text in texts if (found := link.search(text))), None)

    def _agents(self, entity: str) -> list[dict]:
        return self._administrator().call("GET", f"/v1/entities/{entity}/agents").body["items"]

    def _administrator(self) -> Api:
        return Api(self.stack["apiUrl"], logins.id_token(self.stack, self.organisation["administrator"]["email"]))

    def _administrator_id(self) -> str:
        return self.stack["accounts"][self.organisation["administrator"]["email"]]

    def _api_of(self, account: str) -> Api:
        email = next(each["email"] for each in self._logins() if each["accountId"] == account)
        return Api(self.stack["apiUrl"], logins.id_token(self.stack, email))

    def _logins(self) -> list[dict]:
        return [each for each in self.stack["logins"] if each["entityId"] in _tree(self.organisation)]

    def _domain(self) -> str:
        return self.who["email"].partition("@")[2]


def _tree(organisation: dict) -> set[str]:
    return {organisation["entityId"], *(each["id"] for each in organisation["entities"])}
