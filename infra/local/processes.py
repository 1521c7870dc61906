"""Starts processes in groups of their own and ends exactly those, even from a later command or after a crash."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import NamedTuple, TypedDict

from progress import StackError

PROC = Path("/proc")
# In the environment of all that a run of the checks starts: the clone that it is a run of. What a killed run left is found by it.
OWNER = "CHECKS_OF"


class Process(TypedDict):
    """`born` tells the process from a later one that was given the same pid."""

    pid: int
    born: str


class _Status(NamedTuple):
    ended: bool
    group: int
    started: str


def _status(pid: int | str) -> _Status | None:
    """Returns what /proc says of a process; None if there is no such process."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return _Status(ended=fields[0] in "ZX", group=int(fields[2]), started=fields[19])


def _born(pid: int) -> str | None:
    """When the process started, in the system's own terms; None when it does not run."""
    if (PROC / "self" / "stat").exists():
        status = _status(pid)
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        return None if status is None or status.ended else f"{boot} {status.started}"
    listed = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
    return listed.stdout.strip() or None


def identify(pid: int) -> Process:
    return Process(pid=pid, born=_born(pid) or "")


def alive(process: Process) -> bool:
    return bool(process["born"]) and _born(process["pid"]) == process["born"]


def start(argv: list[str], env: dict[str, str], log: Path) -> Process:
    """Starts the command in a session of its own, where the terminal's Ctrl-C does not reach it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        child = subprocess.Popen(
            argv, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    return identify(child.pid)


def _group_runs(group: int) -> bool:
    """Returns true if a member of the process group still runs; one that ended and waits to be collected does not count."""
    if (PROC / "self" / "stat").exists():
        members = (_status(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())
        return any(member and member.group == group and not member.ended for member in members)
    try:
        os.killpg(group, 0)
        return True
    except (ProcessLookupError, PermissionError):
        return False


def _is_ours(process: Process) -> bool:
    """Returns true if the group with the process's number is the one that we started."""
    # A number is not given to a new process while a group carries it: without its leader
    # the group is still ours, and with another leader it is somebody else's.
    born = _born(process["pid"])
    return _group_runs(process["pid"]) and (born is None or born == process["born"])


def _signal(process: Process, number: int) -> None:
    try:
        os.killpg(process["pid"], number)
    except ProcessLookupError:
        pass


def stop(processes: list[Process], patience: float = 5.0) -> None:
    """Ends the processes and all they started: asks first, insists after `patience` seconds."""
    left = [process for process in processes if _is_ours(process)]
    for process in left:
        _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = [process for process in left if _is_ours(process)]
    for process in left:
        _signal(process, signal.SIGKILL)


def end_owned(owner: str) -> None:
    """Ends whatever was started for an owner, but not this process; only where /proc shows environments."""
    entry = os.fsencode(f"{OWNER}={owner}")
    for found in PROC.glob("[0-9]*/environ"):
        try:
            if entry in found.read_bytes().split(b"\0") and int(found.parent.name) != os.getpid():
                os.kill(int(found.parent.name), signal.SIGKILL)
        except OSError:
            # It ended meanwhile, or is somebody else's.
            continue


def wait_until(ready, what: str, process: Process, log: Path, seconds: float = 30) -> None:
    """Waits until `ready()`; raises StackError when the process ends or time runs out before."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not alive(process):
            raise StackError(f"{what} stopped while starting; its log is {log}")
        if time.monotonic() > deadline:
            raise StackError(f"{what} did not answer within {seconds:.0f} s; its log is {log}")
        time.sleep(0.05)
