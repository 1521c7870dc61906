"""Points about the sign-in: the pages and the API mean the same issuer and client, and a token of it opens the API."""

import json
import os
import urllib.error
import urllib.request

from target import Target
from verdict import Verdict, failed, not_reachable, passed


def _opener(target: Target) -> urllib.request.OpenerDirector:
    # A proxy of the shell's must not see what stays on this machine.
    return urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if target.local else []))


def same_issuer(target: Target, _) -> Verdict:
    """The pages send people to the issuer, and as the client, whose tokens the API takes; and the issuer answers under its name."""
    try:
        with _opener(target).open(f"{target.api}/assets/config.json", timeout=30) as answer:
            config = json.load(answer)
        authority = config["authority"]
        document = config.get("metadataUrl") or f"{authority}/.well-known/openid-configuration"
        if target.local:
            # Its host resolves in browsers only.
            document = target._endpoint + "/" + document.split("/", 3)[3]
        with _opener(target).open(document, timeout=30) as answer:
            issuer = json.load(answer)["issuer"]
    except (OSError, ValueError, KeyError) as error:
        return failed(f"the sign-in page cannot learn its issuer: {error}", "look at OIDC_AUTHORITY of the function portal, and open /invitation in a browser")
    if issuer != authority:
        return failed(f"the issuer calls itself {issuer}, and the pages {authority}", "set JwtIssuer as the issuer spells itself")
    taken = target.authorizer
    if taken["Issuer"] != issuer:
        return failed(f"the API takes tokens of {taken['Issuer']}, and the pages send people to {issuer}", "deploy again; JwtIssuer goes to both")
    # Beside people's those of portals' programs, and no other.
    programs = {target.outputs.get("MachineClientId", ""), *target.parameters.get("MachineAudience", "").split(",")} - {""}
    if set(taken["Audience"]) != {config["clientId"]} | programs:
        audiences = ", ".join(taken["Audience"])
        return failed(f"the API takes tokens for {audiences}, and the pages ask for {config['clientId']}", "deploy again; JwtAudience goes to both")
    return passed(f"{issuer}; that a person gets through the hosted page is seen in a browser only")


def token(target: Target, _) -> Verdict:
    """An operator's own token opens the API, and the same token spoilt does not."""
    own = os.environ.get("TOKEN", "").strip()
    if not own:
        return not_reachable("needs a token: `make smoke TOKEN=<id token>`, from the account page's session or `make token` locally")
    opened, spoilt = (_status(target, each) for each in (own, _spoilt(own)))
    if opened in (401, 403):
        return failed(f"the API answers {opened} to the token", "is it an id token, of this stack's issuer and client, and not expired?")
    if opened >= 500:
        return failed(f"GET /v1/me answers {opened}", "look for `cause` in the log of accounts")
    if spoilt != 401:
        return failed(f"a token with another signature is answered {spoilt}", "close the API: its authorizer checks nothing")
    return passed(f"GET /v1/me answers {opened} to the token, and {spoilt} to one with another signature")


def _spoilt(token: str) -> str:
    """The same with another signature."""
    head, dot, signature = token.rpartition(".")
    return f"{head}{dot}{'B' if signature[:1] == 'A' else 'A'}{signature[1:]}"


def _status(target: Target, token: str) -> int:
    request = urllib.request.Request(f"{target.api}/v1/me", headers={"Authorization": f"Bearer {token}"})
    try:
        with _opener(target).open(request, timeout=40) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code
