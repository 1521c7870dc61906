"""Builds the functions, and lays out what is deployed as the template expects: target/lambda/<function>/bootstrap.

    stage.py dev                   fast to build, for this machine
    stage.py release [FUNCTION …]  as deployed, for this machine's architecture; only built
    stage.py zips x86_64|arm64     as deployed, zipped into target/dist/<architecture>/<function>.zip

Beside each function that makes pages or mails goes the operator's file: infra/operator.json with what is deployed, the demo's otherwise;
OPERATOR= names another.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import paths
from progress import StackError, say, step

TARGET = paths.ROOT / "target"
RECORD = paths.ARTEFACTS / "staged.json"
# The dev build is made by the compiler that also lints, so that `make run` and the checks share it: linting apart builds all anew.
LINTED = {"RUSTC_WORKSPACE_WRAPPER": "clippy-driver"}
DEMO_OPERATOR = paths.HERE / "demo" / "operator.json"
TRIPLES = {"x86_64": "x86_64-unknown-linux-gnu", "arm64": "aarch64-unknown-linux-gnu"}


def host_architecture() -> str:
    """The architecture of this machine, in Lambda's terms."""
    return "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "x86_64"


def released(architecture: str) -> Path:
    """Where the binaries of the release profile lie, by function: apart from those that a stack is deployed from."""
    return TARGET / "cargo-lambda" / architecture


def _packages(names: list[str]) -> list[str]:
    return [argument for name in names for argument in ("--package", f"vigie-{name}")]


def build_dev() -> dict[str, Path]:
    """Builds with the dev profile; returns the binaries by function."""
    with step("Building the functions (dev profile)"):
        # All of the workspace, as cargo lambda watch and the tests build it: with a selection, dependencies would have other
        # features and be built twice.
        _run(["cargo", "build", "--locked", "--workspace", "--bins"], LINTED)
    return {name: TARGET / "debug" / name for name in paths.functions()}


def build_release(architecture: str, names: list[str] | None = None) -> dict[str, Path]:
    """Builds with the release profile against the C library that Lambda has; returns the binaries by function."""
    names = names or paths.functions()
    triple = TRIPLES[architecture]
    if not _has_target(triple):
        raise StackError(
            f"the Rust target {triple} is not installed: `rustup target add {triple}`, or choose "
            f"ARCH={host_architecture()}"
        )
    flag = {"x86_64": "--x86-64", "arm64": "--arm64"}[architecture]
    folder = released(architecture)
    with step(f"Building the functions (release profile, {architecture}; half a minute each when new)"):
        # Through zig: the C library of this machine is newer than Lambda's.
        _run(
            [str(paths.VENV_BIN / "cargo-lambda"), "lambda", "build", "--release", flag, "--locked"]
            + ["--lambda-dir", str(folder), *_packages(names)]
        )
    return {name: folder / name / "bootstrap" for name in names}


def _has_target(triple: str) -> bool:
    sysroot = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True).stdout.strip()
    return (Path(sysroot) / "lib" / "rustlib" / triple / "lib").is_dir()


def _run(command: list[str], more: dict[str, str] | None = None) -> None:
    # The venv holds zig; a target directory of the shell's would put the binaries elsewhere.
    path = f"{paths.VENV_BIN}{os.pathsep}{os.environ['PATH']}"
    env = os.environ | {"PATH": path, "CARGO_TARGET_DIR": str(TARGET)} | (more or {})
    try:
        done = subprocess.run(command, cwd=paths.ROOT, env=env, stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise StackError(f"{command[0]} is not installed") from error
    if done.returncode:
        raise StackError("the build failed")


def lay_out(binaries: dict[str, Path]) -> None:
    """Puts each binary where the template looks for it, and touches nothing that is there already."""
    try:
        staged = json.loads(RECORD.read_text())
    except (FileNotFoundError, ValueError):
        staged = {}
    for name, source in binaries.items():
        found = source.stat()
        mark = [str(source.relative_to(paths.ROOT)), found.st_size, found.st_mtime_ns]
        bootstrap = paths.ARTEFACTS / name / "bootstrap"
        if staged.get(name) == mark and bootstrap.exists():
            continue
        bootstrap.parent.mkdir(parents=True, exist_ok=True)
        _strip(source, bootstrap)
        staged[name] = mark
    RECORD.write_text(json.dumps(staged, indent=2))


def _strip(source: Path, bootstrap: Path) -> None:
    """Copies without debug information, which would make each upload tens of megabytes larger."""
    draft = bootstrap.with_suffix(".draft")
    shutil.copyfile(source, draft)
    if shutil.which("strip"):
        subprocess.run(["strip", str(draft)], stdin=subprocess.DEVNULL, check=False)
    draft.chmod(0o755)
    draft.replace(bootstrap)


def operated(name: str) -> bool:
    """Tells if a function makes pages or mails."""
    needs = (paths.FUNCTIONS / name / "Cargo.toml").read_text(encoding="utf-8")
    return "vigie-http.workspace" in needs or "vigie-mail.workspace" in needs


def lay_operator(usual: Path, folders: list[Path]) -> None:
    """Puts the operator's file into folders, once the reader of the functions has read it; says what it lacks."""
    file = Path(os.environ.get("OPERATOR") or usual).resolve()
    # Of the workspace: with a selection, dependencies would have other features and be built twice.
    _run(["cargo", "build", "--quiet", "--locked", "--workspace", "--bin", "operator"], LINTED)
    read = subprocess.run([str(TARGET / "debug" / "operator"), str(file)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if read.returncode:
        raise StackError(f"the operator's particulars are refused: {read.stderr.strip()}")
    if lacking := read.stdout.split():
        say(f"{paths.shown(file)} lacks {', '.join(lacking)}: pages say « à compléter par l’exploitant »")
    for folder in folders:
        laid = folder / "operator.json"
        if not laid.exists() or laid.read_bytes() != file.read_bytes():
            shutil.copyfile(file, laid)


def zip_up(architecture: str, binaries: dict[str, Path]) -> list[Path]:
    """Deployable zips: the same bytes for the same binary and operator."""
    folder = TARGET / "dist" / architecture
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, binary in binaries.items():
        archive = folder / f"{name}.zip"
        held = [("bootstrap", binary, 0o100755)]
        if operated(name):
            held.append(("operator.json", paths.ARTEFACTS / name / "operator.json", 0o100644))
        with zipfile.ZipFile(archive, "w") as out:
            for inside, file, mode in held:
                entry = zipfile.ZipInfo(inside, date_time=(1980, 1, 1, 0, 0, 0))
                entry.external_attr = mode << 16
                entry.create_system = 3
                out.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)
        made.append(archive)
    return made


def lay_all(binaries: dict[str, Path], operator: Path, *more: Path) -> None:
    """Lays out functions, and the operator's file beside those that need it."""
    lay_out(binaries)
    lay_operator(operator, [paths.ARTEFACTS / name for name in binaries if operated(name)] + list(more))


def main(arguments: list[str]) -> None:
    match arguments:
        case ["dev"]:
            # Beside what `cargo lambda watch` starts too.
            lay_all(build_dev(), DEMO_OPERATOR, TARGET / "debug")
        case ["release", *names]:
            binaries = build_release(host_architecture(), names)
            lay_operator(DEMO_OPERATOR, [binary.parent for name, binary in binaries.items() if operated(name)])
        case ["zips", architecture] if architecture in TRIPLES:
            binaries = build_release(architecture)
            # Lays out what `sam deploy` would package.
            lay_all(binaries, paths.ROOT / "infra" / "operator.json")
            for archive in zip_up(architecture, binaries):
                print(f"{archive.stat().st_size / 1e6:6.2f} MB  {paths.shown(archive)}")
        case _:
            raise StackError("ARCH must be x86_64 or arm64" if arguments[:1] == ["zips"] else str(__doc__))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except StackError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        say("")
        sys.exit(130)
