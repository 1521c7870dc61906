"""Locations of the local stack's files."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "infra" / "local"
TOOLS = ROOT / ".tools"
VENV_BIN = TOOLS / "venv" / "bin"
TEMPLATE = ROOT / "infra" / "template.yaml"
ARTEFACTS = ROOT / "target" / "lambda"
FUNCTIONS = ROOT / "functions"

# A second stack, such as the one of the end-to-end tests, lives beside the first under a state directory of its own.
STATE = Path(os.environ.get("STATE") or ROOT / ".local").resolve()
STACK_FILE = STATE / "stack.json"
LOGS = STATE / "logs"


def functions() -> list[str]:
    """The functions' names: the folders of `functions/`."""
    return sorted(path.parent.name for path in FUNCTIONS.glob("*/Cargo.toml"))


def shown(path: Path) -> str:
    """The path as a person in the project's root would type it."""
    return os.path.relpath(path, ROOT) if path.is_relative_to(ROOT) else str(path)
