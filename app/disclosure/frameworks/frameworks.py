"""Reporting frameworks as data: which metrics and indicators they ask for, under which codes, titles and units."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from app.accounting.exact import scaled
from app.accounting.factors.gwp import UnknownGwpSet, gwp_set_named
from app.accounting.factors.sources import source_words
from app.accounting.metrics.energy import GJ, KWH, gj_of
from app.accounting.metrics.formula_rows import filled
from app.accounting.metrics.metric_lookup import Metric
from app.accounting.metrics.vocabulary import MetricBook, catalogue_book
from app.core.datafile import BadDataFile, Row, parse
from app.core.inventory.resources import Aspect
from app.core.sentences import Sentence, sentence
from app.core.units.quantities import Rounding
from app.core.units.units import PERCENT, DimensionMismatch, UnknownUnit, ratio
from app.disclosure.frameworks.framework_rows import OWN, RESOURCE, FigureRow, figure_row
from app.disclosure.frameworks.stated_specs import CodeStatus, StatedSpec, stated_spec

CO2E = "CO2e"

_FAMILY = re.compile("<([a-z_]+)>")
_SMALLER = {"tCO2e": "kgCO2e", "MWh": "kWh", "GJ": "MJ", "t": "kg", "ML": "m3"}
"""What is printed of a figure per something small, of which there are many: kg CO2e per square metre."""


class UnknownFramework(LookupError):
    """No framework has this code."""


@dataclass(frozen=True, slots=True, eq=False)
class Framework:
    """An edition of a framework; first_year and last_year are the reporting years it was made for, null open.

    `family` is what its editions have in common, by itself the code. `default` marks editions by which an organization
    reports that has chosen none. gwp_set is its own; splits_methane says that it asks for fossil methane by a
    potential of its own. `rows` are the figures that meters give, `stated` those that no meter does. `headlines` are
    keys of figures in the order in which a reader is told them first.
    """

    code: str
    family: str
    default: bool
    title: str
    edition: str
    first_year: int | None
    last_year: int | None
    gwp_set: str
    splits_methane: bool
    source: str
    rows: tuple[FigureRow, ...]
    stated: tuple[StatedSpec, ...]
    headlines: tuple[str, ...] = ()

    def holds_in(self, year: int) -> bool:
        """Tell whether the edition was made for a reporting year."""
        return (self.first_year is None or self.first_year <= year) and (
            self.last_year is None or year <= self.last_year
        )


@dataclass(frozen=True, slots=True)
class FigureSpec:
    """A concrete figure of a framework, before any value; rounding is its own rule, None the organization's.

    One that tables do not list is `asked` for by an organization.
    """

    kpi: str
    metric: Metric = field(hash=False)
    title: Sentence
    unit: str
    decimals: int
    dimensions: tuple[str, ...]
    status: CodeStatus
    place: int
    also: tuple[str, ...]
    rounding: Rounding | None = None
    asked: bool = False

    @property
    def key(self) -> str:
        """Return what the figure is known by, with its dimensions."""
        return self.metric.key


@lru_cache(maxsize=1)
def frameworks() -> dict[str, Framework]:
    """Return every shipped framework by code; raises BadDataFile."""
    return frameworks_in(files("app.reference").joinpath("frameworks"))


def frameworks_in(folder: Traversable) -> dict[str, Framework]:
    """Return the frameworks of a folder's files by code, each checked against the metrics; raises BadDataFile."""
    found = {}
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.name.endswith(".yaml"):
            framework = read_framework(parse(entry.read_text("utf-8"), where=entry.name), where=entry.name)
            if f"{framework.code}.yaml" != entry.name:
                raise BadDataFile(f"{entry.name}: holds the framework {framework.code}")
            found[framework.code] = framework
    return found


def framework_named(code: str) -> Framework:
    """Return the framework `code`; raises UnknownFramework."""
    try:
        return frameworks()[code]
    except KeyError:
        raise UnknownFramework(f"There is no framework {code!r}; there are {', '.join(frameworks())}") from None


def read_framework(data: list[object], *, where: str) -> Framework:
    """Return the framework of a file's one document; raises BadDataFile naming file and row."""
    if len(data) != 1:
        raise BadDataFile(f"{where}: holds {len(data)} documents instead of one")
    row = Row(data[0], where=where)
    figures = [_row(item, place) for place, item in enumerate(row.rows("figures"))]
    framework = Framework(
        code=row.text("code"),
        family=row.optional_text("family") or row.text("code"),
        default=row.flag("default"),
        title=row.text("title"),
        edition=row.text("edition"),
        first_year=row.whole("first_year") if row.has("first_year") else None,
        last_year=row.whole("last_year") if row.has("last_year") else None,
        gwp_set=row.text("gwp_set"),
        splits_methane=row.flag("splits_methane"),
        source=source_words(row.row("source")),
        rows=tuple(each for each in figures if isinstance(each, FigureRow)),
        stated=tuple(each for each in figures if isinstance(each, StatedSpec)),
        headlines=row.texts("headlines"),
    )
    row.close()
    try:
        gwp_set_named(framework.gwp_set)
    except UnknownGwpSet as error:
        raise BadDataFile(f"{where}: unknown GWP set {error}") from error
    _check(framework, where=where)
    return framework


def _row(row: Row, place: int) -> FigureRow | StatedSpec:
    return stated_spec(row, place) if row.has("indicator") else figure_row(row, place)


def _check(framework: Framework, *, where: str) -> None:
    """Refuse a key that no metric has, a key twice, a unit of another dimension, and absurd decimals."""
    book = catalogue_book()
    seen: set[str] = set()
    for row in framework.rows:
        place = f"{where}: row {row.key}"
        if "<" not in row.key and row.key not in book.metrics:
            raise BadDataFile(f"{place}: no metric has this key")
        specs = list(_specs(row, book))
        if not specs and row.aspect is None:
            raise BadDataFile(f"{place}: no metric has this key")
        for spec in specs:
            key, unit = spec.metric.key, book.unit(spec.metric.key)
            if key in seen:
                raise BadDataFile(f"{place}: {key} appears twice")
            if not 0 <= spec.decimals <= 12:
                raise BadDataFile(f"{place}: decimals {spec.decimals}")
            try:
                printed_units(Decimal(1), unit, spec.unit)
            except (UnknownUnit, DimensionMismatch) as error:
                raise BadDataFile(f"{place}: {key} cannot be printed in {spec.unit}: {error}") from error
            seen.add(key)
    for stated in framework.stated:
        if stated.key in seen or stated.key in book.metrics:
            raise BadDataFile(f"{where}: row {stated.key}: appears twice")
        seen.add(stated.key)
    if unknown := [key for key in framework.headlines if key not in seen]:
        raise BadDataFile(f"{where}: headlines: {', '.join(unknown)} is no figure of the framework")


def printed_units(value: Decimal, source: str, target: str) -> Decimal:
    """Return a value of unit `source` in `target`, CO2e of a mass being the mass.

    Raises UnknownUnit, and DimensionMismatch, also for CO2e printed as another mass.
    """
    if source == target:
        return value
    if (source, target) == (KWH, GJ):
        return gj_of(value)
    return scaled(value, printed_ratio(source, target))


def printed_ratio(source: str, target: str) -> Fraction:
    """Return how many `target` one `source` is when it is printed, as an exact fraction; raises as `printed_units`."""
    if source == target:
        return Fraction(1)
    if PERCENT in (source, target) or source.endswith(CO2E) != target.endswith(CO2E):
        raise DimensionMismatch(f"{source} is not {target}")
    return ratio(source.removesuffix(CO2E), target.removesuffix(CO2E))


@lru_cache(maxsize=1024)
def specs_of(framework: Framework, book: MetricBook) -> tuple[FigureSpec, ...]:
    """Return the framework's figures in the order of its file, families expanded."""
    return tuple(spec for row in framework.rows for spec in _specs(row, book))


def spec_named(framework: Framework, book: MetricBook, key: str) -> FigureSpec | None:
    """Return a figure that a row of the framework stands for without listing it; None where none does.

    Such is an intensity per another resource or metric than tables usually have.
    """
    metric = book.metrics.get(key)
    for row in framework.rows:
        if metric is not None and "<" in row.key and filled(row.key, metric.members) == key:
            return _spec(row, metric, book)
    return None


def _specs(row: FigureRow, book: MetricBook) -> Iterator[FigureSpec]:
    for metric in book.under(row.key):
        if row.aspect in (None, _aspect_of(metric, book)):
            yield _spec(row, metric, book)


def _spec(row: FigureRow, metric: Metric, book: MetricBook) -> FigureSpec:
    rule = next(rule for rule in row.rules if rule.fits(metric.members))
    unit, decimals = rule.unit or book.unit(metric.key), rule.decimals
    denominator = book.denominators[metric.members["denominator"]] if "denominator" in metric.members else None
    if denominator is not None and denominator.small and rule.denominator is None and unit in _SMALLER:
        unit, decimals = _SMALLER[unit], max(decimals, 3)
    return FigureSpec(
        kpi=row.kpi,
        metric=metric,
        title=_title(row.title, metric.members, book),
        unit=unit,
        decimals=decimals,
        dimensions=row.dimensions,
        status=row.status,
        place=row.place,
        also=row.also,
    )


def _aspect_of(metric: Metric, book: MetricBook) -> Aspect | None:
    return book.catalogue.named(metric.members[OWN]).aspect if OWN in metric.members else None


def _title(template: str, members: Mapping[str, str], book: MetricBook) -> Sentence:
    """Return a row's title with the members of its families in their places."""
    what, per, _rest = template.partition(" per <denominator>")
    words = {family: sentence(_member_title(family, member, book)) for family, member in members.items()}
    used = {family: each for family, each in words.items() if f"<{family}>" in what}
    title = sentence(_FAMILY.sub(r"%(\1)s", what), **used)
    if not per:
        return title
    return sentence("%(what)s per %(of)s", what=title, of=book.denominators[members["denominator"]].title)


def _member_title(family: str, member: str, book: MetricBook) -> str:
    return book.catalogue.named(member).title if family in (RESOURCE, OWN) else member
