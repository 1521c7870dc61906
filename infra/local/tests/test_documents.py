"""Everything that the documents name exists: the tests that prove each invariant, and every file."""

import json
import re

import paths
import pytest

FOLDERS = ("tests/tests", "")
ROW = re.compile(r"^\| \d+ \|.*\| (?P<proofs>.+) \|$", re.MULTILINE)
PROOF = re.compile(r"`(?P<file>[\w/.]+\.(?:rs|py|js))`: (?P<names>`[^`]+`(?:, `[^`]+`)*)")


def declared(name: str, source: str) -> bool:
    return any(f"{before}{name}{after}" in source for before, after in (("fn ", "("), ("def ", "("), ('test("', '"')))


def test_every_invariant_is_proved_by_tests_that_exist():
    rows = ROW.findall((paths.ROOT / "docs" / "invariants.md").read_text(encoding="utf-8"))
    assert len(rows) > 20
    for row in rows:
        proofs = PROOF.findall(row)
        assert proofs, row
        # Nothing stands beside the proofs: it would be believed and never looked for.
        assert re.sub(PROOF, "", row).strip("; ") == "", row
        for file, names in proofs:
            source = next(path for folder in FOLDERS if (path := paths.ROOT / folder / file).is_file()).read_text("utf-8")
            missing = [name for name in re.findall(r"`([^`]+)`", names) if not declared(name, source)]
            assert not missing, f"{file}: {missing}"


def test_every_sentence_of_the_guide_is_tried_by_tests_that_exist():
    rows = [row for row in (paths.ROOT / "docs" / "guide-on-the-page.md").read_text("utf-8").splitlines() if re.match(r"\| \d ", row)]
    assert len(rows) > 15
    for row in rows:
        proofs = PROOF.findall(row)
        assert proofs, row
        for file, names in proofs:
            source = (paths.ROOT / "tests" / "browser" / "account" / file).read_text("utf-8")
            missing = [name for name in re.findall(r"`([^`]+)`", names) if not declared(name, source)]
            assert not missing, f"{file}: {missing}"


# A name of a file in a document may be told from the root, from the platform's sources, from the tests or from the document itself.
DOCUMENTS = sorted(path for path in [*paths.ROOT.glob("*.md"), *(paths.ROOT / "docs").rglob("*.md"), paths.ROOT / "infra" / "README.md"])
FILE = re.compile(r"`(?P<file>[\w-]+(?:/[\w.-]+)*\.(?:rs|py|toml|yaml|md|ts|tsx|js|mjs))`")
FROM = ("", "shared/store/src", "shared/http/src", "shared/domain/src", "tests/tests", "infra")
# Made when they are needed, or another project's.
ELSEWHERE = {"build.rs"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(paths.ROOT)))
def test_every_file_that_a_document_names_is_there(path):
    named = set(FILE.findall(path.read_text("utf-8"))) - ELSEWHERE
    sources = {found.name for pattern in ("functions/*/src", "shared/*/src", "shared/*/tests", "tests/src") for found in paths.ROOT.glob(f"{pattern}/**/*.rs")}
    missing = [
        name
        for name in sorted(named)
        if not any((folder / name).is_file() for folder in (path.parent, *(paths.ROOT / prefix for prefix in FROM))) and name not in sources
    ]
    assert not missing


def test_the_contract_names_every_route_and_every_event():
    text = (paths.ROOT / "docs" / "contract.md").read_text("utf-8")
    # `…/resend` stands for what ends so; the page's administration has addresses of its own.
    endings = re.findall(r"…(/[\w{}./-]+)", text)
    routes = json.loads((paths.ROOT / "functions" / "portal" / "openapi.json").read_text("utf-8"))["paths"]
    named = [path for path in routes if not path.startswith(("/administration/", "/assets/"))]
    events = [schema.stem for schema in (paths.ROOT / "events" / "schemas").glob("*.json")]
    assert len(named) > 40 and len(events) > 20
    assert [path for path in named if f"{path}`" not in text and not any(path.endswith(ending) for ending in endings)] == []
    assert [event for event in events if f"`{event}`" not in text] == []


def test_the_invariants_are_numbered_one_by_one():
    numbers = [int(number) for number in re.findall(r"^\| (\d+) \|", (paths.ROOT / "docs" / "invariants.md").read_text("utf-8"), re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_access_patterns_name_every_key():
    text = (paths.ROOT / "docs" / "data.md").read_text("utf-8")
    store = paths.ROOT / "shared" / "store" / "src" / "table"
    sources = "\n".join(path.read_text("utf-8") for path in [store / "keys.rs", *(store / "keys").rglob("*.rs")])
    prefixes = set(re.findall(r'"([A-Z]+#)', sources))
    assert len(prefixes) > 20
    assert sorted(prefix for prefix in prefixes if f"`{prefix}" not in text) == []


def test_the_map_and_its_picture_name_every_function():
    text = (paths.ROOT / "ARCHITECTURE.md").read_text("utf-8")
    picture = text.split("```mermaid")[1].split("```")[0]
    functions = sorted(path.parent.name for path in (paths.ROOT / "functions").glob("*/Cargo.toml"))
    assert len(functions) > 10
    assert [name for name in functions if f"| `functions/{name}` |" not in text or not re.search(rf"\b{name}\b", picture)] == []
