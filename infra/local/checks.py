"""Every check of the project, one after the other: `make test`.

    checks.py [STEP …]    only the named steps

A failed step does not stop the next, so that one run shows everything. The last line is `N passed, N failed`.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Callable, NamedTuple

import outcomes
import paths
from outcomes import Outcome
from progress import say

PYTHON = str(paths.VENV_BIN / "python")
LOCAL = str(paths.HERE)
INFRA = paths.ROOT / "infra"
BROWSER = paths.ROOT / "tests" / "browser"
# Reports of the test runners, in JUnit's format.
REPORTS = paths.ROOT / "target" / "reports"
NEXTEST_REPORT = paths.ROOT / "target" / "nextest" / "default" / "junit.xml"


class Done(NamedTuple):
    status: int
    report: Path | None = None


def run(*command: str, **env: str) -> Done:
    """Runs a command in the project's root; shows its output as it comes."""
    say(f"$ {' '.join(command)}".replace(f"{paths.ROOT}/", ""))
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | env
    try:
        return Done(subprocess.run(command, cwd=paths.ROOT, env=env, stdin=subprocess.DEVNULL).returncode)
    except FileNotFoundError:
        say(f"{command[0]} is not installed")
        return Done(127)


def cargo(*arguments: str, **env: str) -> Done:
    return run("cargo", *arguments, **env)


def pytest(*arguments: str, python: str = PYTHON, name: str = "", **env: str) -> Done:
    """Runs Python tests; the report is named after the first argument, the folder or file of the tests, if it has no name."""
    name = name or os.path.relpath(arguments[0], paths.ROOT).replace(os.sep, "-")
    report = _fresh(REPORTS / f"{name}.xml")
    done = run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *arguments, **env)
    return done._replace(report=report)


def node(folder: Path, script: str, **env: str) -> Done:
    """Runs a script of a package's tests, after what it needs is installed."""
    installed = run("npm", "ci", "--silent", "--prefix", str(folder))
    if installed.status:
        return installed
    report = _fresh(REPORTS / f"{folder.name}-{script}.xml")
    return run("npm", "run", "--silent", script, "--prefix", str(folder), REPORT=str(report), **env)._replace(report=report)


def _fresh(report: Path) -> Path:
    """Makes way for a report: an older one must not pass for it."""
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    return report


def licences_and_sources() -> Done:
    # Not the advisories: their database is fetched from the network at each run.
    return run(
        str(paths.TOOLS / "bin" / "cargo-deny"), "--workspace", "--locked", "check", "licenses", "bans", "sources"
    )


def unused_dependencies() -> Done:
    return run(str(paths.TOOLS / "bin" / "cargo-machete"), "--skip-target-dir", "--with-metadata")


def tests() -> Done:
    # The functions' calls of AWS are recorded anew for the policies: calls that no test makes any more must not stay.
    shutil.rmtree(paths.ROOT / "target" / "calls", ignore_errors=True)
    report = _fresh(NEXTEST_REPORT)
    # The machine's own, or the one that the set-up built.
    path = f"{os.environ['PATH']}{os.pathsep}{paths.TOOLS / 'bin'}"
    return cargo("nextest", "run", "--workspace", "--locked", "--run-ignored", "all", PATH=path)._replace(report=report)


def documentation_tests() -> Done:
    return cargo("test", "--workspace", "--locked", "--doc", "--", "--include-ignored", "--color", "never")


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
def _stack_of_its_own(name: str, **more: str):
    """A stack with demo data beside whatever runs already; yields its environment, or the failure to start it."""
    state = paths.ROOT / "target" / name
    shutil.rmtree(state, ignore_errors=True)
    env = {"STATE": str(state), "PORT": "", "ISSUER": ""} | more
    stack = (PYTHON, f"{LOCAL}/stack.py")
    try:
        yield run(*stack, "up", **env), env | {"VIGIE_STACK": str(state / "stack.json")}
    finally:
        run(*stack, "down", **env)


class SharedStack:
    """One stack for steps that leave each other alone: started by the first of them, ended after the last step."""

    def __init__(self, name: str):
        self._name = name
        self._running = ExitStack()
        self._up: tuple[Done, dict[str, str]] | None = None

    def __enter__(self) -> "SharedStack":
        return self

    def __exit__(self, *error) -> None:
        self._running.close()

    def pytest(self, *arguments: str, **how: str) -> Done:
        """Runs tests against it; shows what the functions logged when one fails."""
        if self._up is None:
            self._up = self._running.enter_context(_stack_of_its_own(self._name))
        started, env = self._up
        if started.status:
            return started
        done = pytest(*arguments, **how, **env)
        if done.status:
            run(PYTHON, f"{LOCAL}/stack.py", "logs", **env)
        return done


SHARED = SharedStack("end-to-end")


class Beside:
    """A step that mostly waits: where others run before it, it runs beside them, in a process of its own."""

    def __init__(self, name: str, report: Path):
        self._name, self._report = name, report
        self._output = paths.ROOT / "target" / "beside.log"
        self._running: subprocess.Popen | None = None

    def __enter__(self) -> "Beside":
        return self

    def __exit__(self, *error) -> None:
        if self._running:
            self._running.terminate()
            self._running.wait()

    def begin(self) -> None:
        _fresh(self._report)
        self._output.parent.mkdir(exist_ok=True)
        with self._output.open("wb") as output:
            command = [sys.executable, __file__, self._name]
            # Away from the terminal's Ctrl-C: a second signal would cut its cleaning up short.
            self._running = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )

    def done(self) -> Done | None:
        """Waits for it and shows its output, up to its own summary; nothing if it was not begun."""
        if not self._running:
            return None
        status = self._running.wait()
        self._running = None
        say(self._output.read_text(errors="replace").split(SUMMARY)[0])
        return Done(status, self._report)


SUMMARY = "\n━━ summary"
# Steps that leave time for waiting are long and need little of the machine.
CLOCK, CLOCK_BESIDE = "end to end, by the clock", "account page in a browser"
BESIDE = Beside(CLOCK, REPORTS / "tests-e2e-by-the-clock.xml")


def by_the_clock() -> Done:
    """Tests that wait for the clock's minutes, on a stack of their own, whose clock they stop."""
    if done := BESIDE.done():
        return done
    with SharedStack("by-the-clock") as stack:
        return stack.pytest("tests/e2e", "-m", "by_the_clock", name="tests-e2e-by-the-clock")


def account_page() -> Done:
    """Types against the API's description, and that what is committed is what the sources build to."""
    return run("npm", "run", "--silent", "check", "--prefix", str(paths.ROOT / "functions" / "portal" / "web"))


def in_a_browser() -> Done:
    """The pages of mailed links with canned answers, and every mail. The browser comes with the tests: without it they fail."""
    return node(BROWSER, "test")


def account_page_in_a_browser() -> Done:
    """Tests the page as a person, on a stack of its own: the leftovers of the end-to-end tests do not matter here."""
    with _stack_of_its_own("account-page") as (started, env):
        return started if started.status else node(BROWSER, "account", **env)


def account_page_with_another_issuer() -> Done:
    """The same with logins of a strict issuer outside, which the tests play, in place of the stack's own user pool."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        issuer = f"http://127.0.0.1:{free.getsockname()[1]}"
    with _stack_of_its_own("another-issuer", ISSUER=issuer, AUDIENCE="account-page") as (started, env):
        return started if started.status else node(BROWSER, "issuer", **env)


STEPS: dict[str, Callable[[], Done]] = {
    "format": lambda: cargo("fmt", "--all", "--check", "--", "--color", "never"),
    "clippy": lambda: cargo("clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"),
    "spelling": lambda: run(str(paths.VENV_BIN / "typos"), "--format", "brief"),
    "licences and sources": licences_and_sources,
    "unused dependencies": unused_dependencies,
    "tests": tests,
    "policies": lambda: pytest(str(INFRA / "policies")),
    "documentation tests": documentation_tests,
    "account page": account_page,
    "browser": in_a_browser,
    "release build": release_build,
    "description of the api": lambda: pytest("tests/api/test_description.py"),
    "artefacts": lambda: pytest(f"{LOCAL}/tests/test_artefacts.py"),
    "local stack": lambda: pytest(f"{LOCAL}/tests", f"--ignore={LOCAL}/tests/test_artefacts.py"),
    "deployment": lambda: pytest(
        str(INFRA / "deployed" / "tests"), python=str(paths.TOOLS / "venv-deployed" / "bin" / "python")
    ),
    "template promises": lambda: pytest(str(INFRA / "checks")),
    "cfn-lint": cfn_lint,
    "sam validate": sam_validate,
    "checkov": checkov,
    "account page in a browser": account_page_in_a_browser,
    "account page, another issuer": account_page_with_another_issuer,
    CLOCK: by_the_clock,
    "end to end": lambda: SHARED.pytest("tests/e2e", "-m", "not by_the_clock"),
    "clients of the api": lambda: SHARED.pytest("tests/api/test_clients.py"),
    "generated requests": lambda: SHARED.pytest("tests/api/test_generated_requests.py"),
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in STEPS]
    if unknown:
        sys.exit(f"error: no step {', '.join(map(repr, unknown))}; there are: {', '.join(STEPS)}")
    results: dict[str, tuple[Outcome, float]] = {}
    names = list(dict.fromkeys(names or STEPS))
    with BESIDE, SHARED:
        for place, name in enumerate(names):
            say(f"\n━━ {name}")
            if name == CLOCK_BESIDE and CLOCK in names[place:]:
                BESIDE.begin()
            started = time.monotonic()
            done = STEPS[name]()
            results[name] = (outcomes.of_step(done.status, done.report), time.monotonic() - started)
    print(SUMMARY)
    for name, (outcome, seconds) in results.items():
        verdict = "FAILED" if outcome.failed else "ok"
        print(f"{name:28} {verdict:7} {outcome.passed:5} passed {outcome.failed:4} failed {seconds:8.1f} s")
    passed = sum(outcome.passed for outcome, _ in results.values())
    failed = sum(outcome.failed for outcome, _ in results.values())
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    # Handled like Ctrl-C, so that the stack of the end-to-end tests never stays behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
