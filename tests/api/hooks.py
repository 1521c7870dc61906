"""Tells Schemathesis the rules that the description says in words and no schema can hold, for requests that are to be right. `SCENE` names
the people and things."""

import datetime
import json
import os

import schemathesis
from hypothesis import strategies as st

SCENE = json.loads(os.environ["SCENE"])
PHONES = ["+33388609090", "03 88 60 90 91", "06.12.34.56.78", "+49 30 901820", "+32 2 555 12 12"]
SHEET = "prénom;nom;courriel\r\nOscar;Import;{}\r\n"
# Headers that API Gateway and HTTP put on every answer.
OF_THE_TRANSPORT = {"content-type", "content-length", "date", "connection", "server", "apigw-requestid", "transfer-encoding", "keep-alive"}

# A number is right when its numbering plan has it.
schemathesis.openapi.format("phone", st.sampled_from(PHONES))


def an_absence(case) -> None:
    """Its last day comes not before its first one, has not passed, and lies within a year; a delegate is a colleague."""
    if case.body is not None:
        today = datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=1)
        days = sorted(today + datetime.timedelta(days=sum(map(ord, case.body[end])) % 300) for end in ("from", "until"))
        case.body |= {"from": str(days[0]), "until": str(days[1])}
        if case.body.get("delegateAccountId") is not None:
            case.body["delegateAccountId"] = SCENE["colleague"] if seldom(case) else None


def seldom(case) -> bool:
    """A login that causes mails without end is stopped, and then nothing else of the operation is seen."""
    return len(json.dumps(case.body)) % 8 == 0


def without_rights(case) -> None:
    """A rule of automatic favourites needs its right, which neither login has."""
    case.body["automaticFavourites"] |= {"ownEntity": False, "dependentEntities": False, "transverseEntities": False}


def below_the_root(case) -> None:
    """An entity that is there already stays in its organisation: below another entity of it."""
    case.body["parentId"] = SCENE["entity"]


def within_the_tree(case) -> None:
    """An agent moves to an entity that there is; a last day has not passed."""
    if "entityId" in case.body:
        case.body["entityId"] = SCENE["dsi"]
    if case.body.get("leavesOn") is not None:
        case.body["leavesOn"] = str(datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=30))


def to_a_colleague(case) -> None:
    """What an agent follows is given to somebody else of the same organisation."""
    others = [account for account in (SCENE["colleague"], SCENE["own"]) if account != case.path_parameters["accountId"]]
    case.body["toAccountId"] = others[0]


def of_two_letters(case) -> None:
    """A search for people has a word of two letters."""
    if case.query and "q" in case.query:
        case.query["q"] = f"ch {case.query['q']}"[:254]


def the_version_read(case) -> None:
    """`If-Match` holds what was read before, or `*`."""
    case.headers["If-Match"] = "*"
    if not seldom(case):
        case.body.pop("email", None)


def a_spreadsheet(case) -> None:
    """A file has a line of headers and some rows."""
    case.body = SHEET.format(f"oscar-{len(str(case.body))}@{SCENE['unique']}.example.fr")


RULES = {
    "WriteAbsence": an_absence,
    "WriteAlerts": without_rights,
    "Write": below_the_root,
    "PatchAgent": within_the_tree,
    "HandOver": to_a_colleague,
    "FindColleagues": of_two_letters,
    "ListAgents": of_two_letters,
    "PatchContact": the_version_read,
    "ImportAgents": a_spreadsheet,
    "ReadSpreadsheet": a_spreadsheet,
}


@schemathesis.hook
def before_call(context, case, kwargs) -> None:
    if case.meta is None or case.meta.generation.mode.is_negative:
        return
    # A cursor is what the page before gave.
    if case.query:
        case.query.pop("cursor", None)
    if rule := RULES.get(case.operation.definition.raw["operationId"]):
        rule(case)


@schemathesis.check
def every_header_is_described(ctx, response, case) -> None:
    # An operation that does not exist has no description: the address belongs to another method.
    if response.status_code == 405:
        assert "allow" in {name.lower() for name in response.headers}, "405 names the methods that there are"
        return
    answers = case.operation.definition.raw["responses"]
    described = {name.lower() for name in answers.get(str(response.status_code), {}).get("headers", {})}
    more = {name.lower() for name in response.headers} - described - OF_THE_TRANSPORT
    assert not more, f"Undocumented headers: {sorted(more)}"
