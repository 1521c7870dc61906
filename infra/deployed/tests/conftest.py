"""The far ends of what looks at a deployed stack: a name server, and AWS's own wire with canned answers."""

import json
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

ACCOUNT = "123456789012"


@pytest.fixture
def names(monkeypatch):
    """(name, type) → values: a name server that knows these and nothing else."""
    zone: dict[tuple[str, str], list[str]] = {}
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                wire, who = server.recvfrom(4096)
            except OSError:
                return
            asked = dns.message.from_wire(wire)
            (question,) = asked.question
            answer = dns.message.make_response(asked)
            answer.flags |= dns.flags.RA
            kind = question.rdtype.name
            if values := zone.get((question.name.to_text().rstrip("."), kind)):
                answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *values))
            else:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            server.sendto(answer.to_wire(), who)

    threading.Thread(target=serve, daemon=True).start()
    monkeypatch.setenv("DNS_SERVER", f"127.0.0.1:{server.getsockname()[1]}")
    yield zone
    server.close()


@pytest.fixture
def cloud(monkeypatch):
    """`Action` or `METHOD path` → (status, answer): AWS for every client of this process and those that it starts."""
    answers: dict[str, tuple[int, dict | str]] = {
        "GetCallerIdentity": (200, xml("GetCallerIdentity", f"<Account>{ACCOUNT}</Account>")),
    }
    answers["asked"] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            action = target or parse_qs(body).get("Action", [f"{self.command} {urlsplit(self.path).path}"])[0]
            answers["asked"].append((action, body))
            canned = answers.get(action, (404, {"message": f"nothing canned for {action}"}))
            canned = canned(parse_qs(body)) if callable(canned) else canned
            # Of several answers each comes once, the last for ever.
            status, answer = (canned.pop(0) if len(canned) > 1 else canned[0]) if isinstance(canned, list) else canned
            content = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
            self.send_response(status)
            if isinstance(answer, dict) and "__type" in answer:
                self.send_header("x-amzn-errortype", answer["__type"])
            self.send_header("Content-Type", "text/xml" if isinstance(answer, str) else "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST

        def log_message(self, format, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield answers
    server.shutdown()


def xml(action: str, inner: str) -> str:
    return f"<{action}Response><{action}Result>{inner}</{action}Result></{action}Response>"


def resources_xml(**resources: tuple[str, str]) -> str:
    """Returns CloudFormation's answer about a stack with these resources: logical id → (type, physical id)."""
    members = "".join(
        f"<member><LogicalResourceId>{name}</LogicalResourceId><ResourceType>{kind}</ResourceType>"
        f"<PhysicalResourceId>{physical}</PhysicalResourceId></member>"
        for name, (kind, physical) in resources.items()
    )
    return xml("ListStackResources", f"<StackResourceSummaries>{members}</StackResourceSummaries>")


def stack_xml(status: str = "CREATE_COMPLETE", outputs: dict[str, str] | None = None, **parameters: str) -> str:
    """Returns CloudFormation's answer about a stack with these parameters."""
    return xml("DescribeStacks", f"<Stacks>{member(status, outputs, **parameters)}</Stacks>")


def stacks_xml(*members: str) -> str:
    """Returns CloudFormation's answer about all stacks."""
    return xml("DescribeStacks", f"<Stacks>{''.join(members)}</Stacks>")


def member(status: str = "CREATE_COMPLETE", outputs: dict[str, str] | None = None, name: str = "vigie-trial", **parameters: str) -> str:
    """Returns a stack as CloudFormation describes it."""
    given = _pairs("Parameter", parameters)
    inner = f"<StackName>{name}</StackName><StackStatus>{status}</StackStatus><Parameters>{given}</Parameters>"
    inner += f"<Outputs>{_pairs('Output', outputs or {})}</Outputs>"
    return f"<member>{inner}<CreationTime>2026-11-24T08:00:00Z</CreationTime></member>"


def _pairs(kind: str, values: dict[str, str]) -> str:
    return "".join(f"<member><{kind}Key>{name}</{kind}Key><{kind}Value>{value}</{kind}Value></member>" for name, value in values.items())


def no_stack() -> tuple[int, str]:
    """Returns CloudFormation's refusal to describe a stack that is not there."""
    error = "<Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id vigie-trial does not exist</Message></Error>"
    return 400, f"<ErrorResponse>{error}</ErrorResponse>"
