"""Runs of the checks, by the real program in a clone of nothing but itself: its path has a space, and its test runner writes what it is told."""

import os
import shutil
import signal
import subprocess
import sys

import pytest

import paths
import processes

REPORT = '<testsuites><testsuite><testcase classname="a" name="one" time="1.5"/>{}</testsuite></testsuites>'
BESIDE = "import pytest\n@pytest.mark.parametrize('n', range(3))\ndef test_beside(n): assert n != {}\n"


@pytest.fixture
def clone(tmp_path):
    """A clone with one test in Rust and three beside it."""
    root = tmp_path / "a clone"
    shutil.copytree(paths.HERE, root / "infra" / "local", ignore=lambda folder, _: {"node_modules", "tests", "demo", "__pycache__"})
    (root / "infra" / "checks").mkdir()
    (root / "infra" / "checks" / "test_beside.py").write_text(BESIDE.format(-1))
    (root / ".tools" / "venv-cargo" / "bin").mkdir(parents=True)
    (root / ".tools" / "venv").symlink_to(paths.TOOLS / "venv")
    nextest(root, f"mkdir -p target/nextest/default\necho '{REPORT.format('')}' > target/nextest/default/junit.xml")
    return root


def nextest(root, script: str) -> None:
    program = root / ".tools" / "venv-cargo" / "bin" / "cargo-nextest"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def start(root, *names: str) -> subprocess.Popen:
    command = [sys.executable, str(root / "infra" / "local" / "checks.py"), *names]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def lines(root, *names: str) -> tuple[list[str], int]:
    run = start(root, *names)
    printed, told = run.communicate(timeout=120)
    return [*printed.splitlines(), told], run.returncode


def test_the_summary_has_what_ran_beside_and_the_slowest_tests_of_both(clone):
    printed, status = lines(clone, "tests", "template promises")
    assert (printed[-2], status) == ("4 passed, 0 failed", 0), printed[-1]
    assert any(line.startswith("template promises") and "3 passed    0 failed" in line for line in printed)
    slowest = printed[printed.index("the slowest tests") + 1 :]
    assert slowest[0] == "     1.5 s  a one"
    assert sum("test_beside" in line for line in slowest) == 3


def test_what_fails_beside_fails_the_run(clone):
    (clone / "infra" / "checks" / "test_beside.py").write_text(BESIDE.format(1))
    printed, status = lines(clone, "tests", "template promises")
    assert (printed[-2], status) == ("3 passed, 1 failed", 1), printed[-1]


def test_what_a_killed_run_started_is_ended_by_the_next_which_is_whole(clone):
    whole = (clone / ".tools" / "venv-cargo" / "bin" / "cargo-nextest").read_text().removeprefix("#!/bin/sh\n")
    os.mkfifo(clone / "here")
    # In a session of its own, as what `make run` starts.
    nextest(clone, "setsid sh -c 'echo $$ > here; while :; do sleep 60; done' & wait")
    run = start(clone, "tests")
    left = processes.identify(int((clone / "here").read_text()))
    os.kill(run.pid, signal.SIGKILL)
    run.wait(timeout=60)
    assert processes.alive(left)
    # Before anything else.
    nextest(clone, f"grep -qs '^State:.[RSD]' /proc/{left['pid']}/status && exit 1\n{whole}")
    printed, status = lines(clone, "tests")
    assert (printed[-2], status) == ("1 passed, 0 failed", 0), printed[-1]
    assert not processes.alive(left)


def test_an_interrupted_run_ends_all_that_it_started(clone):
    os.mkfifo(clone / "here")
    nextest(clone, "setsid sh -c 'echo $$ > here; while :; do sleep 60; done' & wait")
    run = start(clone, "tests")
    left = processes.identify(int((clone / "here").read_text()))
    os.kill(run.pid, signal.SIGTERM)
    run.communicate(timeout=60)
    assert run.returncode == 130
    assert not processes.alive(left)
