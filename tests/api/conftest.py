"""What the checks of the description share."""

import os
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BIN = HERE / "node_modules" / ".bin"


def run(*command: str | Path, **env: str) -> str:
    """What a program prints; fails with all of it when the program does."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=HERE,
        env=os.environ | {"NO_PROXY": "*", "NO_COLOR": "1", "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"} | env,
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
def served() -> Path:
    """The description that the portal serves: the bundle holds this file."""
    return ROOT / "functions" / "portal" / "openapi.json"
