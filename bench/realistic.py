"""Values as meters give them: 14 random bits, a register that climbs smoothly, and a steel plant's quarter hours.

Each is a function of meter and slot alone, so that anyone can compute it again.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from bench.lab import opened
from bench.rows import DAY_SLOTS, Rows
from bench.sizes import METERS

_Int = NDArray[np.int64]
_LIGHT = (0.0, 2.7, 2.81, 2.88, 2.95, 3.02, 3.1, 3.17, 3.31, 3.42, 3.6, 3.74, 4.03, 4.57, 5.72, 40.46, 140.29)
_MEDIUM = (2.52, 3.35, 3.67, 3.92, 4.43, 5.26, 7.24, 26.14, 34.45, 41.69, 49.21, 55.48, 61.7, 70.06, 83.63, 103.1,
           157.18)  # fmt: skip
_MAXIMUM = (2.92, 5.26, 28.98, 36.25, 42.01, 46.94, 50.54, 53.75, 56.63, 59.69, 63.54, 68.26, 75.31, 87.08, 97.85,
            110.09, 151.67)  # fmt: skip
"""Least, sixteenths and greatest of the kWh in a quarter hour of light, medium and maximum load, of a steel plant's
35,040 in 2018 (UCI Machine Learning Repository, Steel Industry Energy Consumption, CC BY 4.0)."""
_LOADS = np.array([_LIGHT, _MEDIUM, _MAXIMUM])
_BY_HOUR = np.array([0] * 9 + [1, 2, 2, 1] + [2] * 4 + [1] * 6 + [0])
"""The load of each hour of a working day."""
_PULSE_KWH = 0.036
"""The least step between two values of that plant, which are printed with two decimals."""


def random_bits(meter: _Int, slot: _Int) -> _Int:
    """Return 0 to 16.383 kWh, in micro-kWh: 14 bits that nothing foretells."""
    return _thousandths(_noise(meter, slot) & 0x3FFF)


def smooth_register(meter: _Int, slot: _Int) -> _Int:
    """Return what a counter shows, in micro-kWh: it climbs slower by night than by day, with six bits of noise."""
    course = np.rint(2_000 * (1 - np.cos(2 * np.pi * slot / DAY_SLOTS))).astype(np.int64)
    return _thousandths(1_000_000 * meter + (300 + meter % 50) * slot + course + (_noise(meter, slot) & 0x3F))


def steel_plant(meter: _Int, slot: _Int) -> _Int:
    """Return a quarter hour's use in micro-kWh, distributed as that plant's by hour and working day."""
    day, hour = slot // DAY_SLOTS, slot % DAY_SLOTS // 4
    load = np.where(day % 7 < 5, _BY_HOUR[hour], 0)
    place = (_noise(meter, slot) & 0xFFFF) / 4_096.0
    sixteenth = place.astype(np.int64)
    low, high = _LOADS[load, sixteenth], _LOADS[load, sixteenth + 1]
    kwh = low + (high - low) * (place - sixteenth)
    return _thousandths(np.rint(np.rint(kwh / _PULSE_KWH) * _PULSE_KWH * 100).astype(np.int64) * 10)


RANDOM, REGISTER, STEEL = "14 random bits", "a smooth register", "a steel plant"
KINDS: dict[str, Callable[[_Int, _Int], _Int]] = {
    RANDOM: random_bits,
    REGISTER: smooth_register,
    STEEL: steel_plant,
}


def realistic(kind: str, first_slot: int, slots: int) -> Rows:
    """Return all meters' readings of a kind, quarter hour by quarter hour."""
    slot = np.repeat(np.arange(first_slot, first_slot + slots), METERS)
    meter = np.tile(np.arange(1, METERS + 1), slots)
    return Rows(meter, slot, KINDS[kind](meter, slot))


def intervals(first_slot: int, slots: int) -> Rows:
    """Return readings of interval meters: those with odd numbers random, those with even ones of a steel plant."""
    random, steel = realistic(RANDOM, first_slot, slots), realistic(STEEL, first_slot, slots)
    return Rows(random.meter, random.slot, np.where(random.meter % 2, random.micro, steel.micro))


def make_registers(url: str) -> None:
    """Make registers of all meters of a database that has no reading yet."""
    with opened(url) as database, database.write() as session:
        session.connection().execute(text("UPDATE meter SET kind = 'register', interval = NULL"))


def used_micro_kwh(kind: str, rows: Rows) -> int:
    """Return what rollups must say of readings in order of time: what registers climbed by, or what intervals used."""
    if kind != REGISTER:
        return int(rows.micro.sum())
    last, first = (rows.micro[rows.slot == slot].sum() for slot in (rows.slot[-1], rows.slot[0]))
    return int(last - first)


def _thousandths(kwh: _Int) -> _Int:
    """Return thousandths of a kWh in micro-kWh."""
    micro: _Int = kwh * 1_000
    return micro


def _noise(meter: _Int, slot: _Int) -> _Int:
    """Return 63 bits that look random (splitmix64 of meter and slot)."""
    bits = (meter.astype(np.uint64) << np.uint64(32)) + slot.astype(np.uint64)
    bits = bits * np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((bits ^ (bits >> np.uint64(31))) >> np.uint64(1)).astype(np.int64)
