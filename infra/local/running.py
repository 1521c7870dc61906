"""Runs the programs of the checks, each within its time, and gathers their reports."""

import os
import signal
import subprocess
from pathlib import Path
from typing import NamedTuple

import paths
from progress import say

PYTHON = str(paths.VENV_BIN / "python")
# Reports of the test runners, in JUnit's format.
REPORTS = paths.ROOT / "target" / "reports"
# A program that takes longer than this hangs.
TIME_OUT = 1800


class Done(NamedTuple):
    status: int
    report: Path | None = None


def run(*command: str, time_out: float = TIME_OUT, **env: str) -> Done:
    """Runs a command in the project's root; shows its output as it comes; ends it with all it started when its time is over."""
    say(f"$ {' '.join(command)}".replace(f"{paths.ROOT}/", ""))
    env = os.environ | env
    try:
        started = subprocess.Popen(command, cwd=paths.ROOT, env=env, stdin=subprocess.DEVNULL, preexec_fn=os.setpgrp)
    except FileNotFoundError:
        say(f"{command[0]} is not installed")
        return Done(127)
    try:
        return Done(started.wait(time_out))
    except subprocess.TimeoutExpired:
        say(f"{command[0]} was ended: it took longer than {time_out:.0f} s")
        return Done(124)
    finally:
        _end(started)


def _end(started: subprocess.Popen) -> None:
    """Ends a program that still runs, and what it started: asks first, since a stack clears up behind itself."""
    for number, patience in ((signal.SIGINT, 30), (signal.SIGKILL, None)):
        if started.poll() is not None:
            return
        os.killpg(started.pid, number)
        try:
            started.wait(patience)
        except subprocess.TimeoutExpired:
            pass


def cargo(*arguments: str, **env: str) -> Done:
    return run("cargo", *arguments, **env)


def tool(name: str) -> str:
    """The path of a tool of cargo's."""
    return str(paths.TOOLS / "venv-cargo" / "bin" / name)


def pytest(*arguments: str, python: str = PYTHON, name: str = "", **env: str) -> Done:
    """Runs Python tests; the report is named after the first argument, the folder or file of the tests, if it has no name."""
    name = name or os.path.relpath(arguments[0], paths.ROOT).replace(os.sep, "-")
    report = fresh(REPORTS / f"{name}.xml")
    done = run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *arguments, **env)
    return done._replace(report=report)


def node(folder: Path, script: str, **env: str) -> Done:
    """Runs a script of a package's tests."""
    report = fresh(REPORTS / f"{folder.name}-{script}.xml")
    done = run("npm", "run", "--silent", script, "--prefix", str(folder), REPORT=str(report), **env)
    return done._replace(report=report)


def fresh(report: Path) -> Path:
    """Makes way for a report: an older one must not pass for it."""
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    return report
