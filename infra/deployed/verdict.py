"""Result of a point of the smoke test."""

from typing import NamedTuple


class Verdict(NamedTuple):
    """`pass`, `FAIL` with what to do, or `not reachable`."""

    state: str
    detail: str
    todo: str = ""


def passed(detail: str) -> Verdict:
    return Verdict("pass", detail)


def failed(detail: str, todo: str) -> Verdict:
    return Verdict("FAIL", detail, todo)


def not_reachable(detail: str) -> Verdict:
    return Verdict("not reachable", detail)
