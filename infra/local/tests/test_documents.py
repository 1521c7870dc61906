"""docs/invariants.md names the tests that prove each invariant: they are there."""

import re

import paths

FOLDERS = ("tests/tests", "")
ROW = re.compile(r"^\| \d+ \|.*\| (?P<proofs>.+) \|$", re.MULTILINE)
PROOF = re.compile(r"`(?P<file>[\w/.]+\.(?:rs|py))`: (?P<names>`\w+`(?:, `\w+`)*)")


def test_every_invariant_is_proved_by_tests_that_exist():
    rows = ROW.findall((paths.ROOT / "docs" / "invariants.md").read_text(encoding="utf-8"))
    assert len(rows) > 20
    for row in rows:
        proofs = PROOF.findall(row)
        assert proofs, row
        for file, names in proofs:
            source = next(path for folder in FOLDERS if (path := paths.ROOT / folder / file).is_file()).read_text("utf-8")
            missing = [name for name in re.findall(r"\w+", names) if f"fn {name}(" not in source and f"def {name}(" not in source]
            assert not missing, f"{file}: {missing}"
