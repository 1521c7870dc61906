import os
import sys
from pathlib import Path

# The template's reader is shared with the checks beside.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "checks"))
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-3")


def pytest_terminal_summary(terminalreporter, config):
    """Says how much was evaluated: a check of nothing would pass too."""
    for line in getattr(config, "evaluated", []):
        terminalreporter.write_line(line)
