"""The log of events: one order for every reader, whatever the order of commits."""

import threading
import time

import pytest
from sqlalchemy import text

from app.core.events import BEGINNING, BadPosition, EventKind, Position, position_from
from app.store.engine.database import Database
from app.store.inventory.organizations import delete_organization, organization_by_id
from app.store.outbox.events import (
    adopt_restored_events,
    append_event,
    events_pending,
    first_position,
    forget_events,
    latest_position,
    resumed_position,
)
from tests.support.databases import postgresql_database, postgresql_url, sqlite_database
from tests.support.event_log import numbers, read_on, tell
from tests.support.site import new_site

__all__ = ["postgresql_database", "postgresql_url", "sqlite_database"]


@pytest.fixture(params=["sqlite", "postgresql"])
def log(request: pytest.FixtureRequest) -> Database:
    """A database with an empty log, once of each kind."""
    database: Database = request.getfixturevalue(f"{request.param}_database")
    with database.write() as session:
        session.connection().execute(text("DELETE FROM event"))
    return database


def end_of(database: Database) -> Position:
    with database.read() as session:
        return latest_position(session)


def test_events_are_read_in_the_order_they_were_committed(log: Database) -> None:
    start = end_of(log)
    for number in (1, 2, 3):
        tell(log, 7, number)

    events = read_on(log, start)
    assert numbers(events) == [1, 2, 3]
    assert numbers(read_on(log, events[1].position)) == [3]
    assert numbers(read_on(log, start, limit=2)) == [1, 2]
    assert read_on(log, events[2].position) == []


def test_an_event_says_what_it_was_given(log: Database) -> None:
    start = end_of(log)
    tell(log, 7, 1, kind=EventKind.LIMITS_EXCEEDED, at_ms=5, plants={"b", "a"}, resources=[], words="ß")

    (event,) = read_on(log, start)
    assert (event.organization_id, event.kind, event.at_ms) == (7, "limits.exceeded", 5)
    assert (event.plants, event.resources) == (("a", "b"), ())
    assert event.payload == {"number": 1, "words": "ß"}
    assert position_from(event.id) == event.position


def test_a_reader_may_ask_for_one_organization_and_some_kinds(log: Database) -> None:
    start = end_of(log)
    tell(log, 7, 1)
    tell(log, 8, 2)
    tell(log, 7, 3, kind=EventKind.JOB_FAILED)

    assert numbers(read_on(log, start, organization_id=7)) == [1, 3]
    assert numbers(read_on(log, start, organization_id=7, kinds=[EventKind.JOB_FAILED])) == [3]


def test_an_event_of_a_transaction_that_fails_is_never_told(log: Database) -> None:
    start = end_of(log)
    with log.write() as session:
        append_event(session, organization_id=7, kind=EventKind.ROLLUPS_CHANGED, payload={}, at_ms=0)
        session.rollback()
    tell(log, 7, 1)

    assert numbers(read_on(log, start)) == [1]


def test_a_smaller_number_that_is_committed_later_is_not_lost(postgresql_database: Database) -> None:
    """The number is taken before the commit: the second event is committed while the first is not yet."""
    database = postgresql_database
    start = end_of(database)
    with database.write() as slow:
        append_event(slow, organization_id=7, kind=EventKind.ROLLUPS_CHANGED, payload={"number": 1}, at_ms=0)
        tell(database, 7, 2)
        seen_before = read_on(database, start)
        with database.read() as session:
            held = events_pending(session)
    seen_after = read_on(database, start)

    assert seen_before == []
    assert held
    assert numbers(seen_after) == [1, 2]
    assert seen_after[0].position.number < seen_after[1].position.number


def test_the_event_of_an_older_transaction_comes_first_whatever_its_number(postgresql_database: Database) -> None:
    """The transaction that began first writes its event last: a reader that went by numbers would see 2 before 1."""
    database = postgresql_database
    start = end_of(database)
    with database.write() as slow:
        slow.connection().execute(text("SELECT pg_current_xact_id()"))
        tell(database, 7, 2)
        append_event(slow, organization_id=7, kind=EventKind.ROLLUPS_CHANGED, payload={"number": 1}, at_ms=0)
        new_reader = end_of(database)
    events = read_on(database, start)

    assert numbers(events) == [1, 2]
    assert events[0].position.number > events[1].position.number
    assert numbers(read_on(database, new_reader)) == [1, 2], "a reader that began meanwhile misses neither"


def test_many_writers_at_once_lose_and_repeat_nothing(log: Database) -> None:
    start = end_of(log)

    def write(first: int) -> None:
        for each in range(25):
            tell(log, 7, first + each)

    writers = [threading.Thread(target=write, args=(first,)) for first in (0, 100, 200, 300)]
    for writer in writers:
        writer.start()
    seen: list[int] = []
    position = start
    end = time.monotonic() + 30
    while len(seen) < 100 and time.monotonic() < end:
        for event in read_on(log, position, limit=7):
            assert event.position > position
            position = event.position
            seen.append(event.payload["number"])
    for writer in writers:
        writer.join()

    assert sorted(seen) == [first + each for first in (0, 100, 200, 300) for each in range(25)]
    assert read_on(log, position) == []


def test_forgetting_leaves_the_last_forgettable_event_as_the_mark_of_what_is_whole(log: Database) -> None:
    tell(log, 7, 0)
    for number in (1, 2, 3, 4):
        tell(log, 7, number, at_ms=number)
    with log.write() as session:
        forgotten = forget_events(session, before_ms=3)
    events = read_on(log, BEGINNING)

    assert forgotten == 1
    assert numbers(events) == [0, 2, 3, 4]
    with log.write() as session:
        session.connection().execute(text("UPDATE event SET at = 0 WHERE at > 4"))
        assert forget_events(session, before_ms=3) == 1
        assert forget_events(session, before_ms=3) == 0
        assert first_position(session) == events[1].position


def test_what_was_told_of_a_deleted_organization_goes_with_it(log: Database) -> None:
    site = new_site(log)
    with log.read() as session:
        organization = organization_by_id(session, site.organization_id)
    assert organization is not None
    tell(log, site.organization_id, 1)
    with log.write() as session:
        delete_organization(session, organization.code)

    assert read_on(log, BEGINNING, organization_id=site.organization_id) == []


def test_a_number_is_never_given_twice_even_when_the_log_was_emptied(sqlite_database: Database) -> None:
    tell(sqlite_database, 7, 1)
    before = end_of(sqlite_database)
    with sqlite_database.write() as session:
        session.connection().execute(text("DELETE FROM event"))
    tell(sqlite_database, 7, 2)

    assert end_of(sqlite_database) == Position(0, before.number + 1)
    assert numbers(read_on(sqlite_database, before)) == [2]


def test_events_of_a_restored_database_come_before_its_new_ones(postgresql_database: Database) -> None:
    """A dump brings the numbers of transactions that the new cluster will reach in years."""
    database = postgresql_database
    far = 2**40
    with database.write() as session:
        session.connection().execute(text("DELETE FROM event"))
    for number in (1, 2):
        tell(database, 7, number)
    with database.write() as session:
        session.connection().execute(text("UPDATE event SET transaction_id = :far"), {"far": far})
        first = session.connection().execute(text("SELECT min(id) FROM event")).scalar_one()
    assert read_on(database, BEGINNING) == []

    with database.write() as session:
        assert adopt_restored_events(session) == 2
    tell(database, 7, 3)
    with database.read() as session:
        resumed = resumed_position(session, Position(far, first))

    assert numbers(read_on(database, BEGINNING)) == [1, 2, 3]
    assert numbers(read_on(database, Position(far, first))) == [2, 3]
    assert resumed == Position(0, first)


@pytest.mark.parametrize("written", ["", "7", "7-", "-7", "a-b", "1-2-3", "1-" + "9" * 19, "+1-2", "١-٢"])
def test_what_is_not_the_id_of_an_event_is_refused(written: str) -> None:
    with pytest.raises(BadPosition):
        position_from(written)
