"""Keeps the pages of other sites out of the stack's servers: a browser on this machine takes what they ask to 127.0.0.1 too.

`origins.cjs` says the same for the mail catcher.
"""

import re
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

# Names that only ever lead to this machine, at any port. A name that somebody else owns may lead here too.
STACK = re.compile(r"(127\.0\.0\.1|([a-z0-9_-]+\.)*localhost)(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
# The account page and its issuer.
PORTAL = re.compile(r"[0-9a-f]{8}\.execute-api\.localhost(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)


def foreign(method: str, target: str, headers: Iterable[tuple[str, str]], pages: re.Pattern | None = STACK) -> bool:
    """Returns true for a request that another site's page may have made, or that does not name one of the stack's hosts.

    Links of other sites open documents of the hosts that `pages` fits, and nothing else.
    """
    given: dict[str, list[str]] = {}
    for name, value in headers:
        given.setdefault(name.lower(), []).append(value.strip())
    hosts = given.get("host", [])
    if len(hosts) != 1:
        return True
    if not target.startswith("/"):
        hosts.append(urlsplit(target).netloc)
    if not all(map(STACK.fullmatch, hosts)):
        return True
    site = given.get("sec-fetch-site", [])
    for origin in given.get("origin", []):
        scheme, _, host = origin.partition("://")
        ours = scheme.lower() in ("http", "https") and STACK.fullmatch(host)
        # The stack's own forms have no other origin: their pages tell nobody where they are.
        if not ours and not (origin == "null" and site == ["same-origin"]):
            return True
    if site in ([], ["same-origin"], ["same-site"], ["none"]):
        return False
    opens = method == "GET" and given.get("sec-fetch-mode") == ["navigate"] and given.get("sec-fetch-dest") == ["document"]
    return not (site == ["cross-site"] and opens and pages and all(map(pages.fullmatch, hosts)))


def guarded(handler: type[BaseHTTPRequestHandler], pages: re.Pattern | None = STACK) -> type[BaseHTTPRequestHandler]:
    """Lets a handler answer 403 to what is foreign."""
    parse = handler.parse_request

    def parse_request(self) -> bool:
        if not parse(self):
            return False
        if foreign(self.command, self.path, self.headers.items(), pages):
            self.send_error(403)
            return False
        return True

    handler.parse_request = parse_request
    return handler


def asgi(app):
    """Lets the emulator answer 403 to what is foreign."""

    async def guarded_app(scope, receive, send):
        if scope["type"] == "websocket":
            # Nothing of the stack speaks it. Closed before the handshake, it is answered 403.
            return await send({"type": "websocket.close", "code": 1008})
        if scope["type"] == "http":
            headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
            if foreign(scope["method"], scope["raw_path"].decode("latin-1"), headers, PORTAL):
                await send({"type": "http.response.start", "status": 403, "headers": [(b"content-length", b"0")]})
                return await send({"type": "http.response.body", "body": b""})
        await app(scope, receive, send)

    return guarded_app
