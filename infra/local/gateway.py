"""API Gateway's place in front of `make watch`: each request becomes its event (HTTP API, payload format 2.0), with the claims of a demo
login if there is one.

    gateway.py PORT ADDRESS_OF_WATCH LOGIN

Ends with the process that started it.
"""

import base64
import json
import os
import re
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

import description
import logins
import paths
from api import OPENER
from origins import guarded

_ROUTE = re.compile(r'^"(/[^"]*)" = "([\w-]+)"$', re.MULTILINE)

Invoke = Callable[[str, dict], dict]


def function_of(path: str) -> str:
    """Returns the function that answers a path, as cargo-lambda's router has it: names before `{names}`, `{*rest}` last."""
    routes = _ROUTE.findall((paths.ROOT / "CargoLambda.toml").read_text(encoding="utf-8"))
    fitting = [(route.count("{*"), route.count("{"), function) for route, function in routes if _fits(route, path)]
    return min(fitting)[2]


def _fits(route: str, path: str) -> bool:
    pattern = re.sub(r"\\\{\\\*\w+\\\}", ".*", re.escape(route))
    return re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", pattern), path) is not None


def event(method: str, target: str, headers: dict[str, str], body: bytes, claims: dict[str, str] | None) -> dict:
    """Returns the event of a request."""
    url = urlsplit(target)
    path = unquote(url.path)
    made = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": url.query,
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "localhost",
            "domainPrefix": "localhost",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": headers.get("User-Agent", "")},
            "requestId": f"{time.time_ns():x}",
            "routeKey": "$default",
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime()),
            "timeEpoch": time.time_ns() // 1_000_000,
        },
        "isBase64Encoded": False,
    }
    if claims:
        made["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
    if url.query:
        made["queryStringParameters"] = dict(parse_qsl(url.query, keep_blank_values=True))
    if body:
        made |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return made


def server(port: int, invoke: Invoke, claims: dict[str, str] | None) -> ThreadingHTTPServer:
    """Returns a server that is not yet serving; port 0 is a free one."""

    @guarded
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = event(self.command, self.path, dict(self.headers.items()), body, claims)
            answer = invoke(function_of(asked["rawPath"]), asked)
            content = (answer.get("body") or "").encode()
            if answer.get("isBase64Encoded"):
                content = base64.b64decode(content)
            # A failure before the answer is reported in API Gateway's way.
            if "statusCode" not in answer:
                answer, content = {"statusCode": 502}, json.dumps({"message": "Internal Server Error"}).encode()
            self.send_response(answer["statusCode"])
            for name, value in (answer.get("headers") or {}).items():
                if name.lower() != "content-length":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer

        def log_message(self, *_):
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def _of_watch(address: str) -> Invoke:
    def invoke(function: str, asked: dict) -> dict:
        url = f"http://{address}/2015-03-31/functions/{function}/invocations"
        request = urllib.request.Request(url, data=json.dumps(asked).encode(), method="POST")
        try:
            # Without a time-out: a function is built when it is first invoked.
            with OPENER.open(request) as answer:
                return json.load(answer)
        except urllib.error.URLError:
            return {}

    return invoke


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


def main() -> None:
    port, address, email = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    claims = logins.claims(description.running_stack(), email) if email else None
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    try:
        server(port, _of_watch(address), claims).serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
