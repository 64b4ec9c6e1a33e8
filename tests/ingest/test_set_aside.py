"""An arrival that cannot be entered is set aside, told of and kept; all else goes on, in its organization too."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text

from app.commands.set_aside import print_set_aside, retry_all
from app.core.events import BEGINNING, EventKind
from app.models import arrival_set_aside_table
from app.rollup.rolling.roller import roll_pending
from app.store.arrivals.entered import entered
from app.store.arrivals.packed import UnreadableArrival, pack, unpack
from app.store.engine.database import Database
from app.store.outbox.events import events_after
from app.store.readings.set_aside import count_set_aside
from tests.support.elsewhere import another_process, waiting
from tests.support.site import Site, counts, later_ms, new_site, row, stored

T1, T2, T3 = "2021-03-01T00:00:00Z", "2021-03-01T00:15:00Z", "2021-03-01T00:30:00Z"


def damage(site: Site, content: bytes | None = b"\xc1 no MessagePack") -> bytes:
    """Damage the organization's newest arrival; return what it was."""
    newest = "organization_id = :id AND number = (SELECT max(number) FROM arrival WHERE organization_id = :id)"
    with site.database.write() as session:
        connection = session.connection()
        parameters = {"id": site.organization_id}
        before: bytes = connection.execute(text(f"SELECT content FROM arrival WHERE {newest}"), parameters).scalar_one()
        damaging = text(f"UPDATE arrival SET content = :content WHERE {newest}")
        connection.execute(damaging, parameters | {"content": content})
    return bytes(before)


def aside(site: Site) -> list[tuple[Any, ...]]:
    """Return (number, rows, reason) of what is set aside of the organization."""
    table = arrival_set_aside_table.c
    statement = select(table.number, table.rows, table.reason).where(table.organization_id == site.organization_id)
    with site.database.read() as session:
        return [tuple(each) for each in session.connection().execute(statement.order_by(table.number))]


def values(site: Site, meter: Any) -> list[int]:
    with entered(site.database, site.organization_id):
        return [each[1] for each in stored(site.database, meter)]


def test_another_organization_reads_and_is_rolled_up_beside_a_damaged_arrival(site: Site) -> None:
    other = new_site(site.database)
    mine, theirs = site.meter(), other.meter()
    site.post([row(mine, T1, 1)], now_ms=later_ms())
    damage(site)
    other.post([row(theirs, T1, 5)], now_ms=later_ms())
    assert values(other, theirs) == [5_000_000]
    roll_pending(site.database)
    assert [(number, rows) for number, rows, _ in aside(site)] == [(1, 1)]
    assert aside(other) == []


def test_reading_enters_what_arrived_of_the_own_organization_alone(site: Site) -> None:
    other = new_site(site.database)
    mine, theirs = site.meter(), other.meter()
    site.post([row(mine, T1, 1)], now_ms=later_ms())
    other.post([row(theirs, T1, 5)], now_ms=later_ms())
    with entered(site.database, site.organization_id):
        assert waiting(site) == 0
        assert waiting(other) == 1


@pytest.mark.parametrize("how", ["roller", "reader", "another process's post"])
def test_the_rest_of_the_organization_goes_on_and_the_lost_rows_are_new_when_sent_again(site: Site, how: str) -> None:
    meter = site.meter()
    site.post([row(meter, T1, 1)], now_ms=later_ms())
    site.post([row(meter, T2, 2)], now_ms=later_ms())
    damage(site)
    site.post([row(meter, T3, 3)], now_ms=later_ms())
    if how == "roller":
        roll_pending(site.database)
    elif how == "reader":
        values(site, meter)
    else:
        with another_process(site) as elsewhere:
            assert counts(elsewhere.post([row(meter, T1, 1)], now_ms=later_ms())) == (0, 0, 1)
    assert values(site, meter) == [1_000_000, 3_000_000]
    assert [rows for _, rows, _ in aside(site)] == [1]
    assert counts(site.post([row(meter, T2, 2), row(meter, T3, 3)], now_ms=later_ms())) == (1, 0, 1)
    roll_pending(site.database)
    assert values(site, meter) == [1_000_000, 2_000_000, 3_000_000]


def test_who_remembers_what_another_process_has_set_aside_is_told_to_forget_it(site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, T1, 1)], now_ms=later_ms())
    damage(site)
    with another_process(site) as elsewhere:
        assert counts(elsewhere.post([row(meter, T2, 2)], now_ms=later_ms())) == (1, 0, 0)
    assert counts(site.post([row(meter, T1, 1)], now_ms=later_ms())) == (1, 0, 0)
    assert values(site, meter) == [1_000_000, 2_000_000]


def test_a_correction_of_a_reading_that_was_set_aside_stands(site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, T1, 1)], now_ms=later_ms())
    damage(site)
    assert counts(site.post([row(meter, T1, 7)], now_ms=later_ms())) == (0, 1, 0)
    site.post([row(meter, T2, 2)], now_ms=later_ms())
    roll_pending(site.database)
    assert values(site, meter) == [7_000_000, 2_000_000]
    (reason,) = [reason for _, _, reason in aside(site)]
    assert reason.startswith("it cannot be read: ")


def test_what_was_sent_again_meanwhile_is_not_entered_a_second_time(site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, T1, 1), row(meter, T2, 2)], now_ms=later_ms())
    content = damage(site)
    roll_pending(site.database)
    assert counts(site.post([row(meter, T2, 3)], now_ms=later_ms())) == (1, 0, 0)
    with site.database.write() as session:
        mended = arrival_set_aside_table.update().where(arrival_set_aside_table.c.rows == 2).values(content=content)
        session.connection().execute(mended)
    retry_all(site.database)
    assert values(site, meter) == [3_000_000]
    assert [rows for _, rows, _ in aside(site)] == [2]


def test_it_is_told_of_and_comes_back_whole(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    with site.database.write() as session:
        session.connection().execute(text("DELETE FROM arrival_set_aside"))
    meter = site.meter()
    site.post([row(meter, T1, 1), row(meter, T2, 2)], now_ms=later_ms())
    content = damage(site)
    roll_pending(site.database)
    with site.database.read() as session:
        assert count_set_aside(session) == 1
        (told,) = events_after(
            session, BEGINNING, organization_id=site.organization_id, kinds=[EventKind.ARRIVAL_SET_ASIDE]
        )
    assert (told.payload["number"], told.payload["part"], told.payload["rows"]) == (1, 0, 2)
    assert told.payload["reason"].startswith("it cannot be read: ")
    assert not retry_all(site.database)
    assert ".0: 2 rows, since 20" in capsys.readouterr().out
    assert len(aside(site)) == 1
    with site.database.write() as session:
        mended = arrival_set_aside_table.update().values(content=content)
        session.connection().execute(mended)
    assert retry_all(site.database)
    assert values(site, meter) == [1_000_000, 2_000_000]
    print_set_aside(site.database)
    assert capsys.readouterr().out.endswith("0 arrivals are set aside.\n")
    assert counts(site.post([row(meter, T1, 1), row(meter, T2, 3)], now_ms=later_ms())) == (0, 1, 1)


@pytest.fixture
def breaking() -> Iterator[None]:
    """A database that fails while something is entered."""

    def fail(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("INSERT INTO entered"):
            raise OSError("the disk is full")

    event.listen(Engine, "before_cursor_execute", fail)
    yield
    event.remove(Engine, "before_cursor_execute", fail)


def test_what_the_database_cannot_do_sets_nothing_aside(site: Site, breaking: None) -> None:
    meter = site.meter()
    site.post([row(meter, T1, 1)], now_ms=later_ms())
    with pytest.raises(OSError, match="full"), entered(site.database, site.organization_id):
        pass
    assert waiting(site) == 1
    assert aside(site) == []


def test_bytes_whose_parts_do_not_fit_are_no_arrival(site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, T1, 1), row(meter, T2, 2)], now_ms=later_ms())
    whole = damage(site)
    arrival = unpack(whole)
    assert pack(arrival) == whole
    for broken in (b"", whole[:-1], whole[:40], whole.replace(arrival.new.at.tobytes(), arrival.new.at.tobytes()[:8])):
        with pytest.raises(UnreadableArrival):
            unpack(broken)


def test_a_database_without_arrivals_settles_nothing(sqlite_database: Database) -> None:
    site = new_site(sqlite_database)
    with entered(site.database, "no such organization"):
        assert aside(site) == []
