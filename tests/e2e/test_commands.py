"""The commands of the README as people type them: what `make run` starts and Ctrl-C ends, the tour with its output, `make up` and `make down`,
`make watch` and `make invoke`. On a stack of their own, beside the shared one."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

import aws
import pytest
import typed
from deployed import OPENER, ROOT, Stack, until

import processes

pytestmark = pytest.mark.commands
STATE = ROOT / "target" / "by hand"
START = 300


def make(*arguments: str, **env: str) -> subprocess.CompletedProcess:
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment() | env, capture_output=True, text=True, check=False)


def environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in ("PORT", "ISSUER", "AUDIENCE", "MAKEFLAGS", "MAKELEVEL")}
    return inherited | {"STATE": str(STATE)}


def three_free_ports() -> int:
    """The first of three in a row, below those that the system picks for others."""
    for first in range(21_000, 29_000, 10):
        taken = [socket.socket() for _ in range(3)]
        try:
            for offset, probe in enumerate(taken):
                probe.bind(("127.0.0.1", first + offset))
            return first
        except OSError:
            continue
        finally:
            for probe in taken:
                probe.close()
    raise AssertionError("no three free ports")


def answers(url: str) -> bool:
    try:
        with OPENER.open(url, timeout=2):
            return True
    except OSError:
        return False


class Terminal:
    """`make run` in the foreground of a terminal."""

    def __init__(self, port: int):
        # A killed run may have left it up: its record is not thrown away before.
        make("down")
        shutil.rmtree(STATE, ignore_errors=True)
        STATE.mkdir(parents=True)
        self.output = STATE / "output.txt"
        with self.output.open("wb") as output:
            self.program = subprocess.Popen(
                ["make", "run", f"PORT={port}"], cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def up(self) -> dict:
        def described():
            assert self.program.poll() is None, self.output.read_text()
            return "Ctrl-C ends the stack." in self.output.read_text()

        until(described, "make run is up", START)
        return json.loads((STATE / "stack.json").read_text())

    def ctrl_c(self) -> None:
        """The terminal interrupts everything in its foreground."""
        if self.program.poll() is None:
            os.killpg(self.program.pid, signal.SIGINT)
        self.program.wait(60)


@pytest.fixture(scope="module")
def port() -> int:
    return three_free_ports()


@pytest.fixture(scope="module")
def terminal(port):
    terminal = Terminal(port)
    try:
        yield terminal
    finally:
        terminal.ctrl_c()
        make("down")


@pytest.fixture(scope="module")
def by_hand(terminal) -> dict:
    return terminal.up()


def test_it_prints_where_everything_is_on_the_ports_that_were_asked_for(by_hand, terminal, port):
    printed = terminal.output.read_text()
    for name in ("portalUrl", "apiUrl", "inboxUrl", "mailsUrl", "awsEndpoint"):
        assert by_hand[name] in printed
    ports = [int(re.search(r":(\d+)", by_hand[name])[1]) for name in ("awsEndpoint", "inboxUrl", "mailsUrl")]
    assert set(ports) <= {port, port + 1, port + 2}
    assert all(login["email"] in printed for login in by_hand["logins"])
    # Nothing was asked of the network.
    assert "update available" not in (STATE / "logs" / "deploy.log").read_text()


def tour() -> list[tuple[str, str | None]]:
    return typed.blocks((ROOT / "README.md").read_text("utf-8").split("## A first tour")[1].split("\n## ")[0])


# The README gives the mails time to arrive: here until nothing is on its way any more.
QUIET = f"""
import json, sys
sys.path.insert(0, {str(ROOT / "tests" / "e2e")!r})
from deployed import Stack
Stack(json.load(open({str(STATE / "stack.json")!r}))).quiet()
"""


def test_the_tour_of_the_readme_answers_as_it_says(by_hand, tmp_path):
    blocks = tour()
    assert len(blocks) > 8 and sum(bool(shown) for _, shown in blocks) > 7
    (tmp_path / "quiet.py").write_text(QUIET)
    script = [f'sleep() {{ "{sys.executable}" "{tmp_path}/quiet.py"; }}']
    for number, (command, _) in enumerate(blocks):
        script += [f"{{\n{command}\n}} > '{tmp_path}/{number}.txt' 2>&1"]
    done = subprocess.run(["bash", "-c", "\n".join(script)], cwd=ROOT, env=environment(), capture_output=True, text=True, check=False)
    for number, (command, shown) in enumerate(blocks):
        told = (tmp_path / f"{number}.txt").read_text("utf-8")
        if shown:
            assert typed.answers(told, shown), f"{command}\n{told}\n{done.stderr}"


def test_up_on_a_running_stack_leaves_it_up_and_deploys_what_changed(by_hand):
    def deployed() -> dict[str, str]:
        pages = aws.client("lambda", by_hand["awsEndpoint"]).get_paginator("list_functions").paginate()
        return {each["FunctionName"]: each["CodeSha256"] for page in pages for each in page["Functions"]}

    before = deployed()
    assert make("up").returncode == 0
    assert deployed() == before
    # As if it had been built anew: a byte more at the end is no other program.
    bootstrap = ROOT / "target" / "lambda" / "canary" / "bootstrap"
    original = bootstrap.read_bytes()
    try:
        bootstrap.write_bytes(original + b"\0")
        done = make("up")
    finally:
        bootstrap.write_bytes(original)
    assert done.returncode == 0, done.stderr
    after = deployed()
    assert [name for name in before if before[name] != after[name]] == [name for name in before if name.endswith("canary")]
    assert answers(by_hand["mailsUrl"])


def test_watch_builds_a_function_and_invoke_calls_it(by_hand):
    log = STATE / "watch.txt"
    with log.open("wb") as output:
        watching = subprocess.Popen(
            ["make", "watch"], cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        until(lambda: (STATE / "watch.json").exists(), "make watch runs")
        login = "LOGIN=claire.martin@strasbourg.example.fr"

        def invoked():
            assert watching.poll() is None, log.read_text()
            done = make("invoke", "FUNCTION=preferences", "EVENT=events/preferences/get-places.json", login)
            return done.returncode == 0 and done.stdout

        assert '"statusCode":200' in typed.squeezed(until(invoked, f"an answer; {log}", START))
    finally:
        os.killpg(watching.pid, signal.SIGINT)
        watching.wait(60)


def test_ctrl_c_ends_all_that_it_started_and_nothing_else(by_hand, terminal, stack):
    started = list(json.loads((STATE / "processes.json").read_text())["processes"].values())
    assert started and all(processes.alive(process) for process in started)
    terminal.ctrl_c()
    assert "The stack is down." in terminal.output.read_text()
    until(lambda: not any(processes._group_runs(process["pid"]) for process in started), "all of it has ended")
    assert not answers(by_hand["mailsUrl"])
    assert not (STATE / "stack.json").exists()
    # The stack beside it was not touched.
    assert answers(stack.description["mailsUrl"])


def test_down_ends_a_stack_in_the_background_and_may_be_said_twice(terminal):
    assert terminal.program.poll() is not None
    done = make("up")
    assert done.returncode == 0, done.stderr
    description = json.loads((STATE / "stack.json").read_text())
    assert Stack(description).public.call("GET", "/v1/places").status == 200
    started = list(json.loads((STATE / "processes.json").read_text())["processes"].values())
    assert make("down").returncode == 0
    until(lambda: not any(processes._group_runs(process["pid"]) for process in started), "all of it has ended")
    assert make("down").returncode == 0
