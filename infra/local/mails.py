"""Serves the caught mails: `GET /` as a page of threads, `GET /mails` as JSON, newest last; with `?to=<address>` one person's. The canary's are
there for who asks by address.

The catcher's own `/store` has another shape, which tests and tools should not depend on.
Usage: mails.py PORT INBOX_URL
"""

import json
import sys
import urllib.error
import urllib.request
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import threads
from origins import guarded

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

    @guarded
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            url = urlsplit(self.path)
            try:
                with opener.open(f"{inbox}/store", timeout=10) as store:
                    mails = [mail(caught) for caught in json.load(store)["emails"]]
            except (urllib.error.URLError, OSError) as error:
                self.json(503, {"error": str(error)})
                return
            to = parse_qs(url.query).get("to", [None])[0]
            mails = [found for found in mails if to == CANARY or CANARY not in found["to"]]
            page = threads.overview(mails, to) if url.path == "/" else threads.thread_page(mails, unquote(url.path.removeprefix("/threads/")))
            if url.path == "/mails":
                self.json(200, [found for found in mails if not to or to in found["to"]])
            elif page is not None:
                self.answer(200, "text/html", page)
            else:
                self.json(404, {"error": "only /, /threads/<id> and /mails are here"})

        def json(self, status: int, body) -> None:
            self.answer(status, "application/json", json.dumps(body, ensure_ascii=False))

        def answer(self, status: int, media_type: str, text: str) -> None:
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", f"{media_type}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format, *args):
            """Keeps quiet: it is asked several times a second by tests."""

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
