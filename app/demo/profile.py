"""Synthetic load shapes: how much of a year falls into each slot, by month, weekday, hour, holiday and noise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from zlib import crc32

import yaml

from app.demo.slots import Slot

_PER_MILLE = 1_000
_MASK = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days [first, last] on which the plant runs at `level` per mille."""

    first: date
    last: date
    level: int


@dataclass(frozen=True, slots=True)
class Profile:
    """Per-mille levels; `noise` is the widest deviation of one slot, in per mille."""

    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    hours: tuple[int, ...]
    noise: int
    holidays: tuple[Holiday, ...]


@lru_cache(maxsize=1)
def profiles() -> dict[str, Profile]:
    """Return every shape of the data file by name."""
    rows = yaml.safe_load(files("app.demo").joinpath("profiles.yaml").read_text("utf-8"))
    holidays = tuple(Holiday(**row) for row in rows["holidays"])
    return {
        name: Profile(
            months=tuple(row["months"]),
            weekdays=tuple(row["weekdays"]),
            hours=tuple(row["hours"]),
            noise=row["noise"],
            holidays=holidays if row["holidays"] else (),
        )
        for name, row in rows["profiles"].items()
    }


def weights(profile: Profile, slots: Sequence[Slot], *, seed: str) -> list[int]:
    """Return a positive integer weight for each slot; the same arguments always give the same weights."""
    key = crc32(seed.encode())
    days = {slot.day: slot for slot in slots}
    levels = {day: _day_level(profile, slot) for day, slot in days.items()}
    return [
        levels[slot.day] * profile.hours[slot.hour] * (_PER_MILLE + _noise(profile.noise, key, slot.start_ms))
        for slot in slots
    ]


def _day_level(profile: Profile, slot: Slot) -> int:
    level = profile.months[slot.date.month - 1] * profile.weekdays[slot.weekday]
    for holiday in profile.holidays:
        if holiday.first <= slot.date <= holiday.last:
            level = level * holiday.level // _PER_MILLE
    return level // _PER_MILLE


def _noise(widest: int, key: int, at_ms: int) -> int:
    """Return a number in [-widest, widest] that looks random (splitmix64) and depends on nothing else."""
    mixed = (key * 0x9E3779B97F4A7C15 + at_ms * 0xD1342543DE82EF95) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return (mixed ^ (mixed >> 31)) % (2 * widest + 1) - widest
