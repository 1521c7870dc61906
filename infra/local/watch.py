"""`cargo lambda watch` and `cargo lambda invoke` against the table of the local stack."""

import ipaddress
import json
import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path

import aws
import description
import logins
import paths
import processes
import samples
import services
from progress import StackError, say
from stage import LINTED

RECORD = paths.STATE / "watch.json"
USUAL_PORT = 9000


def watch(stack: dict, login: str = "") -> None:
    """Runs until Ctrl-C; builds a function when it is first invoked and again when its code changes.

    Answers every route as if the login had called, and without one the public routes only.
    """
    running = services.recorded()
    if login:
        # Refused before anything is started if there is no such login.
        logins.id_token(stack, login)
    address = hidden_address()
    front, port = _port(), _free_port(address)
    RECORD.write_text(json.dumps({"address": address, "port": port, "owner": processes.identify(os.getpid())}))
    subprocess.Popen([sys.executable, str(paths.HERE / "gateway.py"), str(front), f"{address}:{port}", login])
    who = f"Every route, called by {login}," if login else "Public pages"
    say(f"{who} at http://127.0.0.1:{front}/; any function with `make invoke FUNCTION=… EVENT=…`")
    # Takes this process's place, and with it its number in the record and its Ctrl-C.
    command = _command("watch", "--invoke-address", address, "--invoke-port", str(port))
    os.chdir(paths.ROOT)
    os.execve(command[0], command, _with_tools(running.client_environment() | _variables(stack) | LINTED))


def invoke(function: str, file: str, login: str = "") -> None:
    """Invokes a function of `make watch` with the file's content; its answer goes to standard output.

    With a login, a sample is made to fit the demo first.
    """
    if function not in paths.functions():
        raise StackError(f"no function {function!r}; there are: {', '.join(paths.functions())}")
    if not Path(file).is_file():
        raise StackError(f"no such file: {file}")
    try:
        record = json.loads(RECORD.read_text())
    except FileNotFoundError:
        record = None
    if record is None or not processes.alive(record["owner"]):
        raise StackError("`make watch` does not run: start it in another terminal first")
    address = ["--invoke-address", record["address"], "--invoke-port", str(record["port"])]
    command = _command("invoke", function, "--data-file", _fitted(file, login) if login else file, *address)
    if subprocess.run(command, env=_with_tools(dict(os.environ))).returncode:
        raise StackError(f"{function} did not answer, or with an error; see the terminal of `make watch`")


def _fitted(file: str, login: str) -> str:
    """The file made to fit a demo login, beside the stack's other files."""
    try:
        event = samples.fitted(description.running_stack(), json.loads(Path(file).read_text(encoding="utf-8")), login)
    except ValueError as error:
        raise StackError(f"{file}: {error}") from error
    fitted = paths.STATE / "invoke.json"
    fitted.write_text(json.dumps(event, ensure_ascii=False))
    return str(fitted)


def _command(*arguments: str) -> list[str]:
    return [str(paths.VENV_BIN / "cargo-lambda"), "lambda", *arguments]


def _with_tools(env: dict[str, str]) -> dict[str, str]:
    return env | {"PATH": f"{paths.VENV_BIN}{os.pathsep}{env['PATH']}"}


def _variables(stack: dict) -> dict[str, str]:
    """The environment of the deployed functions: `cargo lambda watch` gives the same to all of them."""
    functions = aws.client("lambda", stack["awsEndpoint"])
    variables: dict[str, str] = {}
    for page in functions.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            variables |= function.get("Environment", {}).get("Variables", {})
    return variables


def hidden_address() -> str:
    """Returns an address of this machine that no web page guesses: `cargo lambda watch` itself answers whoever finds it."""
    return str(ipaddress.IPv4Address("127.0.0.1") + 1 + secrets.randbelow(2**24 - 3))


def _port() -> int:
    """The usual port of `cargo lambda`, or a free one when that is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", USUAL_PORT))
        except OSError:
            return _free_port()
    return USUAL_PORT


def _free_port(address: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]
