"""How fast a meter's year leaves as CSV, and a year's hours of 100 meters as rollups."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import numpy as np

from bench.beside import Contender, Found, contender
from bench.client import READINGS
from bench.figures import Goal, Line, expect
from bench.fill import history, hole
from bench.inventory import PLANTS
from bench.lab import Backend, Lab
from bench.rows import START_MS, STEP_MS, Rows, by_meter, instant, joined, meter_code
from bench.serving import KEY
from bench.sizes import METERS, Sizes
from bench.totals import ROLLUPS, added, pages

_METER = METERS // 2
_PLANT = 1
_CSV_GOAL, _HOURS_GOAL = Goal(5, 10), Goal(10, 20)


def export(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield rows a second of the CSV and hours a second of the rollups, every row and their sum checked."""
    for backend in Backend:
        rows = Found(f"one meter's {sizes.year_slots // 96} days as CSV", "rows/s")
        hours = Found(f"their hours, {METERS // PLANTS} meters", "hours/s")
        with ExitStack() as stack:
            served = []
            for build in lab.builds:
                url = history(lab, backend, sizes.year_slots, build)
                served.append(stack.enter_context(contender(lab, build, url)))
            for round_number in range(sizes.rounds + 1):
                for each in served:
                    rate = _csv(each, sizes.year_slots)
                    if round_number:
                        rows.builds[each.name].append(rate)
            for _ in range(sizes.hours_rounds):
                for each in served:
                    hours.builds[each.name].append(_hours(each, sizes.year_slots))
        yield from rows.lines_to_today(backend, goal=_CSV_GOAL)
        yield from hours.lines_to_today(backend, goal=_HOURS_GOAL, note="pages of 1,000")


def _csv(server: Contender, slots: int) -> float:
    """Read a meter's readings of the history and return rows a second."""
    address = f"http://127.0.0.1:{server.server.port}"
    headers = {"X-API-Key": KEY, "Accept": "text/csv"}
    with httpx.Client(base_url=address, headers=headers, timeout=300, trust_env=False, verify=False) as client:  # noqa: S501
        started = time.perf_counter()
        answer = client.get(f"{READINGS}?meter={meter_code(_METER)}&{_until(slots)}")
        seconds = time.perf_counter() - started
    answer.raise_for_status()
    head, *lines = answer.text.splitlines()
    place = head.split(",").index("value")
    wanted = _stored(_METER, slots)
    found = sum(round(float(line.split(",")[place]) * 1_000) for line in lines)
    expect((len(lines), found * 1_000), (len(wanted), int(wanted.micro.sum())), "the meter's rows and their sum")
    return len(lines) / seconds


def _hours(server: Contender, slots: int) -> float:
    """Read the hours of a plant's meters page by page and return hours a second."""
    connection = server.server.connect()
    started = time.perf_counter()
    bodies = list(pages(connection, f"{ROLLUPS}?grain=hour&plant=plant{_PLANT}&{_until(slots)}&limit=1000"))
    seconds = time.perf_counter() - started
    wanted = joined([_stored(meter, slots) for meter in range(_PLANT, METERS + 1, PLANTS)])
    expect(added(bodies), (len(wanted), int(wanted.micro.sum())), "the hours' readings and their sum")
    return (METERS // PLANTS) * slots / 4 / seconds


def _until(slots: int) -> str:
    """Return the filter for the history alone, since other measurements add days to it."""
    return f"end={instant(START_MS + slots * STEP_MS)}"


def _stored(meter: int, slots: int) -> Rows:
    """Return the rows of a meter that a history has."""
    rows = by_meter(0, slots, meter, 1)
    kept = np.asarray(rows.slot != hole(slots))
    return Rows(rows.meter[kept], rows.slot[kept], rows.micro[kept])
