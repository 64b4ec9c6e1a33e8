"""Reading and changing connectors."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, delete, select

from app.models import Connector, ConnectorPull
from app.store.audit.capture import note
from app.store.sql.conflicts import DuplicateCode, NotThere, flush_new
from app.store.sql.keyset import Page, decode_cursor, in_code_order, page_of

_STARTS_ANEW = frozenset({"url", "parameters", "mapping", "next_page", "position", "since_format", "overlap_s"})


class ConnectorDisabled(ValueError):
    """A disabled connector pulls nothing."""


def connector_page(session: Session, organization_id: int, *, cursor: str | None, limit: int) -> Page[Connector]:
    """Return connectors in order of code; raises BadCursor."""
    order = in_code_order(session, Connector.code)
    query = select(Connector).where(Connector.organization_id == organization_id).order_by(order).limit(limit + 1)
    if cursor:
        query = query.where(order > decode_cursor(cursor, str)[0])
    return page_of(session.exec(query).all(), limit, lambda connector: (connector.code,))


def connector_of(session: Session, organization_id: int, code: str, *, lock: bool = False) -> Connector:
    """Return the connector `code`, with `lock` once nobody else changes it; raises NotThere."""
    query = select(Connector).where(Connector.organization_id == organization_id, Connector.code == code)
    connector = session.exec(query.with_for_update() if lock else query).one_or_none()
    if connector is None:
        raise NotThere(f"There is no connector {code!r}")
    return connector


def create_connector(session: Session, organization_id: int, values: Mapping[str, Any], *, now_ms: int) -> Connector:
    """Store a connector; raises DuplicateCode."""
    taken = select(Connector.id).where(Connector.organization_id == organization_id, Connector.code == values["code"])
    if session.exec(taken).first() is not None:
        raise DuplicateCode(f"The connector code {values['code']!r} is already taken")
    connector = Connector(**values, organization_id=organization_id, created_at=now_ms)
    session.add(connector)
    flush_new(session, "connector", connector.code)
    return connector


def change_connector(session: Session, connector: Connector, changes: Mapping[str, Any]) -> None:
    """Change a connector that is locked; a pull under way stops, and one by other rules starts at its first page."""
    for name, value in changes.items():
        setattr(connector, name, value)
    if _STARTS_ANEW & changes.keys():
        connector.page_url, connector.page_newest = None, None
    connector.lease, connector.leased_until = None, 0
    session.flush()


def ask_for_pull(session: Session, organization_id: int, code: str, *, now_ms: int) -> Connector:
    """Have a connector pull at the next occasion, whatever its schedule says; raises NotThere, ConnectorDisabled."""
    connector = connector_of(session, organization_id, code, lock=True)
    if not connector.enabled:
        raise ConnectorDisabled(f"The connector {code!r} is disabled")
    connector.next_at = min(connector.next_at, now_ms)
    session.flush()
    note(session, organization_id, "connector pull", code, after={"asked_at": now_ms})
    return connector


def delete_connector(session: Session, organization_id: int, code: str) -> None:
    """Delete a connector and the history of its pulls, not its readings; raises NotThere."""
    connector = connector_of(session, organization_id, code, lock=True)
    session.exec(delete(ConnectorPull).where(col(ConnectorPull.connector_id) == connector.id))
    session.delete(connector)
    session.flush()
