"""Pinned versions are pinned completely, and declared versions agree with those used."""

import json
import os
import re
import subprocess
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import paths

TRACKED = subprocess.run(["git", "ls-files", "-z"], cwd=paths.ROOT, check=True, capture_output=True, text=True).stdout.split("\0")


def tracked(*endings: str):
    return [pytest.param(paths.ROOT / name, id=name) for name in TRACKED if name.endswith(endings)]


def test_the_oldest_rust_is_the_one_that_the_crates_need():
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--offline"]
    packages = json.loads(subprocess.run(command, cwd=paths.ROOT, check=True, capture_output=True).stdout)["packages"]
    version = {package["id"]: tuple(map(int, package["rust_version"].split(".")[:2])) for package in packages if package["rust_version"]}
    own = {version[package["id"]] for package in packages if package["source"] is None}
    assert own == {max(version[package["id"]] for package in packages if package["source"] and package["id"] in version)}


@pytest.mark.parametrize("path", tracked("requirements.txt", "requirements-checkov.txt", "requirements-cargo.txt", "requirements-uv.txt"))
def test_python_packages_are_pinned_by_hash(path):
    entries = re.split(r"\n(?=[^\s#])", re.sub(r"^#.*\n", "", path.read_text("utf-8"), flags=re.MULTILINE).strip())
    assert [entry for entry in entries if not re.match(r"[\w.-]+(\[.*\])?==\S+[\s\S]*--hash=sha256:[0-9a-f]{64}", entry)] == []


@pytest.mark.parametrize("path", tracked("package.json"))
def test_node_packages_are_pinned(path):
    package = json.loads(path.read_text("utf-8"))
    versions = [version for kind in ("dependencies", "devDependencies") for version in package.get(kind, {}).values()]
    assert [version for version in versions if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
    assert path.with_name("package-lock.json").is_file()


@pytest.mark.parametrize("path", tracked(".github/workflows/advisories.yml", ".github/workflows/ci.yml", ".github/workflows/deploy.yml"))
def test_actions_are_pinned_by_digest(path):
    uses = re.findall(r"uses: (\S+)", path.read_text("utf-8"))
    assert uses and [action for action in uses if not re.search(r"@[0-9a-f]{40}$", action)] == []


def test_production_is_deployed_after_staging_has_passed_and_without_a_key_of_ours():
    text = (paths.ROOT / ".github" / "workflows" / "deploy.yml").read_text("utf-8")
    staging, production = re.split(r"(?m)^  production:$", text.partition("jobs:")[2])
    assert re.search(r"(?m)^    needs: staging$", production)
    for job, stage in ((staging, "staging"), (production, "production")):
        # The environment is what the role trusts, and where somebody approves.
        assert re.search(rf"(?m)^    environment: {stage}$", job)
        commands = re.findall(r"(?m)^      - (?:run|uses): ([^\s@]+(?: [^#\n]+)?)", job)
        build, credentials, deploy, smoke = commands[-4:]
        assert (build, deploy, smoke) == ("make build", f"make deploy STAGE={stage} BUILT=1", f"make smoke STACK=vigie-{stage}")
        # What is built runs code of others: before there is a role to be had.
        assert credentials.startswith("aws-actions/configure-aws-credentials")
    assert "secrets." not in text and "id-token: write" in text and "pull_request" not in text


def test_no_test_is_left_out():
    """A skipped test is a failed one; one that is ignored or switched off in its source would not even be seen as skipped."""
    off = r"#\[ignore|\b(?:test|it|describe)\.(?:skip|todo|only)\b|pytest\.(?:mark\.)?(?:skip|skipif|xfail|importorskip)\b|\{ *(?:skip|todo) *:"
    sources = [paths.ROOT / name for name in TRACKED if name.endswith((".rs", ".py", ".js", ".mjs", ".ts")) and "test" in name]
    assert len(sources) > 100
    own = paths.HERE / "tests" / "test_habits.py"
    assert [str(path) for path in sources if path != own and path.is_file() and re.search(off, path.read_text("utf-8"))] == []


def packages() -> list[dict]:
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--locked", "--offline"]
    return json.loads(subprocess.run(command, cwd=paths.ROOT, check=True, capture_output=True).stdout)["packages"]


@pytest.mark.parametrize("package", packages(), ids=lambda package: package["name"])
def test_no_target_without_tests_of_its_own_is_built_for_them(package):
    """An empty one costs a link, and a test in one that is left out would never run."""
    sources = [path.read_text("utf-8") for path in (Path(package["manifest_path"]).parent / "src").rglob("*.rs")]
    tested = any(re.search(r"#\[(?:tokio::)?test\b|#\[cfg\(test\)\]|proptest!", source) for source in sources)
    built = {target["kind"][0]: (target["test"], target["doctest"]) for target in package["targets"] if target["kind"][0] != "test"}
    assert built.get("lib", (tested, False)) == (tested, False)
    assert built.get("bin", (False, False)) == (False, False)


def test_what_is_built_again_and_again_is_not_optimised():
    """Cargo cannot say "the members of the workspace": they are named."""
    profile = re.search(r"\[profile\.dev\.package\]\n(.*?)\n\n", (paths.ROOT / "Cargo.toml").read_text("utf-8"), re.DOTALL).group(1)
    named = set(re.findall(r"^(vigie-[\w-]+) = \{ opt-level = 0 \}$", profile, re.MULTILINE))
    assert named == {package["name"] for package in packages()}


def test_comments_are_as_wide_as_the_code():
    """rustfmt wraps code and leaves comments alone. An address of the web has no place to break."""
    wide = []
    for name in (name for name in TRACKED if name.endswith(".rs") and (paths.ROOT / name).is_file()):
        lines = enumerate((paths.ROOT / name).read_text("utf-8").splitlines(), 1)
        wide += [f"{name}:{number}" for number, line in lines if re.match(r"\s*//", line) and len(line) > 100 and "://" not in line]
    assert wide == []


# Programs that are run by name, and load each other by it: they lie side by side.
SIDE_BY_SIDE = {"infra/local", "infra/deployed"}


def test_no_folder_of_source_holds_more_than_its_reader_can_keep_in_mind():
    sources = [Path(name) for name in TRACKED if name.endswith((".rs", ".py", ".ts", ".tsx", ".js", ".mjs", ".cjs")) and (paths.ROOT / name).is_file()]
    held = Counter(source.parent.as_posix() for source in sources if "tests" not in source.parts)
    assert {folder: count for folder, count in held.items() if count > 16 and folder not in SIDE_BY_SIDE} == {}


def circle(uses: dict) -> list:
    """A way that leads back to where it began, if there is one."""
    try:
        TopologicalSorter(uses).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def branches(tree: str) -> list[list[str]]:
    """The paths of a tree such as `a::{b, c::{d, e}}`."""
    head, brace, inner = tree.partition("{")
    if not brace:
        return [[part.strip() for part in re.sub(r" as \w+", "", tree).split("::")]]
    parts, depth = [""], 0
    for sign in inner[: inner.rindex("}")]:
        depth += (sign == "{") - (sign == "}")
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return [[*head.strip().split("::")[:-1], *path] for part in parts if part.strip() for path in branches(part)]


def test_a_tree_of_paths_is_read():
    assert branches("crate::{a, b::{self, c as d}, e::f}") == [["crate", "a"], ["crate", "b", "self"], ["crate", "b", "c"], ["crate", "e", "f"]]


def modules(source: Path) -> dict[tuple, set[tuple]]:
    """What each module of a crate uses of its others, save those that it lies in."""
    texts, shown, used = {}, {}, {}
    for file in source.rglob("*.rs"):
        *folders, name = file.relative_to(source).with_suffix("").parts
        module = tuple(folders if name in ("lib", "main", "mod") else [*folders, name])
        code = re.sub(r"//[^\n]*", "", file.read_text("utf-8").partition("#[cfg(test)]\nmod ")[0])
        texts[module] = texts.get(module, "") + code

    def whole(module: tuple, path: list[str]) -> tuple:
        at = {"crate": (), "self": module, "super": module[:-1]}[path[0]]
        return (*at, *(part for part in path[1:] if part != "self"))

    for module, code in texts.items():
        used[module] = []
        for public, tree in re.findall(r"^ *(pub(?:\(\w+\))? )?use ((?:crate|super|self)::[^;]+);", code, re.MULTILINE):
            for path in (whole(module, branch) for branch in branches(tree)):
                if public:
                    shown[(*module, path[-1])] = path
                else:
                    used[module].append(path)
        rest = re.sub(r"\buse [^;]+;", "", code)
        used[module] += [whole(module, path.split("::")) for path in re.findall(r"(?<![\w:])(?:crate|super|self)(?:::\w+)+", rest)]
        used[module] += [(*module, child) for child in re.findall(r"\bmod (\w+);", code) if re.search(rf"(?<![\w:]){child}::", rest)]

    def home(path: tuple) -> tuple:
        while path not in texts and path not in shown:
            path = path[:-1]
        return path if path in texts else home(shown[path])

    return {module: {to for to in map(home, used[module]) if module[: len(to)] != to} for module in texts}


@pytest.mark.parametrize("package", [each for each in packages() if each["name"] != "vigie-tests"], ids=lambda package: package["name"])
def test_no_modules_use_each_other_in_a_circle(package):
    """What lies in a module may use it."""
    assert circle(modules(Path(package["manifest_path"]).parent / "src")) == []


def test_no_files_of_the_page_use_each_other_in_a_circle():
    source = paths.ROOT / "functions" / "portal" / "web" / "src"
    files = {os.path.splitext(file)[0]: file.read_text("utf-8") for file in source.rglob("*.ts*")}
    uses = {
        name: {os.path.normpath(os.path.join(os.path.dirname(name), to)) for to in re.findall(r"""(?:\bfrom|\bimport\(?) ?"(\.[^"]+)\"""", text)}
        for name, text in files.items()
    }
    assert sum(map(len, uses.values())) > 100
    assert [os.path.relpath(file, source) for file in circle(uses)] == []


@pytest.mark.parametrize("path", tracked(".js", ".mjs", ".cjs"))
def test_the_path_of_a_file_is_not_taken_for_that_of_its_url(path):
    """A space in it would be `%20`, and the file not there."""
    assert not re.search(r"import\.meta\.url\)\.pathname|new URL\([^)]*\)\.pathname,?$", path.read_text("utf-8"), re.MULTILINE)
