"""Power that fails below SQLite: its write-ahead log as it was synced at each moment, cut there and within each frame.

With `synchronous=FULL` a commit is answered once the log is synced up to its end. What is on the disk after a power cut
is then some beginning of the log, at least as long as at the last answer, and of a frame that was being written any
part. So the log is kept whole under a load (nothing is checkpointed), each such beginning is opened beside the database
file as it was, and what is there is compared with what had been answered when the log was so long. An example: post 3
is answered at a log of 41,240 bytes and post 4 at 53,600. Cut at 49,000, post 3 must be there, and of post 4 nothing.

A checkpoint copies pages into the database file after the log is synced and before it is begun anew. So sectors of the
file as it is after one are put, at random, among those of before, and opened beside the whole log: all must be there.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sqlalchemy import event

from app.core.inventory.meters import MeterSpec
from app.core.units.quantities import MICRO
from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from bench.lab import Backend
from faults.load import opened
from faults.place import Place
from faults.row import Row
from tests.support.bodies import Row as Posted
from tests.support.site import Site, new_site, row, stored

_POSTS, _ROWS = 40, 6
_SECTOR = 512
_HEADER, _FRAME_HEADER = 32, 24
Readings = dict[int, int]


@dataclass(frozen=True, slots=True)
class _Answer:
    """After one more post: how long the log was, and what stood."""

    log_bytes: int
    readings: Readings


@dataclass(frozen=True, slots=True)
class _Run:
    """A run: the files before it and after, the whole log of it, and its answers."""

    before: Path
    log: bytes
    after: bytes
    page_bytes: int
    meter: MeterSpec
    answers: list[_Answer]


def lost_power(place: Place, times: int) -> Iterator[Row]:
    """Cut the power `times` times within the log, and a tenth as often within a checkpoint."""
    random = Random(20261128)
    run = _ran(place, random)
    acknowledged = len(run.answers[-1].readings)
    cuts = _cuts(run, times, random)
    found = [_lost_and_half(run, run.before.read_bytes(), run.log[:cut], place.folder / "cut") for cut in cuts]
    yield _row("power lost while SQLite writes its log", "cut at frames and within them", found, acknowledged)
    torn = [_torn(run, random) for _ in range(max(1, times // 10))]
    found = [_lost_and_half(run, file, run.log, place.folder / "cut") for file in torn]
    yield _row("power lost in a checkpoint of SQLite", "sectors of before and after it", found, acknowledged)


def _row(fault: str, how: str, found: list[tuple[int, int]], acknowledged: int) -> Row:
    lost, half = (sum(each) for each in zip(*found, strict=True))
    return Row(fault, how, len(found), acknowledged, lost, half, None)


def _ran(place: Place, random: Random) -> _Run:
    """Post, correct and roll up, and keep the files of the database at each answer."""
    url = place.database(Backend.SQLITE)
    path = Path(url.removeprefix("sqlite:///"))
    with opened(url) as database:
        site = new_site(database)
        meter = site.meter()
    before = path.with_suffix(".before")  # closed: everything is in the one file
    shutil.copy(path, before)
    with opened(url) as database:
        event.listen(
            database.engine, "connect", lambda connection, _: connection.execute("PRAGMA wal_autocheckpoint=0")
        )
        with database.read() as session:
            assert session.connection().exec_driver_sql("PRAGMA synchronous").scalar() == 2
            page_bytes = int(session.connection().exec_driver_sql("PRAGMA page_size").scalar_one())
        answers = list(_answers(Site(database, site.organization_id), meter, path, random))
        log = Path(f"{path}-wal").read_bytes()
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(FULL)")
            connection.exec_driver_sql("BEGIN")
        after = path.read_bytes()
    return _Run(before, log, after, page_bytes, meter, answers)


def _answers(site: Site, meter: MeterSpec, path: Path, random: Random) -> Iterator[_Answer]:
    readings: Readings = {}
    yield _Answer(0, {})
    for post in range(_POSTS):
        places = [post * _ROWS + n for n in range(_ROWS)]
        corrected = random.sample(sorted(readings), min(2, len(readings)))
        said = {place: 1_000 * (post + 1) + n for n, place in enumerate([*places, *corrected])}
        site.post([_posted(meter, place, value) for place, value in said.items()])
        readings = readings | said
        yield _Answer(Path(f"{path}-wal").stat().st_size, readings)
        if post % 5 == 4:
            roll_pending(site.database)


def _posted(meter: MeterSpec, place: int, value: int) -> Posted:
    day, quarter = divmod(place, 96)
    return row(meter, f"2025-03-{day + 1:02}T{quarter // 4:02}:{quarter % 4 * 15:02}:00Z", value)


def _cuts(run: _Run, times: int, random: Random) -> list[int]:
    """Return where the log is cut: at frames as far as there are so many, and as often somewhere within one."""
    frame = _FRAME_HEADER + run.page_bytes
    frames = [_HEADER + frame * n for n in range((len(run.log) - _HEADER) // frame + 1)]
    chosen = random.sample(frames, min(len(frames), times // 2))
    within = [random.choice(frames[:-1]) + random.randrange(1, frame) for _ in range(times - len(chosen))]
    return [*chosen, *within]


def _torn(run: _Run, random: Random) -> bytes:
    """Return the database file with some sectors as they were before a checkpoint and some as after it."""
    before = run.before.read_bytes()
    old, new = before.ljust(len(run.after), b"\0"), run.after
    sectors = range(0, len(new), _SECTOR)
    share = random.random()
    return b"".join((new if random.random() < share else old)[at : at + _SECTOR] for at in sectors)


def _lost_and_half(run: _Run, file: bytes, log: bytes, folder: Path) -> tuple[int, int]:
    """Return how many answered readings are gone from such files, and how many are there of a post that is not whole.

    Raises AssertionError where SQLite itself finds the file damaged.
    """
    folder.mkdir()
    try:
        (folder / "esg.db").write_bytes(file)
        (folder / "esg.db-wal").write_bytes(log)
        with opened(f"sqlite:///{folder / 'esg.db'}") as database:
            there = _there(database, run.meter)
            with database.read() as session:
                assert session.connection().exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    finally:
        shutil.rmtree(folder)
    answered = max(n for n, each in enumerate(run.answers) if each.log_bytes <= len(log))
    states = [each.readings for each in run.answers[answered:]]
    if there in states:
        return 0, 0
    promised = states[0]
    lost = sum(place not in there for place in promised)
    return lost, max(1, len(there.keys() - promised.keys())) if not lost else 0


def _there(database: Database, meter: MeterSpec) -> Readings:
    first = 1_740_787_200_000  # 2025-03-01T00:00:00Z
    return {(at - first) // 900_000: value // MICRO for at, value, *_ in stored(database, meter)}
