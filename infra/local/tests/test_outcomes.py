import pytest

import outcomes

NEXTEST = "     Summary [   1.2s] 12 tests run: 9 passed (1 slow), 2 failed, 1 timed out, 3 skipped\n"
CARGO = "test result: ok. 3 passed; 0 failed; 1 ignored\ntest result: FAILED. 4 passed; 2 failed; 0 ignored\n"


@pytest.mark.parametrize(
    ("status", "output", "expected"),
    [
        (100, NEXTEST, (9, 3)),
        (0, "\x1b[32m     Summary\x1b[0m [   0.1s] \x1b[1m2\x1b[0m tests run: \x1b[1m2\x1b[0m passed, 0 skipped", (2, 0)),
        (101, CARGO, (7, 2)),
        (0, "..\n2 passed in 0.01s\n", (2, 0)),
        (1, "=== 1 failed, 2 passed, 1 skipped, 1 warning, 2 errors in 3.01s ===\n", (2, 3)),
        (1, "12 passed in 63.50s (0:01:03)\n", (12, 1)),
        (0, "1 passed, 1 skipped in 0.50s\nStack down, 5 failed attempts in 3 s\n", (1, 0)),
        (0, "nothing to count", (1, 0)),
        (2, "no tests ran in 0.01s", (0, 1)),
        (101, "error: could not compile `vigie-domain`", (0, 1)),
    ],
)
def test_counts_what_the_runner_counted(status, output, expected):
    assert outcomes.of_step(status, output) == expected


def test_an_empty_run_of_cargo_counts_nothing():
    assert outcomes.of_step(0, "test result: ok. 0 passed; 0 failed; 0 ignored") == (0, 0)
