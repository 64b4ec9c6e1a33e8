"""How an organization prints single figures: rounding rule, unit and decimals in place of the framework's."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar

from app.accounting.metrics.vocabulary import MetricBook, metric_book
from app.core.inventory.inventory import FieldProblem
from app.core.inventory.resources import Catalogue
from app.core.units.quantities import Rounding
from app.core.units.units import DimensionMismatch, UnknownUnit
from app.disclosure.frameworks.frameworks import FigureSpec, Framework, frameworks, printed_units, spec_named, specs_of
from app.disclosure.frameworks.stated_specs import StatedSpec, printable
from app.models import FigureSetting

Spec = TypeVar("Spec", FigureSpec, StatedSpec)


@dataclass(frozen=True, slots=True)
class Setting:
    """What is printed otherwise of the figure `key` of a framework; None leaves the framework's rule."""

    framework: str
    key: str
    rounding: Rounding | None
    unit: str | None
    decimals: int | None


def setting_from(row: FigureSetting) -> Setting:
    """Return a stored setting."""
    rounding = Rounding(row.rounding) if row.rounding else None
    return Setting(row.framework, row.key, rounding, row.unit, row.decimals)


def as_set(specs: Iterable[Spec], settings: Iterable[Setting], *, framework: str) -> tuple[Spec, ...]:
    """Return a framework's figures as an organization prints them."""
    by_key = {setting.key: setting for setting in settings if setting.framework == framework}
    return tuple(_applied(spec, by_key[spec.key]) if spec.key in by_key else spec for spec in specs)


def figures_as_set(framework: Framework, book: MetricBook, settings: Sequence[Setting]) -> tuple[FigureSpec, ...]:
    """Return a framework's figures as an organization prints them, those it has asked for by a setting among them."""
    listed = specs_of(framework, book)
    known = {spec.key for spec in listed}
    asked = [each.key for each in settings if each.framework == framework.code and each.key not in known]
    others = (spec for key in asked if (spec := spec_named(framework, book, key)) is not None)
    return as_set((*listed, *(replace(spec, asked=True) for spec in others)), settings, framework=framework.code)


def _applied(spec: Spec, setting: Setting) -> Spec:
    return replace(
        spec,
        unit=spec.unit if setting.unit is None else setting.unit,
        decimals=spec.decimals if setting.decimals is None else setting.decimals,
        rounding=setting.rounding,
    )


def setting_problems(
    settings: Sequence[Setting], metered: Collection[str], catalogue: Catalogue
) -> Iterator[FieldProblem]:
    """Yield what is wrong with settings, by their place, where meters measure `metered` of the catalogue."""
    book = metric_book(metered, catalogue)
    seen: set[tuple[str, str]] = set()
    for index, setting in enumerate(settings):
        if (setting.framework, setting.key) in seen:
            yield FieldProblem("key", "set_twice", "An earlier setting of the list is for the same figure", index)
        seen.add((setting.framework, setting.key))
        framework = frameworks().get(setting.framework)
        if framework is None:
            words = f"There is no framework {setting.framework!r}; there are {', '.join(frameworks())}"
            yield FieldProblem("framework", "unknown_framework", words, index)
            continue
        specs: list[FigureSpec | StatedSpec] = [*specs_of(framework, book), *framework.stated]
        spec = next((each for each in specs if each.key == setting.key), None)
        spec = spec or spec_named(framework, book, setting.key)
        if spec is None:
            yield FieldProblem("key", "unknown_figure", f"{framework.code} has no figure {setting.key!r}", index)
        elif setting.unit is not None and not _printable(spec, book, setting.unit):
            words = f"{setting.key} is in {spec.unit}: it cannot be printed in {setting.unit!r}"
            yield FieldProblem("unit", "unit_mismatch", words, index)
        elif (setting.rounding, setting.unit, setting.decimals) == (None, None, None):
            yield FieldProblem("rounding", "nothing_set", "state a rounding, a unit or decimals", index)


def _printable(spec: FigureSpec | StatedSpec, book: MetricBook, target: str) -> bool:
    if isinstance(spec, StatedSpec):
        return printable(spec.indicator, target)
    try:
        printed_units(Decimal(1), book.unit(spec.key), target)
    except (UnknownUnit, DimensionMismatch):
        return False
    return True
