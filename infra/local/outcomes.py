"""Reads how many tests passed and failed out of what test runners print."""

import re
from typing import NamedTuple


class Outcome(NamedTuple):
    passed: int
    failed: int


def of_step(status: int, output: str) -> Outcome:
    """A step's tests by its runner's own count; without one, the step itself counts one."""
    counted = _nextest(output) or _cargo(output) or _pytest(output) or _node(output)
    if counted is None:
        return Outcome(0, 1) if status else Outcome(1, 0)
    # A runner that failed without a failed test, such as one that could not compile the rest.
    if status and not counted.failed:
        return Outcome(counted.passed, 1)
    return counted


def _nextest(output: str) -> Outcome | None:
    found = re.findall(r"^\s*Summary \[.*?\] (.*)$", _plain(output), re.MULTILINE)
    return _sum(found, passed=("passed",), failed=("failed", "timed out", "exec failed"))


def _cargo(output: str) -> Outcome | None:
    found = re.findall(r"^test result: .*$", _plain(output), re.MULTILINE)
    return _sum(found, passed=("passed",), failed=("failed",))


def _pytest(output: str) -> Outcome | None:
    found = re.findall(r"^=* ?(\d+ (?:passed|failed|skipped|error).* in [\d.]+s.*)$", _plain(output), re.MULTILINE)
    return _sum(found[-1:], passed=("passed",), failed=("failed", "error", "errors"))


def _node(output: str) -> Outcome | None:
    count = {word: re.findall(rf"^. {word} (\d+)$", _plain(output), re.MULTILINE) for word in ("pass", "fail")}
    return Outcome(int(count["pass"][-1]), int(count["fail"][-1])) if all(count.values()) else None


def _sum(lines: list[str], passed: tuple[str, ...], failed: tuple[str, ...]) -> Outcome | None:
    def count(words: tuple[str, ...]) -> int:
        either = "|".join(words)
        return sum(int(number) for line in lines for number in re.findall(rf"(\d+) (?:{either})\b", line))

    return Outcome(count(passed), count(failed)) if lines else None


def _plain(output: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", output)
