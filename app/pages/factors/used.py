"""Which factors and calorific values the figures of a period rest on, at which plant, and why each was chosen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from app.accounting.factors.calorific import CalorificValue
from app.accounting.factors.choice import Choice, Why
from app.accounting.factors.factor import Factor
from app.accounting.ledger.amounts import Term
from app.accounting.metrics.formulas import Emissions, Energy
from app.core.calendar.periods import date_of
from app.core.inventory.resources import Catalogue
from app.core.sentences import N_
from app.core.units.quantities import plain
from app.disclosure.figures.books import open_books
from app.disclosure.figures.figures import amount_of
from app.disclosure.figures.typesetting import typeset_unit
from app.pages.frame.frame import Frame
from app.pages.frame.words import gettext as _

_WHY = {
    Why.INSTRUMENT: N_("of a certificate or contract"),
    Why.PINNED: N_("pinned"),
    Why.OWN: N_("your own"),
    Why.PLANT: N_("of the plant"),
    Why.REGION: N_("of the region"),
    Why.GRID_REGION: N_("of the grid region"),
    Why.COUNTRY: N_("of the country"),
    Why.GLOBAL: N_("holds everywhere"),
}


@dataclass(frozen=True, slots=True)
class UsedLine:
    """A factor or calorific value in use, from the first day to the last, YYYY-MM-DD.

    `kind` is the part of its page's address: `factor` or `calorific-value`.
    """

    kind: str
    code: str
    resource: str
    resource_title: str
    plant: str
    unit: str
    first_day: str
    last_day: str
    states: str
    source: str
    why: str
    is_own: bool


def used_in(session: Session, frame: Frame, catalogue: Catalogue) -> list[UsedLine]:
    """Return what the emissions and the energy of the shown period rest on, each once for a plant and resource."""
    assert frame.organization is not None  # noqa: S101 - asked for only where one is shown
    books = open_books(
        session,
        organization=frame.organization.code,
        framework=frame.framework.code,
        year=frame.year,
        plant=frame.choice.plant or None,
        earlier=0,
    )
    found: dict[tuple[str, str, str, str], UsedLine] = {}
    for spec in books.specs:
        if isinstance(spec.metric.formula, Emissions | Energy):
            for term in amount_of(spec, {}, books.evaluations[books.period.name]).terms:
                for line in _lines(term, catalogue):
                    place = line.kind, line.code, line.plant, line.resource
                    found[place] = _joined(found.get(place), line)
    return sorted(found.values(), key=lambda each: (each.resource, each.plant, each.kind, each.first_day, each.code))


def factor_states(factor: Factor) -> str:
    """Return what a factor states: `0.5366 kg CO2e/kWh`, or gas by gas."""
    gases = (
        ("CO₂e", factor.kg_co2e),
        ("CO₂", factor.kg_co2),
        (_("CO₂, biogenic"), factor.kg_co2_biogenic),
        ("CH₄", factor.kg_ch4),
        (_("any other CH₄"), factor.kg_ch4_nonfossil),
        ("N₂O", factor.kg_n2o),
        *factor.other_gases.items(),
    )
    told = ", ".join(f"{plain(kg)} kg {name}" for name, kg in gases if kg is not None)
    basis = f" ({factor.basis})" if factor.basis else ""
    return f"{told} / {typeset_unit(factor.per)}{basis}"


def value_states(value: CalorificValue) -> str:
    """Return what a calorific value states, with the state of a gas."""
    return f"{value.words}, {value.conditions.words}" if value.conditions else value.words


def why_words(why: str, age: int | None) -> str:
    """Return why something was chosen, and for how many years it has been carried forward."""
    words = _(_WHY.get(Why(why), why))
    return words if age is None else f"{words}; " + _("carried forward, years: %(years)s") % {"years": age}


def _joined(known: UsedLine | None, line: UsedLine) -> UsedLine:
    """Return a line with the days of both: what it was used for is mostly whole, and else in stretches."""
    if known is None:
        return line
    last = max(known, line, key=lambda each: each.last_day)
    return replace(last, first_day=min(known.first_day, line.first_day))


def _lines(term: Term, catalogue: Catalogue) -> Iterator[UsedLine]:
    activity = term.activity
    of: Mapping[str, str] = {
        "resource": activity.resource,
        "resource_title": _(catalogue.named(activity.resource).title),
        "plant": activity.site.place.plant,
        "unit": activity.unit,
        "first_day": date_of(activity.first_day).isoformat(),
        "last_day": date_of(activity.end_day - 1).isoformat(),
    }
    if term.choice is not None and term.choice.why is not Why.INSTRUMENT:
        yield _of_choice(term.choice, of)
    for each in term.values:
        value = each.value
        why = why_words(each.why, each.carried_forward_years) if each.why in _reasons() else each.why
        yield UsedLine(
            "calorific-value", value.code, **of, states=value_states(value), source=value.source, why=why,
            is_own=value.own,
        )  # fmt: skip


def _of_choice(choice: Choice, of: Mapping[str, str]) -> UsedLine:
    factor, words = choice.factor, why_words(choice.why, choice.carried_forward_years)
    if choice.no_residual:
        words += "; " + _("the grid average stands in for a residual mix")
    return UsedLine(
        "factor", factor.code, **of, states=factor_states(factor), source=factor.source, why=words, is_own=factor.own
    )


def _reasons() -> Sequence[str]:
    return [each.value for each in Why]
