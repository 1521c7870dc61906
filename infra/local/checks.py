"""Every check of the project, one after the other: `make test`.

    checks.py [STEP …]    only the named steps

A failed step does not stop the next, so that one run shows everything. The last line is `N passed, N failed`.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import Callable, NamedTuple

import outcomes
import paths
from outcomes import Outcome
from progress import say

PYTHON = str(paths.VENV_BIN / "python")
PYTEST = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
LOCAL = str(paths.HERE)
INFRA = paths.ROOT / "infra"
END_TO_END_STATE = paths.ROOT / "target" / "end-to-end"


class Done(NamedTuple):
    status: int
    output: str


def run(*command: str, **env: str) -> Done:
    """Runs a command in the project's root; shows its output as it comes, and returns it."""
    say(f"$ {' '.join(command)}".replace(f"{paths.ROOT}/", ""))
    try:
        process = subprocess.Popen(
            command,
            cwd=paths.ROOT,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except FileNotFoundError:
        return Done(127, f"{command[0]} is not installed")
    lines = []
    for line in process.stdout:
        print(line, end="", flush=True)
        lines.append(line)
    return Done(process.wait(), "".join(lines))


def cargo(*arguments: str) -> Done:
    return run("cargo", *arguments)


def licences_and_sources() -> Done:
    # Not the advisories: their database is fetched from the network at each run.
    return run(
        str(paths.TOOLS / "bin" / "cargo-deny"), "--workspace", "--locked", "check", "licenses", "bans", "sources"
    )


def unused_dependencies() -> Done:
    return run(str(paths.TOOLS / "bin" / "cargo-machete"), "--skip-target-dir", "--with-metadata")


def tests() -> Done:
    # What functions ask of AWS is written down anew, for the policies: what no test asks any more must not stay.
    shutil.rmtree(paths.ROOT / "target" / "calls", ignore_errors=True)
    if shutil.which("cargo-nextest"):
        return cargo("nextest", "run", "--workspace", "--locked", "--no-fail-fast")
    return cargo("test", "--workspace", "--locked", "--no-fail-fast", "--lib", "--bins", "--tests")


def release_build() -> Done:
    return run(PYTHON, f"{LOCAL}/stage.py", "release")


def cfn_lint() -> Done:
    config = str(INFRA / "checks" / "cfnlintrc.yaml")
    return run(str(paths.VENV_BIN / "cfn-lint"), "--config-file", config, str(paths.TEMPLATE))


def sam_validate() -> Done:
    # Nothing of AWS is called: a region is all it wants.
    return run(
        str(paths.VENV_BIN / "sam"), "validate", "--lint", "--template-file", str(paths.TEMPLATE),
        SAM_CLI_TELEMETRY="0", AWS_DEFAULT_REGION="eu-west-3", AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none",
    )  # fmt: skip


def checkov() -> Done:
    config = str(INFRA / "checks" / "checkov.yaml")
    program = str(paths.TOOLS / "venv-checkov" / "bin" / "checkov")
    return run(program, "--config-file", config, "--file", str(paths.TEMPLATE))


@contextmanager
def _stack_of_its_own():
    """A stack with demo data beside whatever runs already; yields its environment, or the failure to start it."""
    shutil.rmtree(END_TO_END_STATE, ignore_errors=True)
    env = {"STATE": str(END_TO_END_STATE), "PORT": ""}
    stack = (PYTHON, f"{LOCAL}/stack.py")
    try:
        yield run(*stack, "up", **env), env | {"VIGIE_STACK": str(END_TO_END_STATE / "stack.json")}
    finally:
        run(*stack, "down", **env)


def end_to_end() -> Done:
    with _stack_of_its_own() as (started, env):
        if started.status:
            return started
        done = run(*PYTEST, "tests/e2e", **env)
        if done.status:
            run(PYTHON, f"{LOCAL}/stack.py", "logs", **env)
        return done


def account_page() -> Done:
    """Types against the API's description, and that what is committed is what the sources build to."""
    return run("npm", "run", "--silent", "check", "--prefix", str(paths.ROOT / "functions" / "portal" / "web"))


def in_a_browser() -> Done:
    """The pages of mailed links with canned answers. The browser comes with the tests: without it they fail."""
    folder = paths.ROOT / "tests" / "browser"
    installed = run("npm", "ci", "--silent", "--prefix", str(folder))
    return installed if installed.status else run("npm", "test", "--prefix", str(folder))


def account_page_in_a_browser() -> Done:
    """As a person, on a stack of its own: what the end-to-end tests leave behind is nobody's business here."""
    folder = paths.ROOT / "tests" / "browser"
    installed = run("npm", "ci", "--silent", "--prefix", str(folder))
    if installed.status:
        return installed
    with _stack_of_its_own() as (started, env):
        return started if started.status else run("npm", "run", "account", "--prefix", str(folder), **env)


STEPS: dict[str, Callable[[], Done]] = {
    "format": lambda: cargo("fmt", "--all", "--check", "--", "--color", "never"),
    "clippy": lambda: cargo("clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"),
    "licences and sources": licences_and_sources,
    "unused dependencies": unused_dependencies,
    "tests": tests,
    "policies": lambda: run(*PYTEST, str(INFRA / "policies")),
    "documentation tests": lambda: cargo("test", "--workspace", "--locked", "--doc"),
    "account page": account_page,
    "browser": in_a_browser,
    "release build": release_build,
    "description of the api": lambda: run(*PYTEST, "tests/api"),
    "artefacts": lambda: run(*PYTEST, f"{LOCAL}/tests/test_artefacts.py"),
    "local stack": lambda: run(*PYTEST, f"{LOCAL}/tests", f"--ignore={LOCAL}/tests/test_artefacts.py"),
    "deployment": lambda: run(
        str(paths.TOOLS / "venv-deployed" / "bin" / "python"), *PYTEST[1:], str(INFRA / "deployed" / "tests")
    ),
    "template promises": lambda: run(*PYTEST, str(INFRA / "checks")),
    "cfn-lint": cfn_lint,
    "sam validate": sam_validate,
    "checkov": checkov,
    "end to end": end_to_end,
    "account page in a browser": account_page_in_a_browser,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in STEPS]
    if unknown:
        sys.exit(f"error: no step {', '.join(map(repr, unknown))}; there are: {', '.join(STEPS)}")
    results: dict[str, tuple[Outcome, float]] = {}
    for name in names or STEPS:
        say(f"\n━━ {name}")
        started = time.monotonic()
        done = STEPS[name]()
        results[name] = (outcomes.of_step(done.status, done.output), time.monotonic() - started)
    print("\n━━ summary")
    for name, (outcome, seconds) in results.items():
        verdict = "FAILED" if outcome.failed else "ok"
        print(f"{name:26} {verdict:7} {outcome.passed:5} passed {outcome.failed:4} failed {seconds:8.1f} s")
    passed = sum(outcome.passed for outcome, _ in results.values())
    failed = sum(outcome.failed for outcome, _ in results.values())
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    # As Ctrl-C does, so that the stack of the end-to-end tests never stays behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
