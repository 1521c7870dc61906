"""Points that use the stack as people and the portal do, with a synthetic organisation."""

import json
import re
import urllib.error
import urllib.request
from typing import NamedTuple

from organisation import ALL_AT_ONCE, Organisation, until
from target import ROOT, Target
from verdict import Verdict, failed, not_reachable, passed

# A closing digest comes with the deadline.
TOLD_AT_ONCE = set(ALL_AT_ONCE) - {"consultationClosed"}
# SES accepted the mail, whatever it has said of it since.
ACCEPTED = ("SENT", "DELAYED", "DELIVERED")
METHODS = {"get", "put", "patch", "post", "delete"}
_ORDER = {"GET": 0, "PUT": 1, "PATCH": 1, "POST": 1, "DELETE": 2}
_DENIED = "look for `cause` and AccessDenied in its log, and grant it in its role (infra/template.yaml)"


def provisioned(target: Target, organisation: Organisation) -> Verdict:
    """OrganisationProvisioned reaches its function and makes root, administrator and invitation; the mail leaves."""
    if not organisation.provision():
        where = f"look into {target.stack}-provisioning, its dead letters and {target.stack}-rejected, and into the log of provisioning"
        return failed("no account came of OrganisationProvisioned", where)

    def invited():
        items = organisation.items(f"ACCOUNT#{organisation.accounts['administrator']}")
        return next((item for item in items if item["sk"]["S"].startswith("DELIVERY#") and item["state"]["S"] in ACCEPTED), None)

    if not until(invited):
        return failed("the invitation was not mailed", "look into the log of mailer: SES's reason is there; the domain must be verified")
    # Only now: an invitation that was accepted is not mailed any more.
    organisation.people()
    return passed("bus, queue, function, stream and mailer made an administrator and mailed the invitation")


def events(target: Target, organisation: Organisation) -> Verdict:
    """Each file of events/bus is told to who follows, by one bulk call of the mailer each."""
    first = json.loads(organisation.fitted((ROOT / "events/bus/consultation-saved-new.json").read_text(encoding="utf-8")))
    names = organisation.consultations()
    saves = [first | {"detail": first["detail"] | {"consultationId": name}} for name in names]
    target.put(*saves)
    agent = organisation.accounts["agent"]

    def starred() -> bool:
        asked = [organisation.request("favourites", "PUT", f"/v1/accounts/{agent}/favourites/{name}", "agent")[0] for name in names]
        return all(status < 300 for status in asked)

    if not until(starred):
        return failed("a consultation that was saved cannot be starred", f"look into {target.stack}-consultations and its dead letters")
    sent = 0
    for file in sorted((ROOT / "events/bus").glob("*.json")):
        content = json.loads(organisation.fitted(file.read_text(encoding="utf-8")))
        for event in content if isinstance(content, list) else [content]:
            # Only SES may report about mails; the organisation exists already.
            if event["source"] == "procurement" and event["detail-type"] != "OrganisationProvisioned":
                target.put(event)
                sent += 1

    def told() -> set[str]:
        return {each["kind"] for each in organisation.deliveries() if each["state"] in ACCEPTED}

    until(lambda: told() >= TOLD_AT_ONCE)
    if missing := TOLD_AT_ONCE - told():
        states = sorted({f"{each['kind']} {each['state']}" for each in organisation.deliveries() if each["kind"] in missing})
        return failed(f"no mail of {', '.join(sorted(missing))} ({', '.join(states) or 'nothing tried'})", "look into the logs of alerts and mailer")
    return passed(f"{sent} events of every type; each of the {len(TOLD_AT_ONCE)} kinds told at once was mailed")


def bulk_mail(target: Target, organisation: Organisation) -> Verdict:
    """One inline bulk call to SES's success simulator, under the mailer's own role: what it recorded as accepted."""
    sent = [each for each in organisation.deliveries() if each["state"] in ACCEPTED]
    if not sent:
        return failed("SES accepted no alert to success@simulator.amazonses.com", "look into the log of mailer: SES's code is in it")
    items = organisation.items(f"ACCOUNT#{organisation.accounts['agent']}")
    ids = [item["messageId"]["S"] for item in items if item["sk"]["S"].startswith("DELIVERY#") and "messageId" in item]
    return passed(f"{len(sent)} alerts were accepted, such as {ids[0]}") if ids else failed("no message id was recorded", "look into the mailer")


def feedback(target: Target, organisation: Organisation) -> Verdict:
    """SES's word on a mail comes back over the default bus and moves its delivery on."""
    if until(lambda: [each for each in organisation.deliveries() if each["state"] == "DELIVERED"]):
        return passed("a mail to the simulator was told to be delivered")
    return failed("no mail was told to be delivered", "look at the configuration set's event destination, the rule on the default bus, and the log of feedback")


def canary(target: Target, _) -> Verdict:
    """One tender more of the canary's goes the whole way, and its receipt comes back."""
    if target.variables("canary").get("CANARY") != "enabled":
        return not_reachable("the parameter SendCanary is disabled")
    tenders = [trip for trip in target.invoke("canary", {"extra": True})["trips"] if trip["leg"] == "tender"]
    name = max(tenders, key=lambda trip: trip["due"])["name"]

    def back() -> dict | None:
        return next((trip for trip in target.invoke("canary", {})["trips"] if trip["name"] == name and trip.get("backAt")), None)

    if trip := until(back):
        return passed(f"a tender came back; {trip['took']} ms from the bus to the receiving server")
    where = f"follow it: {target.stack}-consultations, alerts, mailer, feedback, each with its dead letters and its function's log"
    return failed(f"{name} did not come back", where)


def old_values(target: Target, organisation: Organisation) -> Verdict:
    """A fact told again: the mailer's transaction is refused and must be given the old values, or the message would come back."""
    told = next((each for each in organisation.deliveries() if each["state"] in ACCEPTED), None)
    if told is None:
        return failed("nothing was told that could be told again", "mend the point before")
    event = json.loads((ROOT / "events/mailer/alert-due.json").read_text(encoding="utf-8"))
    body = json.loads(event["Records"][0]["body"])
    body["detail"] |= {"consultationId": told["consultationId"], "kind": told["kind"], "factKey": told["factKey"]}
    body["detail"] |= {"accountIds": [organisation.accounts["agent"]], "entityPath": [organisation.run]}
    event["Records"][0]["body"] = json.dumps(body)
    answer = target.invoke("mailer", event)
    again = [each for each in organisation.deliveries() if each["factKey"] == told["factKey"] and each["kind"] == told["kind"]]
    if answer.get("batchItemFailures") or [each["at"] for each in again] != [told["at"]]:
        return failed("a fact told again came back to its queue, or was mailed twice", f"mailer: {_DENIED}")
    return passed("the mailer saw by them that the mail had left, and sent none")


def routes(target: Target, organisation: Organisation) -> Verdict:
    """Each route of the API: reachable, closed to the anonymous unless public, and answered by its function under its role."""
    found = sorted([*_routes(target), *_pages(target)], key=_last)
    wrong = [problem for route in found if (problem := _from_outside(target, route))]
    wrong += [problem for route in found for problem in _from_inside(organisation, route)]
    if wrong:
        return failed(f"{len(wrong)} wrong: {'; '.join(wrong[:5])}", _DENIED)
    return passed(f"{len(found)} routes answer, and let nobody in without a token who needs one")


class Route(NamedTuple):
    """A route of the API: its key, its function, whether it wants a token, and for a page what it answers."""

    key: str
    function: str
    closed: bool
    answers: frozenset[int] = frozenset(range(500)) - {401, 403}


def _last(route: Route) -> tuple:
    """Reading first, erasing last."""
    method, path = route.key.replace("ANY ", "GET ").split(" ")
    return _ORDER.get(method, 1), path == "/v1/accounts/{id}", path


def _routes(target: Target) -> list[Route]:
    api, client = target.outputs["ApiId"], target.client("apigatewayv2")
    functions = {}
    for each in client.get_integrations(ApiId=api)["Items"]:
        functions[each["IntegrationId"]] = next(name for name in target.functions if target.function(name) in each["IntegrationUri"])
    items, token = [], None
    while True:
        page = client.get_routes(ApiId=api, MaxResults="100", **({"NextToken": token} if token else {}))
        items += page["Items"]
        token = page.get("NextToken")
        if not token:
            break
    # `$default` is the portal's answer to what no route matches.
    named = [each for each in items if " " in each["RouteKey"]]
    return [Route(each["RouteKey"], functions[each["Target"].rpartition("/")[2]], each["AuthorizationType"] == "JWT") for each in named]


def _pages(target: Target) -> list[Route]:
    """Returns what is described and has no route of its own: the portal, which has the default route, answers it."""
    described = json.loads((ROOT / "functions/portal/openapi.json").read_text(encoding="utf-8"))["paths"]
    led = {route.key for route in _routes(target)}
    found = []
    for path, operations in described.items():
        for method in sorted(METHODS & operations.keys()):
            key = f"{method.upper()} {path}"
            if key not in led:
                answers = frozenset(int(status) for status in operations[method]["responses"] if status < "500")
                found.append(Route(key, "portal", bool(operations[method].get("security")), answers))
    return found


def _from_outside(target: Target, route: Route) -> str:
    method, path = route.key.replace("ANY ", "GET ").split(" ")
    request = urllib.request.Request(target.api + re.sub(r"\{[^}]*\}", "smoke", path), method=method)
    if method in ("POST", "PUT", "PATCH"):
        request.data, request.headers["Content-type"] = b"{}", "application/json"
    opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if target.local else []))
    try:
        with opener.open(request, timeout=30) as answer:
            status = answer.status
    except urllib.error.HTTPError as refused:
        status = refused.code
    except OSError as error:
        return f"{route.key}: {error}"
    if route.closed:
        return "" if status == 401 else f"{route.key} answers {status} without a token"
    return "" if status in route.answers else f"{route.key} is public and answers {status}"


def _from_inside(organisation: Organisation, route: Route) -> list[str]:
    """Returns the faults in the answers to its samples; without samples, in the answer to a bare request."""
    wrong = []
    for event in _samples(organisation, route):
        claims = event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims", {}).get("sub", "")
        person = {"1": "administrator", "2": "agent", "3": "other"}.get(claims[-1:])
        status, content = organisation.ask(route.function, event, person)
        if status >= 500:
            wrong.append(f"{route.key} answers {status} {content.get('title', '')}".strip())
    return wrong


def _samples(organisation: Organisation, route: Route) -> list[dict]:
    found = []
    for file in sorted((ROOT / "events" / route.function).glob("*.json")):
        event = json.loads(file.read_text(encoding="utf-8"))
        if event.get("routeKey") == route.key and not file.stem.startswith("bad-"):
            found.append(json.loads(organisation.fitted(json.dumps(event, ensure_ascii=False))))
    return found or [_bare(organisation, route)]


def _bare(organisation: Organisation, route: Route) -> dict:
    """A request of a route that has no sample."""
    event = json.loads((ROOT / "events/accounts/get-me.json").read_text(encoding="utf-8"))
    method, path = route.key.replace("ANY ", "GET ").split(" ")
    person = "administrator" if path.startswith(("/v1/entities", "/v1/consultations")) else "agent"
    first = organisation.run if path.startswith("/v1/entities") else organisation.accounts["agent"]
    first = organisation.consultations()[0] if path.startswith("/v1/consultations") else first
    for name, value in (("{id}", first), ("{consultationId}", organisation.consultations()[0]), ("{token}", "none")):
        path = path.replace(name, value)
    path = path.replace("{otherId}", organisation.accounts["other"]).replace("{accountId}", organisation.accounts["other"])
    event |= {"rawPath": path, "rawQueryString": ""}
    event["requestContext"]["http"] |= {"method": method, "path": path}
    event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = "1" if person == "administrator" else "2"
    return event


def erased(target: Target, organisation: Organisation) -> Verdict:
    """Nothing of the synthetic organisation is left."""
    count = organisation.erase()
    # Items that the functions still write about it are deleted too.
    until(lambda: not organisation.left() or not organisation.erase(), 30)
    if left := organisation.left():
        return failed(f"{len(left)} items are left, such as {left[0]}", f"delete them from {target.table}, or run this again")
    return passed(f"{count} items of {organisation.run}")
