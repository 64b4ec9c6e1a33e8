"""What a report says of its basis: boundary, rules, plants and factors, as labels and tables of text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.core.language import SOURCE, language
from app.core.language import gettext as _
from app.core.sentences import N_
from app.core.translation import translated
from app.core.units.quantities import Rounding
from app.disclosure.exports.published import Member, Published, instant
from app.disclosure.exports.tables import factors_table
from app.disclosure.figures.typesetting import (
    ROUNDING_TEXT,
    day_in_words,
    days_in_words,
    percent,
    typeset_unit,
    unrounded,
)

_CONSOLIDATION = {
    "operational_control": N_("operational control: plants that are controlled enter whole, others not at all"),
    "financial_control": N_("financial control: plants that are controlled enter whole, others not at all"),
    "equity_share": N_("equity share: each plant enters with the share that is owned"),
}


_CONTROLS = {"operational": N_("operational"), "financial": N_("financial")}
_METHODS = {"location": N_("location"), "market": N_("market")}


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
    comma = "," if language() == SOURCE else ""
    return f"{day_in_words(local.date())}{comma} {local:%H:%M:%S} (UTC{local.isoformat()[-6:]})"


def _time_statements(of: Published) -> Iterator[tuple[str, str]]:
    """Yield what must be said of the periods: that this one is not over, and which days the earlier ones have."""
    if of.is_interim:
        at = written_instant(instant(of.document["as_of"]), of.zone)
        words = _("prepared before the reporting period was over: it holds what was there by %(at)s")
        yield _("Interim"), words % {"at": at}
    days = [f"{name}: {days_in_words(first, last)}" for name, (first, last) in of.days.items()]
    if len(days) > 1:
        yield _("Reporting periods"), _("; ").join(days)


def _statements(of: Published) -> Iterator[tuple[str, str]]:
    document, basis = of.document, of.document["basis"]
    yield _("Data as of"), written_instant(instant(document["as_of"]), of.zone)
    prepared = written_instant(of.prepared_at, of.zone)
    yield _("Prepared"), _by(prepared, document.get("prepared_by_name") or document["prepared_by"])
    yield from _signed(of)
    if document["reason"]:
        yield _("Reason"), document["reason"]
    if document["replaces"] is not None:
        yield _("Restates"), _("publication %(number)s of the same year") % {"number": document["replaces"]}
    yield _("Consolidation"), _(_CONSOLIDATION.get(basis["consolidation"], str(basis["consolidation"])))
    yield _("Global warming potentials"), basis["gwp_set"]
    if basis["factor_set"]:
        yield _("Preferred factors"), basis["factor_set"]
    if basis["pins"]:
        yield _("Pinned factors"), _("; ").join(dict.fromkeys(_pin(each) for each in basis["pins"]))
    yield _("Rounding"), _(ROUNDING_TEXT[Rounding(basis["rounding"])])
    yield _("Currency"), document["organization"]["currency"]
    zone = document["organization"]["timezone"]
    if "zone_rules" in basis:
        zone = _("%(zone)s, by the IANA zone rules %(edition)s") % {"zone": zone, "edition": basis["zone_rules"]}
    yield _("Time zone"), zone


def _signed(of: Published) -> Iterator[tuple[str, str]]:
    """Yield who approved and who published it and when, or that nobody has yet."""
    if of.signatures is None:
        return
    taken = {each.step: each for each in of.signatures}
    for step, label in (("approved", _("Approved")), ("published", _("Published"))):
        found = taken.get(step)
        yield label, _("not yet") if found is None else _by(written_instant(found.at, of.zone), found.name)


def _pin(pin: Member) -> str:
    method = pin["method"] and _(_METHODS.get(pin["method"], str(pin["method"])))
    where = [str(each) for each in (pin["year"], pin["plant"], method) if each is not None]
    words = _("%(factor)s for %(resource)s") % {"factor": pin["factor"], "resource": pin["resource"]}
    return words + (f" ({', '.join(where)})" if where else "")


def _by(at: str, name: str) -> str:
    return _("%(at)s, by %(name)s") % {"at": at, "name": name}


def _plant(plant: Member) -> PlantLine:
    controls = [_(words) for name, words in _CONTROLS.items() if plant[f"{name}_control"]]
    grid = plant["grid_region"] and _("grid %(region)s") % {"region": plant["grid_region"]}
    places = (plant["region"], plant["country"], grid)
    return PlantLine(
        name=f"{plant['name']} ({plant['code']})",
        place=", ".join(filter(None, places)),
        equity_share=_owned(plant),
        control=_("joint operation") if plant.get("joint_operation") else _(" and ").join(controls) or _("none"),
    )


def _owned(plant: Member) -> str:
    """Return the share that is owned, with the chain of owners it comes through."""
    share, chain = percent(Decimal(plant["equity_share"])), plant.get("ownership_chain")
    if not chain:
        return share
    links = _(", ").join(
        _("%(share)s of %(entity)s") % {"share": percent(Decimal(link["share"])), "entity": link["entity"]}
        for link in chain
    )
    return f"{share} ({links})"


def _factors(of: Published) -> Iterator[FactorLine]:
    """Yield each factor once, whatever it was chosen for."""
    lines: dict[FactorLine, None] = {}
    for code, edition, kg_co2e, per, _why, _carried, source, *_more in factors_table(of).rows:
        value = unrounded(kg_co2e) if isinstance(kg_co2e, Decimal) else ""
        unit = typeset_unit(f"kg CO2e per {per}")
        lines[FactorLine(str(code), f"{value} {unit}", str(edition or ""), translated(str(source)))] = None
    yield from lines
