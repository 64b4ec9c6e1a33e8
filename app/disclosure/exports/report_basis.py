"""What a report says of its basis: boundary, rules, plants and factors, as labels and tables of text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.core.units.quantities import Rounding
from app.disclosure.exports.published import Member, Published, instant
from app.disclosure.exports.tables import factors_table
from app.disclosure.figures.typesetting import ROUNDING_TEXT, percent, typeset_unit, unrounded, written_day

_CONSOLIDATION = {
    "operational_control": "operational control: plants that are controlled enter whole, others not at all",
    "financial_control": "financial control: plants that are controlled enter whole, others not at all",
    "equity_share": "equity share: each plant enters with the share that is owned",
}


@dataclass(frozen=True, slots=True)
class FactorLine:
    """An emission factor that was used, its value with the unit, and where it was read."""

    code: str
    value: str
    edition: str
    source: str


@dataclass(frozen=True, slots=True)
class PlantLine:
    """A plant of the boundary, in words."""

    name: str
    place: str
    equity_share: str
    control: str


@dataclass(frozen=True, slots=True)
class ReportBasis:
    """The rules as labelled sentences, the plants, and the factors."""

    statements: tuple[tuple[str, str], ...]
    plants: tuple[PlantLine, ...]
    factors: tuple[FactorLine, ...]


def basis_of(of: Published) -> ReportBasis:
    """Return the basis of a publication."""
    return ReportBasis(
        statements=(*_time_statements(of), *_statements(of)),
        plants=tuple(_plant(each) for each in of.document["basis"]["plants"]),
        factors=tuple(_factors(of)),
    )


def written_instant(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant in words by the clock of a zone, to the second, with how far that is from UTC."""
    local = at.astimezone(zone)
    return f"{written_day(local.date())}, {local:%H:%M:%S} (UTC{local.isoformat()[-6:]})"


def _time_statements(of: Published) -> Iterator[tuple[str, str]]:
    """Yield what must be said of the periods: that this one is not over, and which days the earlier ones have."""
    if of.is_interim:
        at = written_instant(instant(of.document["as_of"]), of.zone)
        yield "Interim", f"prepared before the reporting period was over: it holds what was there by {at}"
    days = [f"{name}: {written_day(first)} to {written_day(last)}" for name, (first, last) in of.days.items()]
    if len(days) > 1:
        yield "Reporting periods", "; ".join(days)


def _statements(of: Published) -> Iterator[tuple[str, str]]:
    document, basis = of.document, of.document["basis"]
    yield "Data as of", written_instant(instant(document["as_of"]), of.zone)
    prepared = written_instant(of.prepared_at, of.zone)
    yield "Prepared", f"{prepared}, by {document.get('prepared_by_name') or document['prepared_by']}"
    yield from _signed(of)
    if document["reason"]:
        yield "Reason", document["reason"]
    if document["replaces"] is not None:
        yield "Restates", f"publication {document['replaces']} of the same year"
    yield "Consolidation", _CONSOLIDATION.get(basis["consolidation"], basis["consolidation"])
    yield "Global warming potentials", basis["gwp_set"]
    if basis["factor_set"]:
        yield "Preferred factors", basis["factor_set"]
    if basis["pins"]:
        yield "Pinned factors", "; ".join(dict.fromkeys(_pin(each) for each in basis["pins"]))
    yield "Rounding", ROUNDING_TEXT[Rounding(basis["rounding"])]
    yield "Currency", document["organization"]["currency"]
    edition = f", by the IANA zone rules {basis['zone_rules']}" if "zone_rules" in basis else ""
    yield "Time zone", f"{document['organization']['timezone']}{edition}"


def _signed(of: Published) -> Iterator[tuple[str, str]]:
    """Yield who approved and who published it and when, or that nobody has yet."""
    if of.signatures is None:
        return
    taken = {each.step: each for each in of.signatures}
    for step, label in (("approved", "Approved"), ("published", "Published")):
        found = taken.get(step)
        yield label, "not yet" if found is None else f"{written_instant(found.at, of.zone)}, by {found.name}"


def _pin(pin: Member) -> str:
    where = [str(each) for each in (pin["year"], pin["plant"], pin["method"]) if each is not None]
    return f"{pin['factor']} for {pin['resource']}" + (f" ({', '.join(where)})" if where else "")


def _plant(plant: Member) -> PlantLine:
    controls = [name for name in ("operational", "financial") if plant[f"{name}_control"]]
    places = (plant["region"], plant["country"], plant["grid_region"] and f"grid {plant['grid_region']}")
    return PlantLine(
        name=f"{plant['name']} ({plant['code']})",
        place=", ".join(filter(None, places)),
        equity_share=_owned(plant),
        control="joint operation" if plant.get("joint_operation") else " and ".join(controls) or "none",
    )


def _owned(plant: Member) -> str:
    """Return the share that is owned, with the chain of owners it comes through."""
    share, chain = percent(Decimal(plant["equity_share"])), plant.get("ownership_chain")
    if not chain:
        return share
    links = ", ".join(f"{percent(Decimal(link['share']))} of {link['entity']}" for link in chain)
    return f"{share} ({links})"


def _factors(of: Published) -> Iterator[FactorLine]:
    """Yield each factor once, whatever it was chosen for."""
    lines: dict[FactorLine, None] = {}
    for code, edition, kg_co2e, per, _why, _carried, source, *_ in factors_table(of).rows:
        value = unrounded(kg_co2e) if isinstance(kg_co2e, Decimal) else ""
        unit = typeset_unit(f"kg CO2e per {per}")
        lines[FactorLine(str(code), f"{value} {unit}", str(edition or ""), str(source))] = None
    yield from lines
