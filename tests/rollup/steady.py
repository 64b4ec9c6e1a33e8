"""Registers that count steadily, as nearly all do, with something now and then that has to be explained."""

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

QUARTER_MS = 900_000
DEFINITIONS: tuple[Mapping[str, Any], ...] = (
    {},
    {},
    {"max_rate": "1000"},
    {"annual_expectation": "100000"},
    {"register_modulus": "100000"},
    {"dip_tolerance": "5"},
    {"plausibility": "off"},
    {"register_direction": "down"},
    {"register_direction": "net"},
    {"register_direction": "net", "register_modulus": "100000", "max_rate": "1000"},
)
_HABITS = ([4], [0, 0, 0, 1], [0, 0, 0, 0, 0, 40], [1, 2, 3, 4, 5], [0, 1, 30, 30, 400], [7_000, 6_000])
"""What is counted from one reading to the next: always alike, in pulses, with machines that start and stop."""

_STEPS_MS = (QUARTER_MS, QUARTER_MS, 3_600_000, 86_400_000, 1_000)
_ODD = ("fall", "spike", "zero", "jump", "estimate", "silence", "same", "dip")


def readings(random: Random, count: int, *, begin_ms: int, odd: float = 0.0) -> Iterator[tuple[int, int, str]]:
    """Yield UTC ms, micro-units and quality of a register that counts up; `odd` is the share of strange readings."""
    habit, step_ms = random.choice(_HABITS), random.choice(_STEPS_MS)
    at, shown = begin_ms + random.choice([0, 0, 1, 450_000, 999]), random.choice([0, 5_000_000, 90_000_000_000])
    for _ in range(count):
        if random.random() < 0.02:
            habit = random.choice(_HABITS)
        at += step_ms if random.random() < 0.9 else random.choice([1, 999, step_ms // 3 + 1, 5 * step_ms])
        shown += random.choice(habit) * 1_000_000
        quality, value = random.choice(["measured"] * 6 + ["estimated", "manual"]), shown
        if random.random() < odd:
            strange = random.choice(_ODD)
            if strange == "fall":
                value = shown = shown // 2
            elif strange == "jump":
                value = shown = shown + 90_000_000_000
            elif strange == "silence":
                at += 1_101 * 86_400_000
            elif strange == "estimate":
                value, quality = shown + 50_000_000, "estimated"
            else:
                value = {"spike": shown + 800_000_000, "zero": 0, "same": shown, "dip": shown - 3_000_000}[strange]
        yield at, value, quality
