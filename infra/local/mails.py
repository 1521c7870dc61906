"""Serves the caught mails as JSON, newest last: `GET /mails`, or `GET /mails?to=<address>`. The canary's are there for who asks by address.

The catcher's own `/store` has another shape, which tests and tools should not depend on.
Usage: mails.py PORT INBOX_URL
"""

import json
import sys
import urllib.error
import urllib.request
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


CANARY = "success+vigie-canary@simulator.amazonses.com"


def mail(caught: dict) -> dict:
    """One mail in the contract's shape, from the catcher's."""
    body = caught.get("body", {})
    return {
        "id": caught["messageId"],
        "from": caught["from"],
        "to": caught["destination"]["to"],
        "subject": caught["subject"],
        "text": body.get("text") or "",
        "html": body.get("html") or "",
        "headers": {header["name"]: header["value"] for header in caught.get("headers") or []},
        "at": datetime.fromtimestamp(caught["at"], timezone.utc).isoformat().replace("+00:00", "Z"),
    }


def main(port: int, inbox: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            url = urlsplit(self.path)
            if url.path != "/mails":
                self.answer(404, {"error": "only /mails is here"})
                return
            try:
                with opener.open(f"{inbox}/store", timeout=10) as store:
                    mails = [mail(caught) for caught in json.load(store)["emails"]]
            except (urllib.error.URLError, OSError) as error:
                self.answer(503, {"error": str(error)})
                return
            to = parse_qs(url.query).get("to")
            self.answer(200, [found for found in mails if (set(to) & set(found["to"]) if to else CANARY not in found["to"])])

        def answer(self, status: int, body) -> None:
            content = json.dumps(body, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format, *args):
            """Keeps quiet: it is asked several times a second by tests."""

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
