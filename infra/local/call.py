"""One API call as a demo login: `make call`."""

import json
import sys
import urllib.error
import urllib.request

import logins
from api import OPENER
from placeholders import filled
from progress import StackError, say


def call(stack: dict, email: str, method: str, path: str, body: str = "", media_type: str = "", out=sys.stdout) -> int:
    """Makes the call, writes the answer's body to `out` and its status to standard error; returns the status.

    Without a login the call is public. `{me}` is the login's own account, `{{account:<email>}}` any account of the demo. The body
    goes out as it is. PATCH is sent with `If-Match: *`.
    """
    if not path:
        raise StackError("PATH= is needed, such as PATH=/v1/me")
    try:
        path, body = (filled(stack, email, text) for text in (path, body))
    except ValueError as error:
        raise StackError(str(error)) from error
    request = urllib.request.Request(stack["apiUrl"] + _within(stack, path), method=method.upper())
    if email:
        request.add_header("Authorization", f"Bearer {logins.id_token(stack, email)}")
    if request.method == "PATCH":
        request.add_header("If-Match", "*")
    if body:
        request.data = body.encode()
        request.add_header("Content-Type", media_type or _media_type(request.method, body))
    try:
        with OPENER.open(request, timeout=40) as answer:
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        status, content = refused.code, refused.read()
    except (urllib.error.URLError, ValueError) as error:
        raise StackError(f"{method} {path}: {error}") from error
    say(f"HTTP {status}")
    text = content.decode(errors="replace")
    print(text, end="" if text.endswith("\n") or not text else "\n", file=out)
    return status


def _within(stack: dict, path: str) -> str:
    """The path below the API's address, also of a whole link out of a mail."""
    for base in (stack["apiUrl"], stack["portalUrl"]):
        path = path.removeprefix(base)
    return "/" + path.lstrip("/")


def _media_type(method: str, body: str) -> str:
    """Returns the content type that the API expects: text like `name=value` is a form, everything else is JSON."""
    try:
        json.loads(body)
    except ValueError:
        name, equals, _ = body.partition("=")
        if equals and name.replace("-", "").isalnum():
            return "application/x-www-form-urlencoded"
    return "application/merge-patch+json" if method == "PATCH" else "application/json"
