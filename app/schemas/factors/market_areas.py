"""What a market area looks like from outside."""

from app.accounting.ledger import market_areas
from app.accounting.ledger.instrument import Carrier
from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Day


class MarketAreaMember(Shape):
    """A country that may be served on days [valid_from, valid_to), and issues until issues_to; null is open."""

    country: str
    valid_from: Day | None
    valid_to: Day | None
    issues_to: Day | None


class MarketArea(Shape):
    """Countries that are one market for the instruments of some carriers, under a code that a region may name."""

    code: str
    also: list[str]
    title: str
    carriers: list[Carrier]
    members: list[MarketAreaMember]
    source: str


class MarketAreaPage(Shape):
    """Some market areas, and the cursor of those that follow."""

    items: list[MarketArea]
    next: str | None


def market_area_from(area: market_areas.MarketArea) -> MarketArea:
    """Return the outside view of an area."""
    return MarketArea(
        code=area.code,
        also=list(area.also),
        title=area.title,
        carriers=list(area.carriers),
        members=[
            MarketAreaMember(
                country=each.country,
                valid_from=each.valid_from,
                valid_to=each.valid_to,
                issues_to=each.issues_to,
            )
            for each in area.members
        ],
        source=area.source,
    )
