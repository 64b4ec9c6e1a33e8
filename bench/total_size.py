"""What a page, a post and an annual figure cost by how much the database holds, to a thousand million readings.

Twenty meters have a year of quarter hours, in pages and rollups as the service writes them. Everything else is copies
of those rows under other organizations and meters, made by the database itself: nobody asks for them, but every table
and index has their size.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from sqlalchemy import text

from app.core.readings.batches import LANES
from app.core.readings.columns import NO_START
from app.core.readings.versions import StoredColumns
from app.disclosure.figures.books import open_books
from app.disclosure.live.disclosure import figures_of
from app.ingest.writing.intake import IngestOptions, ingest_readings
from app.rollup.rolling.roller import rebuild
from app.store.engine.database import Database
from app.store.pages.page_cache import cache_of
from app.store.pages.page_writing import insert_pages
from app.store.pages.reading_pages import FIELDS
from app.store.readings.folding import cut
from app.store.readings.standing import standing_of
from bench.figures import Line, Spread, expect, ratios, spread
from bench.inventory import ORGANIZATION
from bench.lab import Backend, Lab, opened, scalar
from bench.rows import START_MS, meter_code
from bench.sizes import Sizes

_METERS, _SLOTS, _SLOT_MS = 20, 35_040, 900_000
_COPIED, _PAGES_COPIED = _METERS * _SLOTS, _METERS * 23
_ROUNDS = 15
_PAGE_COLUMNS = FIELDS.split(", ")
_SERIES = {
    Backend.POSTGRESQL: "SELECT generate_series({first}, {last}) AS k",
    Backend.SQLITE: "WITH RECURSIVE s(k) AS (VALUES({first}) UNION ALL SELECT k + 1 FROM s WHERE k < {last}) "
    "SELECT k FROM s",
}


@dataclass(frozen=True, slots=True)
class _Held:
    """A database with copies of the year, and how many readings they are."""

    database: Database
    backend: Backend
    copies: int

    @property
    def note(self) -> str:
        return f"{(self.copies + 1) * _COPIED:,} readings, {(self.copies + 1) * _PAGES_COPIED:,} pages"


def total_size(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield milliseconds at each size, all sizes in turn, with the ratio to the smallest, and megabytes of tables."""
    for backend in Backend:
        with ExitStack() as stack:
            held = [_holding(stack, lab, backend, readings) for readings in sizes.total_readings]
            for subject, work in _ASKED.items():
                yield from _in_turn(held, subject, work)
            if backend is Backend.POSTGRESQL:
                for each in held:
                    yield from _sizes(each)


def _holding(stack: ExitStack, lab: Lab, backend: Backend, readings: int) -> _Held:
    held = _Held(stack.enter_context(opened(lab.metered(backend))), backend, max(1, readings // _COPIED - 1))
    _first_year(held.database)
    _copy(held)
    return held


def _in_turn(held: Sequence[_Held], subject: str, work: Callable[[_Held, int], object]) -> Iterator[Line]:
    taken: list[list[float]] = [[] for _ in held]
    for number in range(_ROUNDS + 2):
        for each, times in zip(held, taken, strict=True):
            started = time.perf_counter()
            work(each, number)
            times.append((time.perf_counter() - started) * 1_000)
    for each, times in zip(held, taken, strict=True):
        ratio = None if each is held[0] else ratios(times[2:], taken[0][2:])
        yield Line(subject, each.backend, spread(times[2:]), "ms", ratio, "the smallest", note=each.note)


def _sizes(held: _Held) -> Iterator[Line]:
    for table in ("reading_page", "rollup"):
        for what in ("table", "indexes"):
            size = scalar(held.database, f"SELECT pg_{what}_size(CAST(:name AS regclass))", name=table)
            yield Line(f"{table}, {what}", held.backend, spread([size / 1e6]), "MB", note=held.note)
    subject = "vacuum after a page in a hundred was deleted"
    yield Line(subject, held.backend, _vacuum(held.database), "ms", note=held.note)


def _year(meter: int, first_slot: int, slots: int) -> StoredColumns:
    rng = np.random.default_rng(meter * 1_000 + first_slot)
    at = START_MS + np.arange(first_slot, first_slot + slots, dtype=np.int64) * _SLOT_MS
    return StoredColumns(
        meter=np.full(slots, meter, dtype=np.int32),
        at=at,
        value=rng.integers(0, 1 << 14, slots) * 10_000,
        quality=np.ones(slots, dtype=np.int16),
        start=np.full(slots, NO_START, dtype=np.int64),
        revision=np.ones(slots, dtype=np.int16),
        batch=((at // 86_400_000 * 86_400_000) << 20) + LANES,
    )


def _first_year(database: Database) -> None:
    with database.write() as session:
        for meter in range(1, _METERS + 1):
            insert_pages(session, 1, list(cut(_year(meter, 0, _SLOTS))))
    rebuild(database, list(range(1, _METERS + 1)))


def _copy(held: _Held) -> None:
    """Copy the year's pages and rollups under other organizations and meters."""
    with held.database.read() as session:
        columns = list(session.connection().execute(text("SELECT * FROM rollup LIMIT 1")).keys())
    of_pages = _moved(_PAGE_COLUMNS, {"organization_id": "1 * k", "meter_id": "1000 * k"})
    of_rollups = _moved(columns, {"organization_id": "1 * k", "meter_id": "1000 * k"})
    for begin in range(1, held.copies + 1, 50):
        series = _SERIES[held.backend].format(first=begin, last=min(begin + 49, held.copies))
        with held.database.write() as session:
            for table, moved, which in (
                ("reading_page", of_pages, "organization_id = 1"),
                ("rollup", of_rollups, f"meter_id <= {_METERS}"),
            ):
                statement = f"INSERT INTO {table} {moved.format(table=table, series=series)} WHERE {which}"
                session.connection().exec_driver_sql(statement)
    if held.backend is Backend.POSTGRESQL:
        for table in ("reading_page", "rollup"):
            _vacuumed(held.database, f"(ANALYZE) {table}")


def _moved(columns: Sequence[str], added: dict[str, str]) -> str:
    values = ", ".join(f"{name} + {added[name]}" if name in added else name for name in columns)
    return f"({', '.join(columns)}) SELECT {values} FROM {{table}}, ({{series}}) AS series"


def _vacuumed(database: Database, what: str) -> float:
    """Vacuum a table and return the milliseconds."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        started = time.perf_counter()
        connection.exec_driver_sql(f"VACUUM {what}")
        return (time.perf_counter() - started) * 1_000


_behind = count(1)
"""Counts pages and posts, each of which lies behind all before."""


def _write_pages(held: _Held, number: int) -> None:
    """Write, in one transaction, a page for one meter of each of twenty organizations."""
    rng = np.random.default_rng(number)
    with held.database.write() as session:
        for organization in rng.integers(2, held.copies + 2, 20).tolist():
            meter = int(rng.integers(1, _METERS + 1)) + 1_000 * (organization - 1)
            insert_pages(session, organization, [_year(meter, _SLOTS + next(_behind) * 1_536, 1_536)])


def _read_pages(held: _Held, number: int) -> None:
    cache_of(held.database.engine)._pages.clear()
    with held.database.read() as session:
        for meter in range(1, _METERS + 1):
            first = START_MS + (number * 1_000 + meter) * _SLOT_MS
            expect(len(standing_of(session, 1, meter, first, first + 95 * _SLOT_MS)), 96, "a day of quarter hours")


def _post(held: _Held, number: int) -> None:
    stamp = START_MS + (_SLOTS + next(_behind)) * _SLOT_MS
    at = np.datetime64(stamp, "ms")
    body = "".join(f"{meter_code(meter)},{at}Z,1.5\n" for meter in range(1, 1_001))
    outcome = ingest_readings(
        held.database,
        organization_id=1,
        key_code=None,
        body=f"meter,timestamp,value\n{body}".encode(),
        content_type="text/csv",
        content_encoding=None,
        limit_bytes=1 << 27,
        options=IngestOptions(),
        now_ms=stamp,
    )
    expect(outcome.inserted, 1_000, "readings of a post")


def _annual(held: _Held, number: int) -> None:
    with held.database.read() as session:
        books = open_books(session, organization=ORGANIZATION, framework="hkex-2020", year=_FIRST_YEAR, plant=None)
        figures_of(books, _FIRST_YEAR)


_FIRST_YEAR: Any = int(np.datetime64(START_MS, "ms").astype("datetime64[Y]").astype(int)) + 1970


def _vacuum(database: Database) -> Spread:
    with database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM reading_page WHERE organization_id > 1 AND id %% 100 = 7")
    return spread([_vacuumed(database, "reading_page")])


_ASKED: dict[str, Callable[[_Held, int], object]] = {
    "20 pages written": _write_pages,
    "20 pages found and read": _read_pages,
    "a post of 1,000 new readings": _post,
    "the annual table": _annual,
}
