"""`make unsubscribe`: a mail of anybody's becomes the press of a button, or nothing."""

import io
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import target
import unsubscribe

TOKEN = "u1~01a215be-74a4-7254-961a-045aa08ccbff~tenderReceived.21146~q83vEjRWeJCrze8SNFZ4kA"
LONG = "u1~01a215be-74a4-7254-961a-045aa08ccbff~consultation.c-21-166157.21146~q83vEjRWeJCrze8SNFZ4kA"
MAIL = "From: Somebody <somebody@elsewhere.example>\r\nTo: desabonnement@vigie.example\r\nSubject: {}\r\nMIME-Version: 1.0\r\n\r\nhello\r\n"


@pytest.fixture
def api():
    """The API, which holds whoever presses the button to what the function asks of them; what it was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            asked.append(self.path)
            pressed = (self.headers["Content-Type"], body) == ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click")
            known = self.path.removeprefix("/api/v1/unsubscribe/") in (TOKEN, LONG)
            self.send_response((200 if known else 404) if pressed else 422)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/api", asked
    server.shutdown()


@pytest.fixture
def press(api, tmp_path, monkeypatch, capsys):
    """Runs the program on a mail; returns its status and all that it said."""
    (tmp_path / "stack.json").write_text(json.dumps({"awsEndpoint": "http://127.0.0.1:9", "region": "eu-west-3", "apiUrl": api[0]}))
    monkeypatch.setattr(target, "STATE", tmp_path)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)

    def run(mail: str | bytes, file: str = "") -> tuple[int, str]:
        content = mail if isinstance(mail, bytes) else mail.encode()
        (tmp_path / "mail.eml").write_bytes(content)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        try:
            unsubscribe.main("local", file or str(tmp_path / "mail.eml"))
        except SystemExit as end:
            return 1, f"{end}\n"
        return 0, capsys.readouterr().out

    return run


@pytest.mark.parametrize(
    "subject",
    [
        TOKEN,
        LONG,
        f"  {TOKEN} ",
        # As mail programs fold and encode a long line.
        f"\r\n {TOKEN}",
        f"=?utf-8?Q?{TOKEN[:40].replace('~', '=7E')}?=\r\n =?utf-8?Q?{TOKEN[40:]}?=",
    ],
)
def test_a_mail_whose_subject_is_a_token_does_what_its_link_would_have_done(api, press, subject):
    assert press(MAIL.format(subject)) == (0, "Done, as by the link itself.\n")
    assert api[1] == [f"/api/v1/unsubscribe/{LONG if LONG in subject else TOKEN}"]


def test_the_subject_alone_is_enough_also_by_standard_input(api, press):
    assert press(f"{TOKEN}\n")[0] == 0
    assert press(MAIL.format(TOKEN), "-")[0] == 0
    assert len(api[1]) == 2


HOSTILE = [
    "$(touch taken)",
    "`touch taken`",
    "'; touch taken; '",
    f"{TOKEN}; touch taken",
    f"{TOKEN} touch taken",
    f"{TOKEN}/../../accounts",
    "u1~../../v1/accounts~b~c",
    f"{TOKEN}?x=1",
    f"{TOKEN}#x",
    f"{TOKEN}%0d%0aX: y",
    f"http://evil.example/{TOKEN}",
    "c~01a215be-74a4-7254-961a-045aa08ccbff~request~q83vEjRWeJCrze8SNFZ4kA",
    "u1~~~",
    "u1~a~b",
    "u1~ａ~b~c",
    "=?utf-8?Q?u=7Ea=7Eb=7Ec=0D=0AX=3A_y?=",
    "\x1b]0;taken\x07\x1b[2J",
    "Désabonnement",
    "",
    "x" * 100_000,
]


@pytest.mark.parametrize("subject", HOSTILE, ids=range(len(HOSTILE)))
def test_any_other_subject_reaches_nothing_and_is_not_shown(api, press, subject):
    for mail in (MAIL.format(subject), subject):
        assert press(mail) == (1, "error: the subject is no token of a link to unsubscribe\n")
    assert api[1] == []


def test_a_mail_that_is_none_is_refused(press):
    for content in [b"", b"\xff\xfe\x00", b"Subject\n\n", b": :\n\n", b"Subject: =?x?Q?u?=\n\n", b"Subject: =?utf-8?B?====?=\n\n"]:
        assert press(content)[0] == 1


def test_a_link_that_does_not_work_is_said(press):
    status, said = press(MAIL.format(TOKEN.replace("tenderReceived", "messageReceived")))
    assert (status, "does not work" in said) == (1, True)
