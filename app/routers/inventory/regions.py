"""The regions that plants stand in and factors are for."""

from typing import Annotated

from fastapi import Query

from app.accounting.factors.regions import RegionKind, found_by
from app.accounting.selection.shipped import resources_by_region
from app.http.deps import DEFAULT_LIMIT, Cursor, Limit, MayReadAnywhere, api_router
from app.schemas.inventory.meters import ResourceKey
from app.schemas.inventory.regions import RegionPage, region_from
from app.schemas.wire.texts import CountryCode, Word
from app.store.sql.keyset import decode_cursor, page_of

router = api_router("regions", "/v1/regions")


@router.get("")
def list_regions(
    _access: MayReadAnywhere,
    country: Annotated[tuple[CountryCode, ...], Query(description="Only of these; repeat for more.")] = (),
    kind: Annotated[tuple[RegionKind, ...], Query(description="Only these kinds; repeat for more.")] = (),
    q: Annotated[Word | None, Query(description="Words that the code or a name of it has.")] = None,
    resource: Annotated[
        tuple[ResourceKey, ...], Query(description="Only regions with shipped factors of any of these.")
    ] = (),
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> RegionPage:
    """List countries, subdivisions and grid regions in order of code, each with what shipped factors are for there."""
    after, known = decode_cursor(cursor, str)[0] if cursor else "", resources_by_region()
    only = {code for code, found in known.items() if not set(resource).isdisjoint(found)} if resource else None
    rows = [each for each in found_by(countries=country, kinds=kind, words=q, only=only) if each.code > after]
    page = page_of(rows[: limit + 1], limit, lambda region: (region.code,))
    return RegionPage(items=[region_from(each, known.get(each.code, ())) for each in page.items], next=page.next)
