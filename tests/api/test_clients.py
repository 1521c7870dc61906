"""Clients that are generated from the served description play the story with it, one in Python and one in TypeScript: each as the agents
and the administrator of a customer of its own. Between them they call every operation."""

import json
import shutil
from pathlib import Path

import pytest
from conftest import BIN, HERE, TOOLS, run
from scene import cast

METHODS = ("get", "put", "post", "patch", "delete")
# Operations that no client calls, with the reason.
NOT_CALLED: dict[str, str] = {}


def played(printed: str) -> set[str]:
    """The operations that a story called: its last line."""
    return set(json.loads(printed.strip().splitlines()[-1])["called"])


@pytest.fixture(scope="module")
def in_python(stack, served, tmp_path_factory) -> set[str]:
    folder = tmp_path_factory.mktemp("python")
    run(
        TOOLS / "openapi-python-client", "generate", "--path", served, "--output-path", folder / "vigie",
        "--meta", "none", "--config", HERE / "client.yaml", "--fail-on-warning",
    )  # fmt: skip
    scene = folder / "scene.json"
    scene.write_text(json.dumps(cast(stack, f"py{folder.stat().st_ino}")), encoding="utf-8")
    return played(run(TOOLS / "python", HERE / "story.py", served, scene, PYTHONPATH=str(folder)))


@pytest.fixture(scope="module")
def in_typescript(stack, served, tmp_path_factory) -> set[str]:
    folder = tmp_path_factory.mktemp("typescript")
    run(BIN / "openapi-typescript", served, "--output", folder / "vigie.d.ts")
    for name in ("story.ts", "tsconfig.json"):
        shutil.copy(HERE / name, folder)
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    run(BIN / "tsc", "--project", folder)
    scene = folder / "scene.json"
    scene.write_text(json.dumps(cast(stack, f"ts{folder.stat().st_ino}")), encoding="utf-8")
    return played(run("node", folder / "story.js", scene))


def test_a_client_in_python_plays_the_story(in_python):
    assert in_python


def test_a_client_in_typescript_plays_the_story(in_typescript):
    assert in_typescript


def test_every_operation_is_called_by_a_client(served, in_python, in_typescript):
    paths = json.loads(Path(served).read_text(encoding="utf-8"))["paths"]
    described = {f"{method.upper()} {path}" for path, item in paths.items() for method in METHODS if method in item}
    called = in_python | in_typescript
    assert called <= described
    assert described - called == set(NOT_CALLED)
