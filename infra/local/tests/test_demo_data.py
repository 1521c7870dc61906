from datetime import datetime, timedelta

import pytest

import demo_data


@pytest.mark.parametrize(
    ("wall", "zone", "after", "expected"),
    [
        # A deadline of 2015 whose published offset is wrong: the hour on the wall counts.
        ("2015-04-13T12:00:00", "Europe/Paris", "2026-06-02T09:00:00", "2026-06-08T12:00:00+02:00"),
        ("2022-02-07T12:00:00", "America/Martinique", "2026-06-02T09:00:00", "2026-06-08T12:00:00-04:00"),
        # Across the change of clocks on 28 March 2027.
        ("2022-02-07T17:00:00", "Europe/Paris", "2027-03-26T00:00:00", "2027-03-29T17:00:00+02:00"),
        # Already ahead.
        ("2030-01-07T12:00:00", "Europe/Paris", "2026-06-02T09:00:00", "2030-01-07T12:00:00+01:00"),
    ],
)
def test_a_deadline_moves_by_whole_weeks(wall, zone, after, expected):
    published = {"wallClock": wall, "zone": zone}
    moved = demo_data.deadline(published, datetime.fromisoformat(after))
    assert moved == expected
    apart = datetime.fromisoformat(moved).replace(tzinfo=None) - datetime.fromisoformat(wall)
    assert apart % timedelta(weeks=1) == timedelta(0)
