"""Samples of requests, made to fit the demo: `make invoke … LOGIN=<email>`.

Each file in events/<function>/ of an HTTP function is an event of API Gateway with invented accounts. Of these the one that calls
becomes the login's own, and the others people of the demo, so that the sample answers as its name says.
"""

import base64
import json
import re

import inbox
import logins
from api import Api
from placeholders import login

ID = re.compile(r"01939c0e-0000-7000-8000-0000000000([0-9a-f]{2})")
TOKEN = re.compile(r"\b([a-z])~" + ID.pattern + r"~[\w.-]+~[\w-]+")
# The accounts of the samples: whose each is in the demo. The last one never accepted its invitation.
PEOPLE = {
    "01": "marches@strasbourg.example.fr",
    "02": "claire.martin@strasbourg.example.fr",
    "03": "karim.benali@strasbourg.example.fr",
    "20": "ines.garnier@strasbourg.example.fr",
}
# Stands in for one of these who is the login itself.
ANOTHER = "marc.hoffmann@strasbourg.example.fr"
# Public links are mailed to this one.
OF_LINKS = "02"
# Pages only show what is in their address.
OPENED_ONLY = ("/confirm", "/invitation", "/link", "/delegation")


def fitted(stack: dict, sample: dict, email: str) -> dict:
    """The sample as a request of this demo login; raises ValueError when there is no such login."""
    who = login(stack, email)
    claims = _claims(sample)
    own = claims["sub"][-2:] if claims else OF_LINKS
    text = json.dumps(sample, ensure_ascii=False)
    if sample["rawPath"] not in OPENED_ONLY:
        text = TOKEN.sub(lambda found: _token(stack, email, found), text)
    text = ID.sub(lambda found: _account(stack, who, own, found), text)
    event = json.loads(text)
    if claims := _claims(event):
        claims |= _claims_of(logins.id_token(stack, email))
    if event["headers"].get("if-match") == '"1"':
        api = Api(stack["apiUrl"], logins.id_token(stack, email))
        event["headers"]["if-match"] = api.call("GET", f"/v1/accounts/{who['accountId']}").etag
    return event


def _claims(event: dict) -> dict | None:
    return event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims")


def _claims_of(token: str) -> dict[str, str]:
    """What the authorizer hands on of a token: every claim, as text."""
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in claims.items()}


def _account(stack: dict, who: dict, own: str, found: re.Match) -> str:
    if found[1] == own:
        return who["accountId"]
    email = PEOPLE.get(found[1])
    if email is None:
        return found[0]
    return stack["accounts"][ANOTHER if email == who["email"] else email]


def _token(stack: dict, email: str, found: re.Match) -> str:
    """The newest link of this kind that was mailed to the login, if there is one; whoever it was mailed for."""
    if found[1] == "d":
        items = Api(stack["apiUrl"], logins.id_token(stack, email)).call(
            "GET", f"/v1/accounts/{login(stack, email)['accountId']}/favourites"
        ).body["items"]  # fmt: skip
        return next((item["calendar"].rpartition("/")[2] for item in items if item.get("calendar")), found[0])
    kind = re.compile(rf"\b{found[1]}~[\w.-]+~[\w.~-]+")
    texts = (mail["text"] + "".join(mail["headers"].values()) for mail in reversed(inbox.mails(stack, email)))
    return next((mailed[0] for text in texts if (mailed := kind.search(text))), found[0])
