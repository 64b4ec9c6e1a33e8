"""When a job is due: the first fire time that nobody claimed, and the last one that its claim makes good for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.cron import CronTrigger

from app.core.calendar.periods import instant_from_ms, ms_from_instant

_LOOKS_BACK = tuple(timedelta(seconds=each) for each in (60, 3_600, 86_400, 31 * 86_400, 366 * 86_400))


@dataclass(frozen=True, slots=True)
class Due:
    """A run to claim. The fire time is its key, the same in every process that looks; both are UTC ms.

    Fire times from it to `covers_to` passed without a run, and this one stands for all of them.
    """

    fire_at: int
    covers_to: int


def trigger_of(schedule: str) -> CronTrigger:
    """Return the trigger, in UTC, of a crontab line or one with seconds in front; raises ValueError.

    Days of the week go by name: their numbers mean other days to the scheduler than to cron.
    """
    *seconds, minute, hour, day, month, day_of_week = schedule.split()
    if len(seconds) > 1 or any(letter.isdigit() for letter in day_of_week):
        raise ValueError(f"{schedule!r} is not a crontab line, with seconds in front or without")
    return CronTrigger(
        second=seconds[0] if seconds else "0",
        minute=minute,
        hour=hour,
        day=day,
        month=month,
        day_of_week=day_of_week,
        timezone=UTC,
    )


def due(trigger: CronTrigger, *, claimed_to: int, now_ms: int) -> Due | None:
    """Return what is due when fire times up to `claimed_to` are claimed; None when the next one is still to come."""
    first = _next(trigger, claimed_to)
    if first is None or first > now_ms:
        return None
    return Due(first, max(first, _last_until(trigger, first, now_ms)))


def next_fire(trigger: CronTrigger, *, after_ms: int) -> int | None:
    """Return the first fire time after an instant, both UTC ms."""
    return _next(trigger, after_ms)


def _last_until(trigger: CronTrigger, first: int, now_ms: int) -> int:
    """Return the last fire time in [first, now], looking for it no further back than it must."""
    for look_back in _LOOKS_BACK:
        found = _next(trigger, max(first - 1, now_ms - look_back // timedelta(milliseconds=1)))
        if found is not None and found <= now_ms:
            break
    else:
        return first
    while (later := _next(trigger, found)) is not None and later <= now_ms:
        found = later
    return found


def _next(trigger: CronTrigger, after_ms: int) -> int | None:
    after = instant_from_ms(after_ms + 1)
    found: datetime | None = trigger.get_next_fire_time(None, after)
    return None if found is None else ms_from_instant(found)
