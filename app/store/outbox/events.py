"""The durable log of events: written in the transaction that causes them, read by everybody in one order.

Numbers are not commit order: a writer with a smaller number may commit after one with a greater. On PostgreSQL
events are therefore ordered by (writing transaction, number), and only those of transactions older than every
running one are read: nothing can appear before them any more. On SQLite writers take turns, so numbers are enough.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, func, literal_column, select, text, tuple_
from sqlmodel import Session, col

from app.core.events import BEGINNING, Event, EventKind, Position
from app.models import (
    Organization,
    closed_month_table,
    event_table,
    figure_mark_table,
    shown_figures_table,
    told_issue_table,
)

CHANNEL = "esg_event"
"""Where PostgreSQL notifies listeners that an event was committed: a wake-up only, never the news itself."""

_LAST_NUMBER = 2**63 - 1
_HORIZON: ColumnElement[int] = literal_column("CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")
_NEXT: ColumnElement[int] = literal_column("CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)")
_WRITING: ColumnElement[int] = literal_column("CAST(CAST(pg_current_xact_id() AS text) AS bigint)")


def append_event(
    session: Session,
    *,
    organization_id: int,
    kind: EventKind,
    payload: Mapping[str, Any],
    at_ms: int,
    plants: Collection[str] | None = None,
    resources: Collection[str] | None = None,
) -> None:
    """Append an event to the writing transaction of `session`: it is told when, and only when, that commits.

    `payload` is JSON without floats (write numbers that must be exact as strings); `at_ms` is UTC. `plants` (codes)
    and `resources` (keys) say what it concerns, for filters; None means that it may concern any.
    """
    values = {
        "organization_id": organization_id,
        "kind": str(kind),
        "at": at_ms,
        "plants": None if plants is None else sorted(plants),
        "resources": None if resources is None else sorted(resources),
        "payload": dict(payload),
    }
    statement = event_table.insert()
    if _is_sqlite(session):
        session.connection().execute(statement.values(transaction_id=0, **values))
        return
    told = statement.values(transaction_id=_WRITING, **values).returning(func.pg_notify(CHANNEL, ""))
    session.connection().execute(told).all()


def append_to_every_organization(session: Session, *, kind: EventKind, payload: Mapping[str, Any], at_ms: int) -> None:
    """Append an event that concerns the whole service, once for each organization."""
    for organization_id in session.connection().execute(select(col(Organization.id))).scalars():
        append_event(session, organization_id=organization_id or 0, kind=kind, payload=payload, at_ms=at_ms)


def events_after(
    session: Session,
    position: Position,
    *,
    organization_id: int | None = None,
    kinds: Collection[EventKind] | None = None,
    limit: int = 500,
) -> list[Event]:
    """Return up to `limit` committed events after `position` in order, those of one organization or kind if asked.

    A reader that goes on from the last one's position sees every event exactly once, whatever order they were
    committed in. On PostgreSQL a transaction that runs for long holds back what was written after it began.
    """
    statement = _rows()
    if _is_sqlite(session):
        statement = statement.where(event_table.c.transaction_id == 0, event_table.c.id > position.number)
    else:
        resumed = resumed_position(session, position)
        place = tuple_(event_table.c.transaction_id, event_table.c.id)
        statement = statement.where(place > tuple_(resumed.transaction, resumed.number))
        statement = statement.where(event_table.c.transaction_id < _HORIZON)
    if organization_id is not None:
        statement = statement.where(event_table.c.organization_id == organization_id)
    if kinds is not None:
        statement = statement.where(event_table.c.kind.in_([str(kind) for kind in kinds]))
    return [_event(row) for row in session.connection().execute(statement.limit(limit))]


def latest_position(session: Session) -> Position:
    """Return the position after which everything that is not readable yet will stand: where a new reader begins."""
    if not _is_sqlite(session):
        horizon = session.connection().execute(select(_HORIZON)).scalar_one()
        return Position(horizon - 1, _LAST_NUMBER)
    used = session.connection().execute(text("SELECT seq FROM sqlite_sequence WHERE name = 'event'")).scalar()
    return Position(0, used or 0)


def events_pending(session: Session) -> bool:
    """Tell whether committed events wait for an older transaction to end before they can be read."""
    if _is_sqlite(session):
        return False
    held = select(event_table.c.id).where(event_table.c.transaction_id >= _HORIZON).limit(1)
    return session.connection().execute(held).first() is not None


def first_position(session: Session) -> Position:
    """Return the position before which events may have been forgotten; BEGINNING while none has."""
    row = session.connection().execute(_rows().limit(1)).first()
    return BEGINNING if row is None or row.id == 1 else _event(row).position


def forget_events(session: Session, *, before_ms: int) -> int:
    """Delete the events that were written before `before_ms`, except the last of them; return how many.

    What stays marks from where on the log is whole, see `first_position`.
    """
    old = event_table.c.at < before_ms
    last = _rows().where(old).order_by(None).order_by(event_table.c.transaction_id.desc(), event_table.c.id.desc())
    row = session.connection().execute(last.limit(1)).first()
    if row is None:
        return 0
    return session.connection().execute(delete(event_table).where(old, event_table.c.id != row.id)).rowcount


def forget_organization(session: Session, organization_id: int) -> None:
    """Delete what was told of an organization that goes, whose database key another may be given one day."""
    for table in (event_table, figure_mark_table, shown_figures_table, told_issue_table, closed_month_table):
        session.connection().execute(delete(table).where(table.c.organization_id == organization_id))


def adopt_restored_events(session: Session) -> int:
    """Put events of another PostgreSQL cluster, found after a restore, before all of this one's; return how many.

    Their transactions have numbers that this cluster has not reached, so no reader would ever get to them.
    """
    if _is_sqlite(session):
        return 0
    foreign = event_table.c.transaction_id >= _NEXT
    return session.connection().execute(event_table.update().where(foreign).values(transaction_id=0)).rowcount


def resumed_position(session: Session, position: Position) -> Position:
    """Return where a reader goes on that brings a position from elsewhere, see `adopt_restored_events`.

    A position of this database is returned as it is.
    """
    if _is_sqlite(session):
        return Position(0, min(position.number, latest_position(session).number))
    following = session.connection().execute(select(_NEXT)).scalar_one()
    return position if position.transaction < following else Position(0, position.number)


def _rows() -> Select[Any]:
    table = event_table.c
    columns: Iterable[Any] = (
        table.id, table.transaction_id, table.organization_id, table.kind, table.at,
        table.plants, table.resources, table.payload,
    )  # fmt: skip
    return select(*columns).order_by(table.transaction_id, table.id)


def _event(row: Row[Any]) -> Event:
    return Event(
        position=Position(row.transaction_id, row.id),
        organization_id=row.organization_id,
        kind=row.kind,
        at_ms=row.at,
        plants=None if row.plants is None else tuple(row.plants),
        resources=None if row.resources is None else tuple(row.resources),
        payload=row.payload,
    )


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
