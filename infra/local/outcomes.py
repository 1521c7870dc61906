"""Reads how many tests passed and failed out of the JUnit files that test runners write."""

import re
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

BAD = ("failure", "error", "skipped")


class Outcome(NamedTuple):
    passed: int
    failed: int


def of_step(status: int, report: Path | None) -> Outcome:
    """Counts a step's tests by its runner's report; a step without one counts as one test.

    A test that was skipped has failed. So has a runner that ended badly although no test did, such as one that could not compile
    the rest, and one that should have written a report and did not.
    """
    if report is None:
        return Outcome(0, 1) if status else Outcome(1, 0)
    counted = _junit(report)
    if counted.failed or (status == 0 and counted.passed):
        return counted
    return Outcome(counted.passed, 1)


def durations(report: Path | None) -> list[tuple[float, str]]:
    """The tests of a report with their seconds."""
    if report is None:
        return []
    try:
        return [(float(case.get("time") or 0), f"{case.get('classname', '')} {case.get('name')}") for case in _cases(report)]
    except (OSError, ElementTree.ParseError):
        return []


def _cases(report: Path) -> list[ElementTree.Element]:
    # A failure's text may hold characters that XML cannot.
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", report.read_text(encoding="utf-8", errors="replace"))
    return list(ElementTree.fromstring(text).iter("testcase"))


def _junit(report: Path) -> Outcome:
    try:
        cases = _cases(report)
    except (OSError, ElementTree.ParseError):
        return Outcome(0, 1)
    failed = sum(any(case.find(word) is not None for word in BAD) for case in cases)
    return Outcome(len(cases) - failed, failed)
