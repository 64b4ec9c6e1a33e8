"""Reading a formula of the vocabulary from a row of the metrics file, the placeholders of its key filled in."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeVar

from app.accounting.factors.factor import Method
from app.accounting.factors.gwp import UNSPLIT, gwp_sets
from app.accounting.ledger.amounts import Statistic
from app.accounting.metrics.consumption import Having
from app.accounting.metrics.formulas import (
    AsStated,
    Biogenic,
    Difference,
    Emissions,
    Energy,
    Formula,
    Level,
    Quantity,
    Ratio,
    Share,
    Sum,
)
from app.accounting.stated.indicators import Kind, UnknownIndicator, indicators
from app.core.datafile import BadDataFile, Row
from app.core.inventory.resources import Catalogue, FuelGroup, Origin, attribute_problems

_Kind = TypeVar("_Kind", Origin, FuelGroup)
_NESTED = ("level", "emissions", "biogenic", "ratio", "share")


def filled(template: str, members: Mapping[str, str]) -> str:
    """Return a text with each <family> replaced by its member."""
    for family, member in members.items():
        template = template.replace(f"<{family}>", member)
    return template


def formula_of(row: Row, members: Mapping[str, str], steps: Mapping[str, Decimal], catalogue: Catalogue) -> Formula:
    """Return the formula of a row for these members of families; `steps` are the denominators and their steps.

    Raises BadDataFile for what is no formula, and for resources, attributes, gases or denominators there are not.
    """

    def keys(name: str) -> tuple[str, ...]:
        return tuple(key for text in row.texts(name) for key in _resources(text, members, catalogue))

    if row.has("quantity"):
        return _quantity(row, keys("quantity"), catalogue)
    if row.has("energy"):
        return Energy(
            keys("energy"),
            _one_of(Origin, "origin", row, members),
            _one_of(FuelGroup, "fuel_group", row, members),
            row.flag("metered"),
        )
    if row.has("stated"):
        return _stated(row)
    if row.has("sum"):
        return Sum(keys("sum"))
    if row.has("difference"):
        minuend, subtrahend = keys("difference")
        return Difference(minuend, subtrahend, row.flag("if_metered"))
    return _nested(row, members, steps, catalogue)


def _resources(text: str, members: Mapping[str, str], catalogue: Catalogue) -> Iterable[str]:
    """Return what one entry of a list stands for: <carrier> for each own resource that is bought as energy."""
    if text == "<carrier>":
        return [resource.key for resource in catalogue.carriers]
    return [filled(text, members)]


def _stated(row: Row) -> AsStated:
    try:
        indicator = indicators().named(row.text("stated"))
    except UnknownIndicator as error:
        raise BadDataFile(f"{row.where}: {error}") from error
    if indicator.kind is not Kind.NUMBER:
        raise BadDataFile(f"{row.where}: {indicator.code} is no number")
    return AsStated(indicator.code)


def _quantity(row: Row, resources: tuple[str, ...], catalogue: Catalogue) -> Quantity:
    _check_units(row, resources, catalogue)
    if not row.has("having"):
        return Quantity(resources)
    inner = row.row("having")
    having = Having(inner.text("attribute"), inner.texts("values"))
    inner.close()
    for resource in resources:
        for value in having.values:
            for problem in attribute_problems(catalogue.named(resource), {having.attribute: value}):
                raise BadDataFile(f"{inner.where}: {problem}")
    return Quantity(resources, having)


def _check_units(row: Row, resources: tuple[str, ...], catalogue: Catalogue) -> None:
    if len({catalogue.named(resource).unit for resource in resources}) != 1:
        raise BadDataFile(f"{row.where}: adds different units")


def _one_of(kind: type[_Kind], field: str, row: Row, members: Mapping[str, str]) -> _Kind | None:
    name = row.optional_text(field)
    try:
        return None if name is None else kind(filled(name, members))
    except ValueError as error:
        raise BadDataFile(f"{row.where}: {error}") from error


def _nested(row: Row, members: Mapping[str, str], steps: Mapping[str, Decimal], catalogue: Catalogue) -> Formula:
    name = next((name for name in _NESTED if row.has(name)), None)
    if name is None:
        raise BadDataFile(f"{row.where}: no formula")
    inner = row.row(name)
    formula: Formula
    if name == "level":
        _check_units(inner, inner.texts("of"), catalogue)
        formula = Level(inner.texts("of"), Statistic(inner.text("statistic")))
    elif name == "emissions":
        formula = _emissions(inner)
    elif name == "biogenic":
        formula = Biogenic(inner.whole("scope"))
    elif name == "ratio":
        formula = _ratio(inner, members, steps)
    else:
        formula = Share(filled(inner.text("of"), members), filled(inner.text("in"), members))
    inner.close()
    return formula


def _emissions(row: Row) -> Emissions:
    how, gases = row.optional_text("method"), row.texts("gases")
    known = {UNSPLIT, *(gas for gwp_set in gwp_sets().values() for gas in gwp_set.gases)}
    if unknown := sorted(set(gases) - known):
        raise BadDataFile(f"{row.where}: no potential of {', '.join(unknown)}")
    return Emissions(row.whole("scope"), Method(how) if how else None, gases)


def _ratio(row: Row, members: Mapping[str, str], steps: Mapping[str, Decimal]) -> Ratio:
    per = filled(row.text("per"), members)
    if per not in steps:
        raise BadDataFile(f"{row.where}: is per {per}, which is no denominator")
    return Ratio(filled(row.text("of"), members), per, row.optional_decimal("step") or steps[per])
