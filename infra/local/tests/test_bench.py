"""What `make bench` gives to the functions that it measures. To run it takes too long for each change."""

import re

import paths

# Nobody measures these.
APART = ("portal", "canary")
# By the harness, as by Lambda.
GIVEN = {"AWS_REGION"}


def test_the_benchmark_sets_all_that_the_functions_require():
    folders = [paths.ROOT / "shared", *(folder for folder in paths.FUNCTIONS.iterdir() if folder.name not in APART)]
    sources = [file.read_text(encoding="utf-8") for folder in folders for file in folder.glob("**/src/**/*.rs")]
    required = {name for source in sources for name in re.findall(r'\brequired(?:_number)?\(\s*"([A-Z_]+)"', source)}
    assert "TABLE_NAME" in required
    given = set(re.findall(r'"([A-Z_]+)":', (paths.ROOT / "bench" / "run.py").read_text(encoding="utf-8")))
    assert required - given - GIVEN == set()
