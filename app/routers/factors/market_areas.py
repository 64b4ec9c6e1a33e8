"""The groups of countries within which an instrument issued in one serves consumption in another."""

from app.accounting.ledger.market_areas import market_areas
from app.http.deps import DEFAULT_LIMIT, Cursor, Limit, MayReadAnywhere, api_router
from app.schemas.factors.market_areas import MarketAreaPage, market_area_from
from app.store.sql.keyset import decode_cursor, page_of

router = api_router("regions", "/v1/market-areas")


@router.get("")
def list_market_areas(_access: MayReadAnywhere, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> MarketAreaPage:
    """List groups of countries in order of code, each with the carriers, members and days it holds for."""
    after = decode_cursor(cursor, str)[0] if cursor else ""
    rows = [area for area in sorted(market_areas(), key=lambda area: area.name) if area.name > after]
    page = page_of(rows[: limit + 1], limit, lambda area: (area.name,))
    return MarketAreaPage(items=[market_area_from(each) for each in page.items], next=page.next)
