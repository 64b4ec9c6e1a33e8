"""Numbers that somebody states, as amounts: they enter totals and quotients beside what meters give, each by name.

Scope 3 is stated by category, or as a whole. Example: categories 1 (5,000 tCO2e) and 6 (120 tCO2e) are stated and no
total is: the amount is 5,120,000 kgCO2e of two terms, and a finding names the thirteen categories nobody has stated.
"""

from collections.abc import Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.accounting.factors.need import Place
from app.accounting.findings import Finding, Severity
from app.accounting.ledger.activity import Activity, Coverage
from app.accounting.ledger.amounts import Amount, Term, total
from app.accounting.ledger.sites import Site
from app.accounting.metrics.emission_terms import KG_CO2E
from app.accounting.stated.datapoints import Stated, StatedYear, stated_words
from app.accounting.stated.indicators import Indicator, indicators
from app.accounting.stated.stated_units import stated_in
from app.core.sentences import Sentence, listed, sentence

_CO2E = "CO2e"


def unit_of_stated(indicator: str) -> str:
    """Return the unit in which an indicator's number enters metrics: kg of CO2e for emissions, else its own."""
    own = indicators().named(indicator).unit or ""
    return KG_CO2E if own.endswith(_CO2E) else own


def stated(year: StatedYear | None, code: str, where: Mapping[str, str], *, first_day: int, end_day: int) -> Amount:
    """Return what is stated of an indicator for a year of local days: its total, else its parts by one dimension.

    With `where` it is the part under just these dimensions. Nothing is estimated of what is not stated: a finding
    names it.
    """
    indicator = indicators().named(code)
    found = _standing(year, indicator, where)
    unit = unit_of_stated(code)
    activities = [_activity(year.zone, each, indicator, first_day, end_day) for each in found] if year else []
    terms = [_term(activity, each, unit) for activity, each in zip(activities, found, strict=True)]
    findings = _silent(found, indicator, where)
    return total(terms, unit=unit, activities=activities, findings=findings, formula=f"{code} as stated")


def _standing(year: StatedYear | None, indicator: Indicator, where: Mapping[str, str]) -> list[Stated]:
    if year is None:
        return []
    whole = year.book.at(indicator.code, where)
    if whole is not None and whole.value is not None:
        return [whole]
    if where:
        return []
    for dimension in indicator.dimensions if indicator.adds_up else ():
        parts = year.book.parts(indicator.code, dimension.name)
        if parts:
            listed = [*(dimension.values or ())]
            return sorted(parts.values(), key=lambda each: _rank(each.dimensions[dimension.name], listed))
    return []


def _rank(value: str, listed: list[str]) -> tuple[int, str]:
    return (listed.index(value) if value in listed else len(listed)), value


def _silent(found: list[Stated], indicator: Indicator, where: Mapping[str, str]) -> list[Finding]:
    """Return what is said where nobody has stated anything, or not every part of what stands for the whole.

    The part that was asked for stands for itself alone.
    """
    if not found:
        mend = sentence("state it by POST datapoints, as a total or by its parts")
        return [
            Finding(
                "not_stated",
                Severity.WARNING,
                sentence("nobody has stated %(indicator)s", indicator=indicator.code),
                mend=mend,
            )
        ]
    parts = found[0].dimensions.keys() - where.keys()
    dimension = next((each for each in indicator.dimensions if each.name in parts), None)
    if dimension is None:
        return []
    told = {each.dimensions[dimension.name] for each in found}
    silent = [value for value in dimension.values or () if value not in told]
    if not silent:
        return []
    words = sentence(
        "%(indicator)s holds what is stated; nobody has stated %(dimension)s %(silent)s",
        indicator=indicator.code,
        dimension=dimension.name,
        silent=listed(silent),
    )
    mend = sentence("state them, zero where there is nothing, or say in the report why they are left out")
    return [Finding("parts_not_stated", Severity.WARNING, words, mend=mend)]


def _activity(zone: ZoneInfo, each: Stated, indicator: Indicator, first_day: int, end_day: int) -> Activity:
    """Return what is stated as the activity of no plant; somebody typed it, so its quality is `manual`."""
    place = Place(plant="", region=None, grid_region=None, country="")
    return Activity(
        site=Site(place=place, name="", zone=zone, share=Decimal(1)),
        resource=indicator.code,
        attributes=each.dimensions,
        unit=indicator.unit or "",
        first_day=first_day,
        end_day=end_day,
        quantity=each.value,
        mean=None,
        last=None,
        meters=(),
        readings=0,
        estimated_share=Decimal(0),
        manual_share=Decimal(1),
        coverage=Coverage(),
        has_data=True,
        findings=(),
    )


def _term(activity: Activity, each: Stated, unit: str) -> Term:
    value = each.value or Decimal(0)
    return Term(
        activity=activity,
        quantity=value,
        multiplier=stated_in(Decimal(1), activity.unit, unit, currency=""),
        converted_to=unit,
        choice=None,
        per_unit=Decimal(1),
        value=stated_in(value, activity.unit, unit, currency=""),
        notes=(_note(each),),
    )


def _note(each: Stated) -> Sentence:
    part = " ".join([each.indicator, *(f"{name} {value}" for name, value in sorted(each.dimensions.items()))])
    return sentence("%(part)s: %(stated)s", part=part, stated=stated_words(each))
