"""Pulls of connectors: which are due, who carries one out, how far it came, and what came of it."""

from sqlalchemy import Update, func, update
from sqlmodel import Session, col, delete, select

from app.models import Connector, ConnectorPull, id_of
from app.store.operations.connectors import connector_of
from app.store.sql.keyset import Page, decode_cursor, page_of

_KEPT = 500


def due_connectors(session: Session, *, now_ms: int) -> list[int]:
    """Return the enabled connectors that are due and that nobody pulls for, the longest waiting first."""
    query = select(Connector.id).where(
        col(Connector.enabled), Connector.next_at <= now_ms, Connector.leased_until <= now_ms
    )
    return [found for found in session.exec(query.order_by(col(Connector.next_at))) if found is not None]


def lease_connector(session: Session, connector_id: int, lease: str, *, until_ms: int, now_ms: int) -> Connector | None:
    """Take the right to pull for a connector that is due; None when another process has it."""
    free = (
        col(Connector.id) == connector_id,
        col(Connector.enabled),
        col(Connector.next_at) <= now_ms,
        col(Connector.leased_until) <= now_ms,
    )
    taken = update(Connector).where(*free).values(lease=lease, leased_until=until_ms)
    if session.connection().execute(taken).rowcount == 0:
        return None
    return session.get(Connector, connector_id, populate_existing=True)


def keep_place(
    session: Session, connector_id: int, lease: str, *, page_url: str | None, page_newest: int | None, until_ms: int
) -> bool:
    """Note the page that follows those taken; False when the connector was changed or taken over, so to stop."""
    place = _held(connector_id, lease).values(page_url=page_url, page_newest=page_newest, leased_until=until_ms)
    return session.connection().execute(place).rowcount == 1


def finish_pull(
    session: Session, pull: ConnectorPull, lease: str, *, position: int | None, next_at: int, begin_anew: bool
) -> None:
    """Record a pull and when the next is due; a connector that was changed meanwhile keeps its own place.

    `begin_anew` forgets which page was to follow.
    """
    session.add(pull)
    session.flush()
    values = {"position": position, "next_at": next_at, "lease": None, "leased_until": 0}
    values["failures"] = 0 if pull.error is None else Connector.failures + 1
    if begin_anew:
        values |= {"page_url": None, "page_newest": None}
    session.connection().execute(_held(pull.connector_id, lease).values(**values))
    _forget_oldest(session, pull.connector_id)


def pull_page(
    session: Session, organization_id: int, code: str, *, cursor: str | None, limit: int
) -> Page[ConnectorPull]:
    """Return a connector's pulls, newest first; raises NotThere, BadCursor."""
    connector = connector_of(session, organization_id, code)
    query = select(ConnectorPull).where(ConnectorPull.connector_id == connector.id)
    query = query.order_by(col(ConnectorPull.id).desc()).limit(limit + 1)
    if cursor:
        query = query.where(col(ConnectorPull.id) < decode_cursor(cursor, int)[0])
    return page_of(session.exec(query).all(), limit, lambda pull: (id_of(pull),))


def newest_pulls(session: Session, organization_id: int) -> dict[str, ConnectorPull]:
    """Return the newest pull of each of an organization's connectors that was ever pulled, by the connector's code."""
    newest = select(func.max(ConnectorPull.id)).join(Connector, col(ConnectorPull.connector_id) == col(Connector.id))
    ids = newest.where(Connector.organization_id == organization_id).group_by(col(ConnectorPull.connector_id))
    query = select(Connector.code, ConnectorPull).join(Connector, col(ConnectorPull.connector_id) == col(Connector.id))
    return dict(session.exec(query.where(col(ConnectorPull.id).in_(ids))).all())


def _forget_oldest(session: Session, connector_id: int) -> None:
    ours = col(ConnectorPull.connector_id) == connector_id
    oldest_kept = select(ConnectorPull.id).where(ours).order_by(col(ConnectorPull.id).desc()).offset(_KEPT).limit(1)
    if (last := session.exec(oldest_kept).first()) is not None:
        session.exec(delete(ConnectorPull).where(ours, col(ConnectorPull.id) <= last))


def _held(connector_id: int, lease: str) -> Update:
    return update(Connector).where(col(Connector.id) == connector_id, col(Connector.lease) == lease)
