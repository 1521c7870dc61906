"""Shared parts of the end-to-end tests: the running stack (`VIGIE_STACK` names its stack.json)."""

import json
import os
import uuid
from pathlib import Path

import pytest
from deployed import Stack


def pytest_configure(config):
    config.addinivalue_line("markers", "after_the_others: takes the demo apart, which other tests rely on")
    config.addinivalue_line("markers", "commands: types the commands of the README")
    config.addinivalue_line("markers", "restore_drill: takes the functions to a restored table")
    config.addinivalue_line("markers", "by_the_clock: waits for what the clock did while the others ran")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: [item.get_closest_marker(late) is not None for late in ("after_the_others", "by_the_clock")])


@pytest.fixture(scope="session")
def stack() -> Stack:
    return Stack(json.loads(Path(os.environ["VIGIE_STACK"]).read_text()))


@pytest.fixture
def unique() -> str:
    """Tells apart what one run of one test makes."""
    return uuid.uuid4().hex[:8]
