"""Public pages that lack something fail in production, and there alone."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import particulars
import pytest
from conftest import stack_xml
from target import ROOT, Target

LACKING = f"<p>{particulars.MISSING}</p>"


@pytest.fixture
def pages(monkeypatch):
    """The content of each page of a site that every stack has."""
    content = dict.fromkeys(particulars.PAGES, "<p>tout est dit</p>")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content[self.path].encode())

        def log_message(self, format, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(Target, "api", f"http://127.0.0.1:{server.server_port}")
    yield content
    server.shutdown()


@pytest.mark.parametrize("page", particulars.PAGES)
@pytest.mark.parametrize(("stage", "state"), [("production", "FAIL"), ("staging", "pass"), ("test", "pass")])
def test_what_is_to_be_completed_fails_in_production(cloud, pages, page, stage, state):
    cloud["DescribeStacks"] = (200, stack_xml(Stage=stage))
    pages[page] = LACKING * 2
    verdict = particulars.complete(Target("vigie-trial", "eu-west-3"), None)
    assert (verdict.state, f"{page} 2 times" in verdict.detail) == (state, True)


def test_what_is_complete_passes_in_production(cloud, pages):
    cloud["DescribeStacks"] = (200, stack_xml(Stage="production"))
    assert particulars.complete(Target("vigie-trial", "eu-west-3"), None).state == "pass"


def test_the_words_are_those_of_the_pages():
    assert f'"{particulars.MISSING}"' in (ROOT / "shared/operator/src/lib.rs").read_text(encoding="utf-8")


def test_the_pages_are_those_that_every_page_leads_to():
    linked = re.findall(r'\("(/[a-z-]+)", ', (ROOT / "shared/http/src/site.rs").read_text(encoding="utf-8"))
    assert sorted(particulars.PAGES) == sorted(linked)
