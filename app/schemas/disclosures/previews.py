"""What a preview is asked and what it answers."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from app.accounting.factors import factor as accounting
from app.accounting.factors.calorific import CalorificValue
from app.accounting.selection.own_calorific import calorific_problems
from app.accounting.selection.own_factors import factor_problems, pin_problems
from app.accounting.years.proposal import DatedHolding, Proposal
from app.core.inventory.inventory import Consolidation, FieldProblem
from app.core.inventory.resources import Catalogue
from app.disclosure.live import previews
from app.schemas.disclosures.bridges import Bridge, bridge_from
from app.schemas.disclosures.disclosures import Check, ExactNumber, checks_from
from app.schemas.factors.calorific_values import CalorificValueCreate, calorific_value_of
from app.schemas.factors.factors import FactorCreate, FactorPin, factor_of, pin_of
from app.schemas.factors.gwp_sets import ChosenYear, GwpSetChoice, choice_problems
from app.schemas.inventory.holdings import PlantHolding
from app.schemas.inventory.ownership import held_share
from app.schemas.wire.base import Received, Shape
from app.schemas.wire.texts import Code


class PreviewHolding(PlantHolding):
    """How much of a plant would be held from the day `valid_from` on."""

    plant: Code


class PreviewCreate(Received):
    """Choices to try. Pins, GWP sets and dated holdings take the place of stored ones for the same; the rest stays.

    Without `years`, every reporting period that has data; the number of a year stands for its transition period too.
    Without `framework`, each period by the edition it is reported by.
    """

    framework: Code | None = None
    years: Annotated[list[ChosenYear], Field(min_length=1, max_length=50)] | None = None
    factors: Annotated[list[FactorCreate], Field(max_length=1_000)] = Field(default_factory=list)
    calorific_values: Annotated[list[CalorificValueCreate], Field(max_length=1_000)] = Field(default_factory=list)
    pins: Annotated[list[FactorPin], Field(max_length=10_000)] = Field(default_factory=list)
    gwp_sets: Annotated[list[GwpSetChoice], Field(max_length=10_000)] = Field(default_factory=list)
    consolidation: Consolidation | None = None
    holdings: Annotated[list[PreviewHolding], Field(max_length=10_000)] = Field(default_factory=list)


class PreviewFigure(Shape):
    """A figure as it is and as it would be, with what moves it; flags and checks are those it would have."""

    kpi: str
    key: str
    dimensions: dict[str, str]
    title: str
    unit: str
    current: ExactNumber | None
    current_display: str | None
    proposed: ExactNumber | None
    proposed_display: str | None
    difference: ExactNumber | None
    bridge: Bridge | None
    flags: list[str]
    checks: list[Check]


class PreviewYear(Shape):
    """The figures of a reporting period that would change, by a framework."""

    year: int
    period: str
    framework: str
    figures: list[PreviewFigure]


class Preview(Shape):
    """What the choices would change, by year and figure; nothing was stored.

    `framework` is the one that was asked for, or by which the last period is reported.
    """

    framework: str
    years: list[PreviewYear]


def proposal_of(body: PreviewCreate, framework: str | None = None) -> Proposal:
    """Return what is proposed of a framework; raises InvalidFields for a factor whose inputs derive nothing."""
    return Proposal(
        factors=tuple(factor_of(each) for each in body.factors),
        calorific_values=tuple(calorific_value_of(each) for each in body.calorific_values),
        pins=tuple(pin_of(each) for each in body.pins),
        gwp_sets={each.year: each.gwp_set for each in body.gwp_sets if each.framework == framework},
        consolidation=body.consolidation,
        holdings=_holdings(body),
    )


def _holdings(body: PreviewCreate) -> dict[str, tuple[DatedHolding, ...]]:
    found: dict[str, list[DatedHolding]] = defaultdict(list)
    for each in body.holdings:
        found[each.plant].append(
            DatedHolding(
                each.valid_from,
                held_share(each),
                each.operational_control,
                each.financial_control,
                each.joint_operation,
            )
        )
    return {plant: tuple(holdings) for plant, holdings in found.items()}


@dataclass(frozen=True, slots=True)
class Known:
    """What a proposal is held against: factors and calorific values by code, plants, places that may be named."""

    factors: Mapping[str, accounting.Factor]
    calorific_values: Mapping[str, CalorificValue]
    plants: Collection[str]
    places: Collection[str]
    catalogue: Catalogue


def proposal_problems(body: PreviewCreate, proposal: Proposal, known: Known) -> Iterator[FieldProblem]:
    """Yield what is wrong with a proposal, as it would be when its parts were stored one after the other."""
    factors = dict(known.factors)
    for index, factor in enumerate(proposal.factors):
        if factor.code in factors:
            yield FieldProblem("factors.code", "duplicate_code", f"The code {factor.code!r} is already taken", index)
        for problem in factor_problems(factor, factors, known.catalogue):
            yield replace(problem, field=f"factors.{problem.field}", index=index)
        factors[factor.code] = factor
    for problem in pin_problems(proposal.pins, factors, known.plants):
        yield replace(problem, field=f"pins.{problem.field}")
    for problem in choice_problems(body.gwp_sets):
        yield replace(problem, field=f"gwp_sets.{problem.field}")
    yield from _value_problems(proposal.calorific_values, known)
    yield from _holding_problems(body.holdings, known.plants)


def _value_problems(values: Iterable[CalorificValue], known: Known) -> Iterator[FieldProblem]:
    found = dict(known.calorific_values)
    for index, value in enumerate(values):
        if value.code in found:
            words = f"The code {value.code!r} is already taken"
            yield FieldProblem("calorific_values.code", "duplicate_code", words, index)
        for problem in calorific_problems(value, found, known.catalogue, known.places):
            yield replace(problem, field=f"calorific_values.{problem.field}", index=index)
        found[value.code] = value


def _holding_problems(holdings: Sequence[PreviewHolding], plants: Collection[str]) -> Iterator[FieldProblem]:
    stated = [(each.plant, each.valid_from) for each in holdings]
    for index, (plant, day) in enumerate(stated):
        if plant not in plants:
            yield FieldProblem("holdings.plant", "unknown_plant", f"There is no plant {plant!r}", index)
        if (plant, day) in stated[:index]:
            words = f"{day.isoformat()} is stated twice for {plant}"
            yield FieldProblem("holdings.valid_from", "repeated_day", words, index)


def preview_from(framework: str, years: list[previews.PreviewYear]) -> Preview:
    """Return the outside view of a preview."""
    return Preview(
        framework=framework,
        years=[
            PreviewYear(
                year=each.period.year,
                period=str(each.period.name),
                framework=each.framework,
                figures=[_figure(change) for change in each.changes],
            )
            for each in years
        ],
    )


def _figure(change: previews.Change) -> PreviewFigure:
    return PreviewFigure(
        kpi=change.kpi,
        key=change.key,
        dimensions=dict(change.dimensions),
        title=change.title,
        unit=change.unit,
        current=change.current,
        current_display=change.current_display,
        proposed=change.proposed,
        proposed_display=change.proposed_display,
        difference=change.difference,
        bridge=None if change.bridge is None else bridge_from(change.bridge),
        flags=list(change.flags),
        checks=checks_from(change.checks),
    )
