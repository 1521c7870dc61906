"""Pages of other sites reach nothing of a running stack: real servers, asked over sockets as browsers and tools ask."""

import ipaddress
import json
import socket
import threading

import gateway
import paths
import pytest
import services
import watch

PORTAL = "71617e00.execute-api.localhost"
LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
QUIET = {"emulator": "/_ministack/health", "inbox": "/health-check", "mails": "/mails", "watch": "/v1/me"}
SERVERS = list(QUIET)


@pytest.fixture(scope="module")
def ports(tmp_path_factory):
    """The ports of the three services and of the front of `make watch`."""
    state = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "RECORD", state / "processes.json")
        patch.setattr(services, "SCRATCH", state / "tmp")
        patch.setattr(paths, "LOGS", state / "logs")
        running = services.start(None, None)
        front = gateway.server(0, lambda function, event: {"statusCode": 200, "body": "answered"}, {})
        threading.Thread(target=front.serve_forever, daemon=True).start()
        yield running.record["ports"] | {"watch": front.server_address[1]}
        front.shutdown()
        services.stop(running)


def ask(port: int, head: str, body: str = "") -> tuple[int, str]:
    """Sends the lines of a request as they are; returns the status and all of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall("\r\n".join([*head.splitlines(), "Connection: close", "", body]).encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    text = answer.decode(errors="replace")
    return int(text.split(" ", 2)[1]), text


def lines(start: str, headers: dict[str, str]) -> str:
    return "\n".join([start, *(f"{name}: {value}" for name, value in headers.items())])


def get(server: str, port: int, headers: dict[str, str], target: str = "") -> int:
    return ask(port, lines(f"GET {target or QUIET[server]} HTTP/1.1", {"Host": f"127.0.0.1:{port}"} | headers))[0]


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:1", "localhost", "LocalHost:65000", "a.b.localhost:80", PORTAL])
def test_the_names_of_this_machine_are_the_stacks_at_any_port(ports, server, host):
    port = ports[server]
    # What the page's host shows is not there before anything is deployed.
    answers = {200, 404} if host == PORTAL and server == "emulator" else {200}
    assert get(server, port, {"Host": host}) in answers
    assert get(server, port, {"Origin": f"http://{host}"}) == 200
    assert get(server, port, {"Origin": f"https://{host}", "Sec-Fetch-Site": "same-site"}) == 200


FOREIGN = [
    "evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.nip.io", "evillocalhost", "127.0.0.2", "0.0.0.0", "[::1]", "127.1",
    "127.0.0.1@evil.example", "evil.example@127.0.0.1", "127.0.0.1:80@evil.example", "127.0.0.1:x", "localhost.", "127.0.0.1.", ".localhost", "127.0.0.1, evil.example",
    "localhost/evil.example", "evil.example#.localhost", "ｌocalhost", "null", "",
]  # fmt: skip


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("host", FOREIGN)
def test_any_other_host_is_refused_as_host_and_as_origin(ports, server, host):
    port = ports[server]
    # Some are no host at all: the server says so before anybody judges them.
    assert get(server, port, {"Host": host}) in (400, 403)
    assert get(server, port, {"Origin": f"http://{host}"}) == 403


@pytest.mark.parametrize("server", SERVERS)
def test_an_origin_that_is_no_page_of_the_stack_is_refused(ports, server):
    port = ports[server]
    for origin in ["null", "", "file://", "chrome-extension://abcdefgh", "http:127.0.0.1", "127.0.0.1", "http://localhost http://evil.example", "ftp://localhost"]:
        assert get(server, port, {"Origin": origin}) == 403, origin
    assert get(server, port, {"Origin": "null", "Sec-Fetch-Site": "cross-site"}) == 403
    # A form of a page that tells nobody where it is.
    assert get(server, port, {"Origin": "null", "Sec-Fetch-Site": "same-origin"}) == 200
    twice = f"GET {QUIET[server]} HTTP/1.1\nHost: localhost\nOrigin: http://localhost\nOrigin: http://evil.example"
    assert ask(port, twice)[0] == 403


@pytest.mark.parametrize("server", SERVERS)
def test_a_request_names_one_host(ports, server):
    port = ports[server]
    assert ask(port, f"GET {QUIET[server]} HTTP/1.0")[0] == 403
    assert ask(port, f"GET {QUIET[server]} HTTP/1.1\nHost: localhost\nHost: evil.example")[0] in (400, 403)
    assert ask(port, f"GET http://evil.example{QUIET[server]} HTTP/1.1\nHost: localhost")[0] == 403
    assert ask(port, f"GET http://127.0.0.1@evil.example{QUIET[server]} HTTP/1.1\nHost: localhost")[0] == 403
    assert ask(port, f"GET http://localhost{QUIET[server]} HTTP/1.1\nHost: localhost")[0] != 403


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_no_method_and_no_preflight_of_another_site_is_answered(ports, server, method):
    port = ports[server]
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-amz-target"}
    for headers in [{"Origin": "https://evil.example"}, {"Origin": "https://evil.example"} | preflight, {"Host": f"evil.example:{port}"}, {"Sec-Fetch-Site": "cross-site"}]:
        status, answer = ask(port, lines(f"{method} / HTTP/1.1", {"Host": "localhost", "Content-Length": "0"} | headers))
        assert status == 403, headers
        assert "access-control" not in answer.lower()


@pytest.mark.parametrize("server", SERVERS)
def test_what_another_site_asks_of_the_browser_is_refused_but_for_opening_a_page(ports, server):
    port = ports[server]
    page = {"Host": f"{PORTAL}:{port}"} | LINK
    assert get(server, port, page, "/") != 403
    for less in [{"Sec-Fetch-Mode": "no-cors"}, {"Sec-Fetch-Mode": "cors"}, {"Sec-Fetch-Dest": "iframe"}, {"Sec-Fetch-Dest": ""}, {"Sec-Fetch-Site": "Cross-Site"}, {"Sec-Fetch-Site": "none, cross-site"}, {"Origin": "null"}]:
        assert get(server, port, page | less, "/") == 403, less
    assert ask(port, lines("POST / HTTP/1.1", page | {"Content-Length": "0"}))[0] == 403
    for own in ["none", "same-origin", "same-site"]:
        assert get(server, port, {"Sec-Fetch-Site": own, "Sec-Fetch-Mode": "cors"}) == 200


def test_a_link_to_an_interface_of_aws_is_no_link_to_a_page(ports):
    for target in ["/?Action=ListUsers&Version=2010-05-08", "/", "/_ministack/health"]:
        assert get("emulator", ports["emulator"], LINK, target) == 403, target


def test_a_page_of_another_site_makes_no_function(ports):
    """A plain form can say all that CloudFormation needs to run code."""
    form = "Action=CreateStack&Version=2010-05-15&StackName=taken&TemplateBody={}"
    head = {"Host": f"127.0.0.1:{ports['emulator']}", "Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(form))}
    assert ask(ports["emulator"], lines("POST / HTTP/1.1", head | {"Origin": "https://evil.example"}), form)[0] == 403
    asked = head | {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-3/sts/aws4_request, SignedHeaders=host, Signature=none"}
    who = "Action=GetCallerIdentity&Version=2011-06-15"
    assert ask(ports["emulator"], lines("POST / HTTP/1.1", asked | {"Content-Length": str(len(who))}), who)[0] == 200


@pytest.mark.parametrize("origin", ["http://evil.example", f"http://{PORTAL}"])
def test_no_page_has_a_websocket(ports, origin):
    upgrade = {"Upgrade": "websocket", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version": "13", "Origin": origin}
    head = lines("GET / HTTP/1.1", {"Host": f"{PORTAL}:1", "Connection": "Upgrade"} | upgrade)
    with socket.create_connection(("127.0.0.1", ports["emulator"]), timeout=20) as connection:
        connection.sendall((head.replace("\n", "\r\n") + "\r\n\r\n").encode())
        assert int(connection.recv(65536).split(b" ", 2)[1]) == 403


def test_what_stands_behind_make_watch_is_found_by_nobody_who_is_not_told():
    found = {watch.hidden_address() for _ in range(100)}
    assert len(found) > 90
    assert all(ipaddress.IPv4Address(address).is_loopback for address in found)
    # A server there is not found at the usual address.
    with socket.create_server((found.pop(), 0)) as hidden, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", hidden.getsockname()[1]), timeout=5)


def test_the_stacks_own_clients_are_answered(ports):
    status, answer = ask(ports["mails"], f"GET /mails HTTP/1.1\nHost: 127.0.0.1:{ports['mails']}")
    assert (status, json.loads(answer.split("\r\n\r\n")[1])) == (200, [])
