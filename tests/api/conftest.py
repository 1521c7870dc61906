"""Shared parts of the checks of the description. Checks of a deployed system take it from `VIGIE_STACK`, which names its stack.json."""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BIN = HERE / "node_modules" / ".bin"
# Environment of its own for the Python tools that read descriptions.
TOOLS = ROOT / ".tools" / "venv-api" / "bin"
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from deployed import OPENER, Stack  # noqa: E402

QUIET = {"NO_PROXY": "*", "NO_COLOR": "1", "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def run(*command: str | Path, cwd: Path = HERE, **env: str) -> str:
    """Returns a program's output; fails with all of it if the program does."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | QUIET | env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, f"{command[0]}:\n{done.stdout[-20000:]}"
    return done.stdout


@pytest.fixture(scope="session")
def described() -> Path:
    """The description that the portal's bundle holds."""
    return ROOT / "functions" / "portal" / "openapi.json"


@pytest.fixture(scope="session")
def events() -> Path:
    """The description of the events that the portal's bundle holds."""
    return ROOT / "functions" / "portal" / "asyncapi.json"


@pytest.fixture(scope="session")
def stack() -> Stack:
    return Stack(json.loads(Path(os.environ["VIGIE_STACK"]).read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def served(stack, tmp_path_factory) -> Path:
    """The description as it is served, in a file."""
    file = tmp_path_factory.mktemp("served") / "openapi.json"
    with OPENER.open(f"{stack.description['apiUrl']}/v1/openapi.json", timeout=30) as answer:
        file.write_bytes(answer.read())
    return file


@pytest.fixture
def unique() -> str:
    """Tells apart what one run of one test makes."""
    return uuid.uuid4().hex[:8]
