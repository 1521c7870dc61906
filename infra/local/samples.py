"""Samples of requests, made to fit the demo: `make invoke … LOGIN=<email>`.

Each file in events/<function>/ of an HTTP function is an event of API Gateway with invented accounts and links. The account that calls
becomes the login's own, the others become people of its organisation, links become ones that were really mailed, and what a sample needs
is made first (`situation.py`), so that it answers as its name says.
"""

import base64
import json
import re

from placeholders import login
from situation import Situation

ID = re.compile(r"01939c0e-0000-7000-8000-0000000000([0-9a-f]{2})")
LINK = re.compile(r"\b([a-z])~" + ID.pattern + r"~([\w-]+)[\w.-]*~[\w-]+")
# The last two digits of who was invited and never came, and of whom public links are mailed to.
INVITED, OF_LINKS = "20", "02"
# Pages only show what is in their address, and these links are wrong on purpose.
AS_THEY_ARE = re.compile(r'"rawPath": "/(confirm|invitation|link|delegation)"|get-deadline-with-another-link|"/v1/deadlines/u~')
_HEADERS = "headers"


def fitted(stack: dict, sample: dict, email: str) -> dict:
    """The sample as a request of this demo login; raises ValueError when there is no such login."""
    situation = Situation(stack, login(stack, email), _entity(sample))
    claims = _claims(sample)
    own = claims["sub"][-2:] if claims else OF_LINKS
    text = json.dumps(sample, ensure_ascii=False)
    if "/contact/pending-email" in sample["rawPath"]:
        situation.pending_email()
    if not AS_THEY_ARE.search(text):
        text = LINK.sub(lambda found: situation.link(found[1], found[3]) or found[0], text)
    event = json.loads(ID.sub(lambda found: _account(situation, own, found), text))
    if claims := _claims(event):
        claims |= _claims_of(situation.token)
    if event[_HEADERS].get("if-match") == '"1"':
        event[_HEADERS]["if-match"] = situation.version()
    return event


def _account(situation: Situation, own: str, found: re.Match) -> str:
    if found[1] == own:
        return situation.me
    if found[1] == INVITED:
        return situation.invited()
    # Anything else of this form is a request, not a person.
    return situation.other() if int(found[1], 16) < int(INVITED, 16) else found[0]


def _entity(sample: dict) -> str | None:
    """The entity that a sample is about, if it is about one."""
    path = sample["rawPath"].split("/")
    return path[3] if path[:3] == ["", "v1", "entities"] else None


def _claims(event: dict) -> dict | None:
    return event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims")


def _claims_of(token: str) -> dict[str, str]:
    """What the authorizer hands on of a token: every claim, as text."""
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in claims.items()}
