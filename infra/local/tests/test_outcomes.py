import pytest

import outcomes

NEXTEST = """<testsuites name="nextest-run" tests="3" failures="1">
<testsuite name="a"><testcase name="one"/><testcase name="two"><failure type="test failure"/></testcase></testsuite>
<testsuite name="b"><testcase name="three"><rerunFailure/></testcase></testsuite></testsuites>"""
PYTEST = """<testsuites><testsuite name="pytest" tests="4"><testcase name="one"/><testcase name="two"><skipped/></testcase>
<testcase name="three"><error>x</error></testcase><testcase name="four"><properties/></testcase></testsuite></testsuites>"""
NODE = """<testsuites><testsuite name="outer"><testcase name="one"/><testcase name="two"><failure/></testcase></testsuite>
<testcase name="three"><skipped type="todo"/></testcase></testsuites>"""


@pytest.mark.parametrize(
    ("status", "report", "expected"),
    [
        (100, NEXTEST, (2, 1)),
        (1, PYTEST, (2, 2)),
        (0, PYTEST, (2, 2)),
        (0, NODE, (1, 2)),
        (0, '<testsuite><testcase name="one"/></testsuite>', (1, 0)),
        (101, '<testsuite><testcase name="one"/></testsuite>', (1, 1)),
        (1, '<testsuite><testcase name="one"/><testcase name="two"><failure>\x1b[2mwaiting\x00</failure></testcase></testsuite>', (1, 1)),
        (0, "<testsuites/>", (0, 1)),
        (0, "<testsuites><testcase", (0, 1)),
        (0, None, (0, 1)),
    ],
)
def test_counts_what_the_report_says(tmp_path, status, report, expected):
    file = tmp_path / "report.xml"
    if report is not None:
        file.write_text(report, encoding="utf-8")
    assert outcomes.of_step(status, file) == expected


@pytest.mark.parametrize(("status", "expected"), [(0, (1, 0)), (2, (0, 1))])
def test_a_step_without_a_runner_counts_as_one_test(status, expected):
    assert outcomes.of_step(status, None) == expected
