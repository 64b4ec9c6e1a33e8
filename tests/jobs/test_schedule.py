"""When a job is due, and what its claim is called."""

import pytest

from app.core.calendar.periods import ms_from_instant
from app.jobs.schedule import Due, due, next_fire, trigger_of
from app.schemas.wire.instants import instant_from_rfc3339


def at(text: str) -> int:
    """Return UTC milliseconds of an instant of 2026-03-01 or of a full one."""
    return ms_from_instant(instant_from_rfc3339(text if "T" in text else f"2026-03-01T{text}Z"))


@pytest.mark.parametrize(
    ("schedule", "claimed_to", "now", "found"),
    [
        ("* * * * * *", "10:00:00", "10:00:00.900", None),
        ("* * * * * *", "10:00:00", "10:00:01", ("10:00:01", "10:00:01")),
        ("* * * * * *", "10:00:00", "10:00:01.999", ("10:00:01", "10:00:01")),
        ("* * * * * *", "10:00:00.250", "10:00:01.250", ("10:00:01", "10:00:01")),
        ("* * * * * *", "10:00:00", "10:00:07.5", ("10:00:01", "10:00:07")),
        ("* * * * * *", "10:00:00", "2026-03-09T10:00:07Z", ("10:00:01", "2026-03-09T10:00:07Z")),
        ("*/5 * * * *", "10:00:00", "10:04:59", None),
        ("*/5 * * * *", "10:00:00", "10:21:00", ("10:05:00", "10:20:00")),
        ("17 2 * * *", "02:17:00", "2026-03-04T02:16:59Z", ("2026-03-02T02:17:00Z", "2026-03-03T02:17:00Z")),
        ("40 3 1 * *", "03:40:00", "2026-03-31T23:00:00Z", None),
        ("40 3 1 * *", "03:40:00", "2026-08-15T00:00:00Z", ("2026-04-01T03:40:00Z", "2026-08-01T03:40:00Z")),
        (
            "0 0 29 2 *",
            "2024-02-29T00:00:00Z",
            "2031-01-01T00:00:00Z",
            ("2028-02-29T00:00:00Z", "2028-02-29T00:00:00Z"),
        ),
    ],
)
def test_what_is_due_is_the_first_unclaimed_fire_time_and_stands_for_all_since(
    schedule: str, claimed_to: str, now: str, found: tuple[str, str] | None
) -> None:
    expected = None if found is None else Due(at(found[0]), at(found[1]))
    assert due(trigger_of(schedule), claimed_to=at(claimed_to), now_ms=at(now)) == expected


def test_processes_whose_clocks_differ_agree_on_the_key() -> None:
    """What makes a claim unique must not depend on when a process looks."""
    trigger = trigger_of("* * * * * *")
    keys = {
        due(trigger, claimed_to=at("10:00:00"), now_ms=at("10:00:01") + late) for late in (0, 300, 4_000, 86_400_000)
    }
    assert {found.fire_at for found in keys if found is not None} == {at("10:00:01")}


def test_the_next_fire_time_is_after_the_instant() -> None:
    trigger = trigger_of("0 12 * * *")
    assert next_fire(trigger, after_ms=at("11:59:59.999")) == at("12:00:00")
    assert next_fire(trigger, after_ms=at("12:00:00")) == at("2026-03-02T12:00:00Z")


@pytest.mark.parametrize("schedule", ["", "* * * *", "61 * * * *", "* * * * * * *", "0 0 * * 1"])
def test_a_line_that_is_no_crontab_line_is_refused(schedule: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        trigger_of(schedule)
