"""Calorific values and densities, shipped and own: what turns metered fuel into energy, volume and mass."""

from functools import partial
from typing import Annotated

from fastapi import Path

from app.accounting.years.own_calorific_values import add_calorific_value, calorific_values_of
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Limit, MayPrepare, MayRead, NowMs, api_router
from app.http.idempotency import DoneOnce
from app.schemas.factors.calorific_values import (
    CalorificValue,
    CalorificValueCreate,
    CalorificValuePage,
    calorific_value_from,
    calorific_value_of,
)
from app.schemas.inventory.filters import ResourceFilter
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.problems import conflicts
from app.schemas.wire.texts import Code
from app.store.sql.conflicts import NotThere
from app.store.sql.keyset import decode_cursor, page_of

router = api_router("calorific-values", "/v1/organizations/{organization}/calorific-values")


@router.get("")
def list_calorific_values(
    access: MayRead,
    database: Db,
    resource: ResourceFilter = (),
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> CalorificValuePage:
    """List shipped and own calorific values and densities together, in order of code."""
    after = decode_cursor(cursor, str)[0] if cursor else ""
    with database.read() as session:
        known = calorific_values_of(session, access.organization_id)
    rows = [
        known[code] for code in sorted(known) if code > after and (not resource or known[code].resource in resource)
    ]
    page = page_of(rows[: limit + 1], limit, lambda value: (value.code,))
    return CalorificValuePage(items=[calorific_value_from(value) for value in page.items], next=page.next)


@router.post("", status_code=201, response_model=CalorificValue, responses=conflicts("duplicate_code"))
def create_calorific_value(
    access: MayPrepare, body: CalorificValueCreate, database: Db, now_ms: NowMs, once: DoneOnce
) -> ExactJSON:
    """State what a fuel holds; it is never edited or deleted, a later edition supersedes it."""
    value = calorific_value_of(body)
    location = f"/v1/organizations/{access.organization}/calorific-values/{value.code}"
    answer = ExactJSON(calorific_value_from(value), status_code=201, headers={"Location": location})
    keep = partial(once.keep, answer=answer)
    add_calorific_value(database, access.organization_id, value, now_ms=now_ms, keep=keep)
    return answer


@router.get("/{calorific_value}")
def get_calorific_value(
    access: MayRead,
    calorific_value: Annotated[Code, Path(description="The code of the calorific value or density.")],
    database: Db,
) -> CalorificValue:
    """Read a calorific value."""
    with database.read() as session:
        found = calorific_values_of(session, access.organization_id).get(calorific_value)
    if found is None:
        raise NotThere(f"There is no calorific value {calorific_value!r}")
    return calorific_value_from(found)
