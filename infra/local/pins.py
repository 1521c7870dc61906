"""Locks what the Python tools need: each `requirements*.in` becomes a `.txt` with versions and hashes, for every platform: `make pins`.

A locked package stays at its version; delete a `.txt` to have everything in it at its newest.
"""

import re
import subprocess
import sys
from pathlib import Path

import paths

OLDEST = "3.10"
HEAD = "# Made by `make pins` from {name}: do not edit.\n"


def main(uv: str) -> None:
    for wanted in files():
        locked = wanted.with_suffix(".txt")
        command = [uv, "pip", "compile", "--quiet", "--universal", "--python-version", OLDEST, "--generate-hashes"]
        options = ["--no-header", "--no-annotate", "--no-strip-extras", "--output-file", locked, wanted]
        subprocess.run([*command, *options], check=True)
        locked.write_text(HEAD.format(name=wanted.name) + also_without_extras(locked.read_text("utf-8")), "utf-8")
        print(paths.shown(locked))


def files() -> list[Path]:
    """Returns what asks for packages, wherever it lies in the project."""
    tracked = subprocess.run(["git", "ls-files", "*requirements*.in"], cwd=paths.ROOT, check=True, capture_output=True, text=True)
    return [paths.ROOT / name for name in tracked.stdout.splitlines()]


def also_without_extras(locked: str) -> str:
    """Names a package with extras a second time without: pip asks for both where two packages need it either way."""
    entries = re.split(r"\n(?=[^\s#])", re.sub(r"^#.*\n", "", locked, flags=re.MULTILINE).strip())
    plain = [re.sub(r"^([\w.-]+)\[[^\]]*\]", r"\1", entry) for entry in entries]
    return "\n".join(dict.fromkeys(line for pair in zip(entries, plain) for line in pair)) + "\n"


if __name__ == "__main__":
    main(sys.argv[1])
