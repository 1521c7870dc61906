"""Samples made to fit the demo: `make invoke … LOGIN=<email>`.

Each file in events/<function>/ speaks of invented accounts and links. The account that calls, or that an event is about, becomes the login's
own; the others become people of its organisation. In requests, links become ones that were really mailed, and what a sample needs is made
first (`situation.py`). So each answers as its name says.
"""

import json
import re
from datetime import date

import logins
from placeholders import login
from situation import Situation

ID = re.compile(r"01939c0e-0000-7000-8000-0000000000([0-9a-f]{2})")
# Those of them that are people.
PEOPLE = re.compile(r"01939c0e-0000-7000-8000-0000000000(?:0[0-9]|20)(?![0-9])")
LINK = re.compile(r"\b([a-z])[0-9]+~" + ID.pattern + r"~([\w-]+)[\w.-]*~[\w-]+")
# The last two digits of who was invited and never came, and of whom public links are mailed to.
INVITED, OF_LINKS = "20", "02"
# Pages only show what is in their address, and these links are wrong on purpose.
AS_THEY_ARE = re.compile(r'"rawPath": "/(confirm|invitation|link|delegation|recovery|stop)"|get-deadline-with-another-link|"/v1/deadlines/u1~')
# The days in the samples lie around the day that they speak of: they are moved to lie so around today.
DAY = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])")
SPOKEN_OF = date(2026, 11, 24)
_HEADERS = "headers"
# Recipient of the mails that SES's sample events are about.
ADDRESS = "claire.martin@strasbourg.example.fr"


def fitted(stack: dict, sample: dict, email: str) -> dict:
    """The sample as a request of this demo login, or as an event about its account; raises ValueError when there is no such login."""
    who = login(stack, email)
    return _request(Situation(stack, who, _entity(sample)), sample) if "rawPath" in sample else _event(Situation(stack, who, None), sample)


def _event(situation: Situation, sample: dict) -> dict:
    """Whoever an event is about besides the login are different people: it names each once."""
    text = json.dumps(sample, ensure_ascii=False).replace(ADDRESS, situation.address())
    others = iter(situation.others())
    known: dict[str, str] = {OF_LINKS: situation.me}

    def account(found: re.Match) -> str:
        if found[1] == INVITED:
            return situation.invited()
        if int(found[1], 16) > int(INVITED, 16):
            return found[0]
        if found[1] not in known:
            known[found[1]] = next(others, situation.me)
        return known[found[1]]

    return json.loads(ID.sub(account, text))


def _request(situation: Situation, sample: dict) -> dict:
    claims = _claims(sample)
    own = claims["sub"][-2:] if claims else OF_LINKS
    text = json.dumps(sample, ensure_ascii=False)
    if "/contact/pending-email" in sample["rawPath"]:
        situation.pending_email()
    if not AS_THEY_ARE.search(text):
        text = LINK.sub(lambda found: situation.link(found[1], found[3]) or found[0], text)
    text = DAY.sub(_day, text)
    event = json.loads(ID.sub(lambda found: _account(situation, own, found), text))
    # A portal's program stays one, whoever calls.
    if (claims := _claims(event)) and "client_id" not in claims:
        claims |= logins.claims(situation.stack, situation.who["email"])
    if event[_HEADERS].get("if-match") == '"1"':
        event[_HEADERS]["if-match"] = situation.version()
    return event


def _day(found: re.Match) -> str:
    try:
        return str(date.today() + (date.fromisoformat(found[0]) - SPOKEN_OF))
    except ValueError:
        # No such day, on purpose.
        return found[0]


def _account(situation: Situation, own: str, found: re.Match) -> str:
    if found[1] == own:
        return situation.me
    if found[1] == INVITED:
        return situation.invited()
    # Anything else of this form is a request, not a person.
    return situation.other() if int(found[1], 16) < int(INVITED, 16) else found[0]


def _entity(sample: dict) -> str | None:
    """The entity that a sample is about, if it is about one."""
    path = sample.get("rawPath", "").split("/")
    return path[3] if path[:3] == ["", "v1", "entities"] else None


def _claims(event: dict) -> dict | None:
    return event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims")
