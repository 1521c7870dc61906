"""Every check of the project: `make test`, and `make test-all`.

    checks.py [--all] [STEP …]    only the named steps

A failed step does not stop the next, so that one run shows everything. The last line is `N passed, N failed`.
`docs/checks.md` says what each step proves and how long it may take.
"""

import argparse
import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Callable, NamedTuple

import outcomes
import paths
import processes
from outcomes import Outcome
from progress import say
from running import PYTHON, REPORTS, Done, cargo, fresh, node, pytest, run, tool
from services import SWITCHES
from stage import LINTED

LOCAL = str(paths.HERE)
INFRA = paths.ROOT / "infra"
BROWSER = paths.ROOT / "tests" / "browser"
NEXTEST_REPORT = paths.ROOT / "target" / "nextest" / "default" / "junit.xml"
# The same cases each time, unless `PROPTEST_RNG_SEED` says others; `make test-all` draws one.
SEED = "20261129"


def licences_and_sources() -> Done:
    # Not the advisories: their database is fetched from the network at each run.
    return run(tool("cargo-deny"), "--workspace", "--locked", "check", "licenses", "bans", "sources")


def build_and_lints() -> Done:
    """Builds everything as `make run` does, with the lints on: a warning fails it, also one of an earlier build."""
    command = ["cargo", "build", "--workspace", "--all-targets", "--locked", "--message-format", "json"]
    say(f"$ {' '.join(command)}")
    with subprocess.Popen(command, cwd=paths.ROOT, env=os.environ | LINTED, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as build:
        messages = [json.loads(line) for line in build.stdout]
    found = [message["message"]["rendered"] for message in messages if message["reason"] == "compiler-message"]
    say("\n".join(found))
    return Done(build.returncode or bool(found))


def tests() -> Done:
    # The functions' calls of AWS are recorded anew for the policies: calls that no test makes any more must not stay.
    shutil.rmtree(paths.ROOT / "target" / "calls", ignore_errors=True)
    seed = os.environ.get("PROPTEST_RNG_SEED", SEED)
    say(f"PROPTEST_RNG_SEED={seed}")
    report = fresh(NEXTEST_REPORT)
    command = (tool("cargo-nextest"), "nextest", "run", "--workspace", "--locked", "--run-ignored", "all")
    return run(*command, **LINTED, PROPTEST_RNG_SEED=seed)._replace(report=report)


def long_tests() -> Done:
    """Races of a crowd, and more histories and generated cases than each change waits for, by chance."""
    seed = str(secrets.randbelow(1 << 31))
    say(f"SEED=VIGIE_SEED=PROPTEST_RNG_SEED={seed}")
    command = (tool("cargo-nextest"), "nextest", "run", "--workspace", "--locked", "-E", "test(/^(races|histories|entities::apart)/) | package(vigie-domain)")
    more = {"LONG": "1", "VIGIE_HISTORIES": "300", "SEED": seed, "VIGIE_SEED": seed, "PROPTEST_RNG_SEED": seed, "PROPTEST_CASES": "2000"}
    report = fresh(NEXTEST_REPORT)
    return run(*command, **LINTED, **more)._replace(report=report)


def release(*names: str) -> Callable[[], Done]:
    """Builds functions as deployed and looks at their zips; without names all of them."""

    def built() -> Done:
        done = run(PYTHON, f"{LOCAL}/stage.py", "release", *names)
        if done.status:
            return done
        return pytest(f"{LOCAL}/tests/test_artefacts.py", "-k", "_release_", name="artefacts", RELEASED=" ".join(names))

    return built


def cfn_lint() -> Done:
    config = str(INFRA / "checks" / "cfnlintrc.yaml")
    return run(str(paths.VENV_BIN / "cfn-lint"), "--config-file", config, str(paths.TEMPLATE))


def checkov() -> Done:
    config = str(INFRA / "checks" / "checkov.yaml")
    program = str(paths.TOOLS / "venv-checkov" / "bin" / "checkov")
    return run(program, "--config-file", config, "--file", str(paths.TEMPLATE))


@contextmanager
def _stack_of_its_own(name: str, **more: str):
    """A stack with demo data beside whatever runs already; yields its environment, or the failure to start it."""
    state = paths.ROOT / "target" / name
    # Switches that a shell or `make run` set are not for tests.
    env = {"STATE": str(state), "PORT": "", "ISSUER": "", "SIGN_IN": "", **dict.fromkeys(SWITCHES, "")} | more
    stack = (PYTHON, f"{LOCAL}/stack.py")
    if state.exists():
        # Left by a run that was killed: what it started is ended before its record goes.
        run(*stack, "down", **env)
        shutil.rmtree(state, ignore_errors=True)
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


def restore_drill() -> Done:
    """Takes the functions to a restored table, on a stack of their own."""
    with SharedStack("restore-drill") as stack:
        return stack.pytest("tests/e2e", "-m", "restore_drill", name="tests-e2e-restore-drill")


def account_page() -> Done:
    """Types against the API's description, and that what is committed is what the sources build to."""
    return run("npm", "run", "--silent", "check", "--prefix", str(paths.ROOT / "functions" / "portal" / "web"))


def account_page_in_a_browser() -> Done:
    """Tests the page as a person, on a stack of its own: the leftovers of the end-to-end tests do not matter here."""
    with _stack_of_its_own("account-page") as (started, env):
        return started if started.status else node(BROWSER, "account", **env)


def large_import() -> Done:
    """A file of 5,000 agents dropped on the page, until all of them are invited."""
    with _stack_of_its_own("large-import") as (started, env):
        return started if started.status else node(BROWSER, "volume", LONG="1", **env)


def forms_in_a_browser() -> Done:
    """Tries every form of the page against everything that can go wrong while it saves."""
    with _stack_of_its_own("forms") as (started, env):
        return started if started.status else node(BROWSER, "forms", **env)


def account_page_with_another_issuer() -> Done:
    """Tests the page with logins of a strict issuer outside, which the tests play, in place of the stack's own user pool."""
    # Not one that the system picks for others, nor the tests of the commands beside: the issuer starts long after the stack has been told.
    issuer = f"http://127.0.0.1:{29_100 + os.getpid() % 3_000}"
    with _stack_of_its_own("another-issuer", ISSUER=issuer, AUDIENCE="account-page") as (started, env):
        return started if started.status else node(BROWSER, "issuer", **env)


def generated_requests(cases: int, logins: str) -> Callable[[], Done]:
    """Requests made of the description, so many of each operation, as these logins."""
    return lambda: SHARED.pytest("tests/api/test_generated_requests.py", "-k", logins, CASES=str(cases))


class Step(NamedTuple):
    """A check; the seconds that it may take on two idle cores once all is installed, from nothing built; and the run that leaves it out."""

    does: Callable[[], Done]
    budget: int
    only: str = ""


class Lane(NamedTuple):
    """Steps, and those that run beside them in a process of their own: either alone leaves a core idle."""

    steps: tuple[str, ...]
    beside: tuple[str, ...]
    # True if what is beside gets only the time that nobody else wants.
    spare: bool = False


BROWSING = Lane(
    ("end to end", "commands", "clients of the api", "generated requests", "generated requests, many"),
    ("browser", "account page in a browser", "account page, another issuer"),
)
LANES = (
    Lane(("tests",), ("template promises", "cfn-lint", "checkov", "deployment", "description of the api")),
    BROWSING,
    Lane(("tests", "policies", "local stack", "artefacts", "account page", *BROWSING.steps), ("release build", "release builds"), spare=True),
)
STEPS: dict[str, Step] = {
    "format": Step(lambda: cargo("fmt", "--all", "--check", "--", "--color", "never"), 10),
    "spelling": Step(lambda: run(str(paths.VENV_BIN / "typos"), "--format", "brief"), 5),
    "licences and sources": Step(licences_and_sources, 15),
    "unused dependencies": Step(lambda: run(tool("cargo-shear")), 10),
    "build and lints": Step(build_and_lints, 440),
    "functions": Step(lambda: run(PYTHON, f"{LOCAL}/stage.py", "dev"), 20),
    "template promises": Step(lambda: pytest(str(INFRA / "checks")), 60),
    "cfn-lint": Step(cfn_lint, 30),
    "checkov": Step(checkov, 40),
    "deployment": Step(
        lambda: pytest(str(INFRA / "deployed" / "tests"), python=str(paths.TOOLS / "venv-deployed" / "bin" / "python")), 60
    ),
    "description of the api": Step(lambda: pytest("tests/api/test_description.py"), 30),
    "tests": Step(tests, 380),
    "policies": Step(lambda: pytest(str(INFRA / "policies")), 30),
    "local stack": Step(lambda: pytest(f"{LOCAL}/tests", f"--ignore={LOCAL}/tests/test_artefacts.py"), 60),
    "artefacts": Step(lambda: pytest(f"{LOCAL}/tests/test_artefacts.py", "-k", "dev_build", name="start"), 15),
    "account page": Step(account_page, 15),
    "browser": Step(lambda: node(BROWSER, "test"), 150),
    "account page in a browser": Step(account_page_in_a_browser, 440),
    "forms in a browser": Step(forms_in_a_browser, 300, only="test-all"),
    "account page, another issuer": Step(account_page_with_another_issuer, 60),
    "end to end": Step(lambda: SHARED.pytest("tests/e2e", "-m", "not commands and not restore_drill"), 280),
    "commands": Step(lambda: SHARED.pytest("tests/e2e", "-m", "commands", name="tests-e2e-commands"), 200),
    "clients of the api": Step(lambda: SHARED.pytest("tests/api/test_clients.py"), 50),
    "generated requests": Step(generated_requests(6, "administrator"), 100, only="test"),
    "restore drill": Step(restore_drill, 120, only="test-all"),
    "generated requests, many": Step(generated_requests(40, ""), 280, only="test-all"),
    "large import": Step(large_import, 180, only="test-all"),
    "tests, long": Step(long_tests, 600, only="test-all"),
    "release build": Step(release("entities"), 660, only="test"),
    "release builds": Step(release(), 1800, only="test-all"),
}
SUMMARY = "\n━━ summary"


class Result(NamedTuple):
    """The outcome of a step, its seconds, and its tests with theirs."""

    outcome: Outcome
    seconds: float
    tests: list[tuple[float, str]]


def do(name: str) -> Result:
    """Takes a step."""
    say(f"\n━━ {name}")
    started = time.monotonic()
    done = STEPS[name].does()
    return Result(outcomes.of_step(done.status, done.report), time.monotonic() - started, outcomes.durations(done.report))


class Beside:
    """Steps that run beside others, in a process of their own."""

    def __init__(self, names: tuple[str, ...], spare: bool = False):
        self._names = names
        name = names[0].replace(" ", "-")
        self._output, self._results = paths.ROOT / "target" / f"beside-{name}.log", REPORTS / f"beside-{name}.json"
        fresh(self._results)
        with self._output.open("wb") as output:
            command = [sys.executable, __file__, "--results", str(self._results), *self._names]
            # Away from the terminal's Ctrl-C: a second signal would cut its cleaning up short. Not a session: niceness counts within one.
            self._running = subprocess.Popen(
                [*(("nice", "-n", "19") if spare else ()), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=os.setpgrp,
            )

    def __enter__(self) -> "Beside":
        return self

    def __exit__(self, *error) -> None:
        if self._running.poll() is None:
            self._running.terminate()
            self._running.wait()

    def results(self) -> dict[str, Result]:
        """Waits for them, and shows their output."""
        self._running.wait()
        say(self._output.read_text(errors="replace"))
        try:
            found = json.loads(self._results.read_text())
        except (OSError, ValueError):
            found = {}
        failed = [[0, 1], 0.0, []]
        told = {name: found.get(name, failed) for name in self._names}
        return {name: Result(Outcome(*outcome), seconds, [tuple(test) for test in tests]) for name, (outcome, seconds, tests) in told.items()}


def do_all(names: list[str]) -> dict[str, Result]:
    """Takes the steps; those of a lane beside the others of it, if some of these are among them."""
    results: dict[str, Result] = {}
    lanes = [Lane(_among(names, lane.steps), _among(names, lane.beside), lane.spare) for lane in LANES]
    lanes = [lane for lane in lanes if lane.steps and lane.beside]
    beside = {name for lane in lanes for name in lane.beside}
    with ExitStack() as running:
        running.enter_context(SHARED)
        others: dict[Lane, Beside] = {}
        for name in (name for name in names if name not in beside):
            for lane in (lane for lane in lanes if lane.steps[0] == name):
                others[lane] = running.enter_context(Beside(lane.beside, lane.spare))
            results[name] = do(name)
            for lane in (lane for lane in lanes if lane.steps[-1] == name):
                results |= others[lane].results()
    return {name: results[name] for name in names}


def _among(names: list[str], some: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are wanted, in the order in which steps are taken."""
    return tuple(name for name in names if name in some)


def show(results: dict[str, Result]) -> None:
    """Prints what became of each step, how long it took of what it may, and the slowest tests."""
    print(SUMMARY)
    for name, (outcome, seconds, _) in results.items():
        verdict = "FAILED" if outcome.failed else "over budget" if seconds > STEPS[name].budget else "ok"
        counts = f"{outcome.passed:5} passed {outcome.failed:4} failed"
        print(f"{name:30} {verdict:12} {counts} {seconds:8.1f} s of {STEPS[name].budget:4} s")
    print("\nthe slowest tests")
    slowest = sorted((test for result in results.values() for test in result.tests), reverse=True)[:10]
    for seconds, test in slowest:
        print(f"{seconds:8.1f} s  {test}")
    print()


@contextmanager
def _alone():
    """One run at a time in a clone: two would take each other's stacks and reports. Nothing that it starts outlives it, or the next."""
    (paths.ROOT / "target").mkdir(exist_ok=True)
    with (paths.ROOT / "target" / "checks.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another run of the checks in this clone …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        processes.end_owned(str(paths.ROOT))
        os.environ[processes.OWNER] = str(paths.ROOT)
        try:
            yield
        finally:
            processes.end_owned(str(paths.ROOT))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="also what is too slow for each change")
    parser.add_argument("--results", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("names", nargs="*", metavar="STEP")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in STEPS]
    if unknown:
        sys.exit(f"error: no step {', '.join(map(repr, unknown))}; there are: {', '.join(STEPS)}")
    this = "test-all" if given.all else "test"
    names = [name for name, step in STEPS.items() if (name in given.names if given.names else step.only in ("", this))]
    if given.results:
        given.results.write_text(json.dumps({name: do(name) for name in names}))
        return 0
    with _alone():
        started = time.monotonic()
        results = do_all(names)
    show(results)
    over = [name for name, result in results.items() if result.seconds > STEPS[name].budget] if os.environ.get("BUDGET") else []
    passed = sum(result.outcome.passed for result in results.values())
    failed = sum(result.outcome.failed for result in results.values()) + len(over)
    print(f"{(time.monotonic() - started) / 60:.1f} minutes")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    # Handled like Ctrl-C, so that the stacks of the end-to-end tests never stay behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
