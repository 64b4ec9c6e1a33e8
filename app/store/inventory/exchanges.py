"""Exchanges of register instruments: kept, listed, withdrawn, and read by the roller."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from app.core.inventory.exchanges import Exchange
from app.core.readings.batches import end_of_ms
from app.core.readings.beliefs import Belief
from app.models import Exchange as ExchangeRow
from app.store.sql.conflicts import DuplicateCode, NotThere
from app.store.sql.keyset import Page, decode_cursor, page_of

_METERS_A_STATEMENT = 10_000


def exchanges_of(session: Session, organization_id: int, meter_id: int, *, belief: Belief = None) -> list[Exchange]:
    """Return a meter's exchanges in order of instant, as believed now or then; they are not amended with readings."""
    query = select(ExchangeRow).where(*_of(organization_id, meter_id)).order_by(col(ExchangeRow.at))
    withdrawn_by = col(ExchangeRow.withdrawn_by)
    if not isinstance(belief, int):
        query = query.where(withdrawn_by.is_(None))
    else:
        end = end_of_ms(belief)
        query = query.where(col(ExchangeRow.batch_id) < end, withdrawn_by.is_(None) | (withdrawn_by >= end))
    return [Exchange(row.at, row.final_value, row.first_value) for row in session.exec(query)]


def exchange_instants(session: Session, organization_id: int, meter_ids: Sequence[int]) -> dict[int, list[int]]:
    """Return the instants (UTC ms) of the exchanges that stand, by meter; those without any are absent."""
    found: dict[int, list[int]] = defaultdict(list)
    for start in range(0, len(meter_ids), _METERS_A_STATEMENT):
        some = col(ExchangeRow.meter_id).in_(meter_ids[start : start + _METERS_A_STATEMENT])
        query = select(col(ExchangeRow.meter_id), col(ExchangeRow.at)).where(some)
        query = query.where(
            col(ExchangeRow.organization_id) == organization_id, col(ExchangeRow.withdrawn_by).is_(None)
        )
        for meter_id, at in session.connection().execute(query):
            found[meter_id].append(at)
    return dict(found)


def exchange_page(
    session: Session, organization_id: int, meter_id: int, *, cursor: str | None, limit: int
) -> Page[ExchangeRow]:
    """Return the exchanges that stand, in order of instant; raises BadCursor."""
    query = (
        select(ExchangeRow)
        .where(*_of(organization_id, meter_id), col(ExchangeRow.withdrawn_by).is_(None))
        .order_by(col(ExchangeRow.at))
        .limit(limit + 1)
    )
    if cursor:
        query = query.where(ExchangeRow.at > decode_cursor(cursor, int)[0])
    return page_of(list(session.exec(query)), limit, lambda row: (row.at,))


def insert_exchange(session: Session, exchange: ExchangeRow) -> None:
    """Insert an exchange; raises DuplicateCode when one stands at its instant."""
    if _standing(session, exchange.organization_id, exchange.meter_id, exchange.at) is not None:
        raise DuplicateCode("An exchange is already stated for this instant; withdraw it first")
    session.add(exchange)
    session.flush()


def withdraw_exchange(session: Session, organization_id: int, meter_id: int, at: int, *, batch: int) -> None:
    """Let the exchange at an instant no longer stand; raises NotThere."""
    row = _standing(session, organization_id, meter_id, at)
    if row is None:
        raise NotThere("There is no exchange at this instant")
    row.withdrawn_by = batch
    session.flush()


def _standing(session: Session, organization_id: int, meter_id: int, at: int) -> ExchangeRow | None:
    query = select(ExchangeRow).where(*_of(organization_id, meter_id), ExchangeRow.at == at)
    return session.exec(query.where(col(ExchangeRow.withdrawn_by).is_(None))).one_or_none()


def _of(organization_id: int, meter_id: int) -> tuple[ColumnElement[bool], ...]:
    return col(ExchangeRow.organization_id) == organization_id, col(ExchangeRow.meter_id) == meter_id
