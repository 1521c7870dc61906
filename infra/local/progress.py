"""Progress on standard error, so that standard output stays for results."""

import sys
import time
from contextlib import contextmanager


class StackError(Exception):
    """Something the person at the keyboard can act upon; shown without a traceback."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(text: str):
    """Announces a step and says how long it took."""
    say(f"→ {text} …")
    started = time.monotonic()
    yield
    say(f"  {text}: done in {time.monotonic() - started:.1f} s")
