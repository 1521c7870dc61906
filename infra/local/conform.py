"""What Vigie would make of a file of events, which it does not send: `make conform`.

    conform.py FILE

Of each event: what is understood, what is repaired, what is refused and why, and whom it would mail. The code that reads events says it
(shared/domain/examples/conform.rs). Whom an alert would reach now is asked of the local stack, if one is up, as each of its administrators;
or of the API at `API`, with an administrator's `TOKEN`.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import description
import logins
import paths
import send
from api import Api
from placeholders import for_the_bus
from progress import StackError
from stage import LINTED

# Most events of one request of `POST /v1/events`.
PER_REQUEST = 100
# Longest text that is shown.
SHOWN = 80


def read(content) -> list[dict]:
    """Events by their envelopes (`own`, `cloud` or `bus`), out of any form in which they are sent.

    That is: both bodies of `POST /v1/events` and a request that has one, one CloudEvent, and all that `make send` takes.
    """
    if isinstance(content, dict):
        if isinstance(content.get("events"), list):
            return [{"own": each} for each in content["events"]]
        if "specversion" in content:
            return [{"cloud": content}]
        if isinstance(content.get("body"), str):
            return read(json.loads(content["body"]))
    if isinstance(content, list):
        if any(isinstance(each, dict) and "specversion" in each for each in content):
            return [{"cloud": each} for each in content]
        return [event for each in content for event in read(each)]
    return [{"bus": {"type": event["detail-type"], "detail": event["detail"], "source": event["source"]}} for event in send.read(content)]


def once(fields: list[tuple[str, object]]) -> dict:
    """An object, whose names stand in it once."""
    found = dict(fields)
    if len(found) < len(fields):
        names = [name for name, _ in fields]
        raise ValueError(f"{next(name for name in found if names.count(name) > 1)} is given twice")
    return found


def inside(event: dict) -> tuple[object, dict]:
    """Type and detail of an event, as far as its envelope names them."""
    ((form, sent),) = event.items()
    sent = sent if isinstance(sent, dict) else {}
    detail = sent.get("data" if form == "cloud" else "detail")
    return sent.get("type"), detail if isinstance(detail, dict) else {}


def judged(events: list[dict]) -> list[dict]:
    """What the code that reads events and their envelopes makes of each."""
    command = ["cargo", "run", "--quiet", "--locked", "--example", "conform"]
    env = os.environ | LINTED
    done = subprocess.run(command, cwd=paths.ROOT, env=env, input=json.dumps(events), stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise StackError("the events could not be judged")
    return json.loads(done.stdout)


def apis() -> list[Api]:
    """The API as each administrator that is known; none without a stack."""
    if os.environ.get("API"):
        return [Api(os.environ["API"].rstrip("/"), os.environ.get("TOKEN"))]
    try:
        stack = description.running_stack()
    except StackError:
        return []
    administrators = [login["email"] for login in stack["logins"] if login["role"] == "administrator"]
    return [Api(stack["apiUrl"], logins.id_token(stack, email)) for email in administrators]


def recipients(administrators: list[Api], consultation: str, kind: str) -> tuple[list[dict], int | None] | None:
    """Everybody whom an alert concerns, and how many people elsewhere; none where no administrator may know the consultation."""
    for api in administrators:
        path, people, outside, cursor = f"/v1/consultations/{quote(consultation)}/recipients?kind={quote(kind)}", [], 0, ""
        while True:
            answer = api.call("GET", path + cursor, expect=(200, 403, 404))
            if answer.status != 200:
                break
            people += answer.body["items"]
            outside = answer.body.get("outside", outside)
            if answer.body["cursor"] is None:
                return people, outside
            cursor = f"&cursor={quote(answer.body['cursor'])}"
    return None


def short(value) -> str:
    """A value as it is shown: long texts are cut, with their length."""
    if isinstance(value, str):
        cut = value if len(value) <= SHOWN else f"{value[:SHOWN]}… ({len(value):,} characters)"
        return json.dumps(cut, ensure_ascii=False)
    if isinstance(value, list):
        more = [f"… ({len(value):,} of them)"] if len(value) > 3 else []
        return f"[{', '.join([*map(short, value[:3]), *more])}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {short(each)}' for name, each in value.items())}}}"
    return json.dumps(value)


def plain(line: str) -> str:
    """A line that does nothing to a terminal: what cannot be seen is spelt out."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in line)


def lines(sent: dict, told: dict, administrators: list[Api]) -> list[str]:
    """What is said of an event."""
    if "errors" in told:
        return ["refused", *(f"  {error['field'] or 'event'}: {error['reason']}" for error in told["errors"])]
    about = {"consultationId": told.get("consultationId")}
    found = ["understood", *(f"  {name}: {short(value)}" for name, value in (about | told["understood"]).items() if value is not None)]
    if told["repaired"]:
        found.append("repaired")
        for name in told["repaired"]:
            kept = told["understood"].get(name)
            was = short(sent[name]) if name in sent else "missing"
            found.append(f"  {name}: {was} → {'left out' if kept in (None, '', []) else short(kept)}")
    return [*found, *mailed(told, administrators)]


def mailed(told: dict, administrators: list[Api]) -> list[str]:
    """Whom it would mail."""
    if told.get("invited"):
        return [f"mails an invitation to {told['invited']}{', unless they accepted one' if told.get('account') else ''}"]
    if told.get("account"):
        return ["mails no alert; who has accepted the account is told what changes"]
    if not told.get("alert"):
        return ["mails nobody"]
    kind, consultation = told["alert"], told["consultationId"]
    later = [f"  and a reminder at {told['reminder']}, unless it is answered"] if told.get("reminder") else []
    if not administrators:
        return [f"mails {kind} to whoever follows {consultation} and wants it; a stack says who", *later]
    known = recipients(administrators, consultation, kind)
    if known is None:
        return [f"mails nobody yet: {consultation} is not known there, or not to these administrators"]
    people, outside = known
    wanted = [f"  {each['name']} ({each['sight']})" for each in people if each["mailed"]]
    left_out = [f"  not {each['name']}: {each['leftOut']}" for each in people if not each["mailed"]]
    elsewhere = {0: [], None: ["  and one to four people elsewhere may see it"]}.get(outside, [f"  and {outside} people elsewhere may see it"])
    return [f"mails {kind} to {len(wanted)}", *wanted, *left_out, *elsewhere, *later]


def show(events: list[dict], told: list[dict], administrators: list[Api]) -> None:
    for number, (event, each) in enumerate(zip(events, told), 1):
        kind, sent = inside(event)
        print(plain(f"{number}. {kind or 'no type'}"))
        print("\n".join(plain(f"   {line}") for line in lines(sent, each, administrators)))
    refused = sum("errors" in each for each in told)
    repaired = sum(bool(each.get("repaired")) for each in told)
    print(f"\n{len(told) - refused} understood, {repaired} of them repaired, {refused} refused; nothing was sent")
    if len(told) > PER_REQUEST:
        print(f"`POST /v1/events` takes {PER_REQUEST} events at a time")


def conform(file: str) -> None:
    try:
        text = Path(file).read_text(encoding="utf-8")
        try:
            text = for_the_bus(description.running_stack(), text)
        except StackError:
            # Without a demo its people stand for themselves.
            text = re.sub(r"\{\{account:([^{}\s]+)\}\}", lambda found: re.sub(r"[^A-Za-z0-9._-]", "-", found[1]), text)
        events = read(json.loads(text, object_pairs_hook=once))
    except (OSError, ValueError) as error:
        raise StackError(f"{file}: {error}") from error
    show(events, judged(events), apis())


if __name__ == "__main__":
    try:
        conform(sys.argv[1] or sys.exit("error: EVENTS= is needed: a file of events"))
    except StackError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
