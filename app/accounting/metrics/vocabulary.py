"""The figures the service can compute, as data: each metric's formula in a small vocabulary, families expanded."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from app.accounting.metrics.denominators import Denominator, denominator_from, denominator_of
from app.accounting.metrics.emission_terms import KG_CO2E
from app.accounting.metrics.energy import KWH
from app.accounting.metrics.formula_rows import filled, formula_of
from app.accounting.metrics.formulas import (
    AsStated,
    Biogenic,
    Difference,
    Emissions,
    Energy,
    Level,
    Quantity,
    Ratio,
    Share,
    Sum,
)
from app.accounting.metrics.metric_lookup import Listed, Metric, denominator_otherwise, metric_otherwise, of_resource
from app.accounting.metrics.stated_amounts import unit_of_stated
from app.core.datafile import BadDataFile, Row, documents
from app.core.inventory.resources import SHIPPED, Aspect, Catalogue, matches
from app.core.units.units import PERCENT


@dataclass(frozen=True, slots=True)
class _Family:
    key: str
    members: tuple[str, ...]
    metered: str | None
    own: tuple[Aspect, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MetricBook:
    """Every metric of an organization by key, in the order of the data file.

    Both mappings list what a table may have; by key they know any resource as a metric and as a denominator, any metric
    that adds up as a denominator, and every intensity per one of these.
    """

    metrics: Mapping[str, Metric] = field(hash=False)
    denominators: Mapping[str, Denominator] = field(hash=False)
    catalogue: Catalogue

    def unit(self, key: str) -> str:
        """Return the unit a metric is computed in; an intensity's is that of what is divided."""
        match self.metrics[key].formula:
            case Quantity(resources, _) | Level(resources, _):
                return self.catalogue.named(resources[0]).unit
            case Energy():
                return KWH
            case Emissions() | Biogenic():
                return KG_CO2E
            case AsStated(indicator):
                return unit_of_stated(indicator)
            case Sum(parts):
                return self.unit(parts[0])
            case Difference(of) | Ratio(of):
                return self.unit(of)
            case Share():
                return PERCENT

    def under(self, template: str) -> list[Metric]:
        """Return the metrics that a key with placeholders such as <resource> stands for."""
        if "<" not in template:
            return [self.metrics[template]]
        return [metric for metric in self.metrics.values() if filled(template, metric.members) == metric.key]


def metric_book(metered: Collection[str], catalogue: Catalogue = SHIPPED) -> MetricBook:
    """Return the metrics of an organization whose meters measure the resources `metered` of its catalogue.

    Members of families that are always listed are there too: a table has its usual rows whatever is metered. Raises
    BadDataFile.
    """
    relevant = {key for key in metered for family in _families() if family.metered and _member_of(family, key)}
    relevant |= {resource.key for resource in catalogue.own if resource.key in metered}
    relevant |= {denominator.key for denominator in _denominators() if denominator.key in metered}
    return _book(frozenset(relevant), catalogue)


@lru_cache(maxsize=64)
def catalogue_book(catalogue: Catalogue = SHIPPED) -> MetricBook:
    """Return the metrics of an organization that measures everything of its catalogue; raises BadDataFile."""
    return metric_book({resource.key for resource in catalogue.resources if "<" not in resource.key}, catalogue)


@lru_cache(maxsize=256)
def _book(metered: frozenset[str], catalogue: Catalogue) -> MetricBook:
    row = _file()
    denominators = {each.key: each for each in _listed_denominators(metered, catalogue)}
    families = {family.key: _members(family, metered, catalogue) for family in _families()}
    families["denominator"] = tuple(denominators)
    steps = {key: denominator.step for key, denominator in denominators.items()}
    metrics: dict[str, Metric] = {}
    for item in row.rows("metrics"):
        for metric in _expanded(item, families, steps, catalogue):
            known = metrics.get(metric.key)
            if known is None or _of_own(known, catalogue):
                metrics[metric.key] = metric
            elif not _of_own(metric, catalogue):
                raise BadDataFile(f"{item.where}: {metric.key} is defined twice")
    book = _looked_up(metrics, denominators, catalogue)
    _check(book)
    return book


def _looked_up(
    metrics: Mapping[str, Metric], denominators: Mapping[str, Denominator], catalogue: Catalogue
) -> MetricBook:
    by_key: Mapping[str, Metric] = Listed(
        metrics, lambda key: metric_otherwise(key, metrics, book.denominators, catalogue)
    )
    per_key = Listed(denominators, lambda key: denominator_otherwise(key, by_key, book.unit, catalogue))
    book = MetricBook(by_key, per_key, catalogue)
    return book


@lru_cache(maxsize=1)
def _denominators() -> tuple[Denominator, ...]:
    return tuple(map(denominator_from, _file().rows("denominators")))


def _listed_denominators(metered: Collection[str], catalogue: Catalogue) -> Iterator[Denominator]:
    """Yield the denominators of the tables: the usual ones, and what else is metered of what is made and employed."""
    for denominator in _denominators():
        if not denominator.optional or denominator.key in metered:
            yield denominator
    for own in catalogue.own:
        if own.key in metered and own.aspect is Aspect.PROFILE and of_resource(own) is not None:
            yield denominator_of(own.key, own.unit, own.title[:1].lower() + own.title[1:])


def _file() -> Row:
    return Row(documents("metrics.yaml")[0], where="metrics.yaml")


@lru_cache(maxsize=1)
def _families() -> tuple[_Family, ...]:
    return tuple(
        _Family(
            key=row.text("key"),
            members=row.texts("members"),
            metered=row.optional_text("metered"),
            own=tuple(map(Aspect, row.texts("own"))),
        )
        for row in _file().rows("families")
    )


def _of_own(metric: Metric, catalogue: Catalogue) -> bool:
    """Tell whether a metric is of an own resource: it gives way to one that a later release defines under its key."""
    return any(resource.key in metric.members.values() for resource in catalogue.own)


def _member_of(family: _Family, resource: str) -> str | None:
    pattern = family.metered or ""
    if pattern.endswith(".*"):
        return resource if matches(pattern, resource) else None
    prefix, _, suffix = pattern.partition(f"<{family.key}>")
    if resource.startswith(prefix) and resource.endswith(suffix) and len(resource) > len(prefix) + len(suffix):
        return resource[len(prefix) : len(resource) - len(suffix)]
    return None


def _members(family: _Family, metered: frozenset[str], catalogue: Catalogue) -> tuple[str, ...]:
    found: list[str] = []
    for named in family.members:
        if named.endswith(".*"):
            found += [resource.key for resource in catalogue.resources if matches(named, resource.key)]
        else:
            found.append(named)
    found += [each.key for each in catalogue.own_quantities(*family.own) if each.key in metered]
    if family.metered:
        found += sorted(member for resource in metered if (member := _member_of(family, resource)))
    return tuple(dict.fromkeys(found))


def _expanded(
    row: Row, families: Mapping[str, tuple[str, ...]], steps: Mapping[str, Decimal], catalogue: Catalogue
) -> Iterator[Metric]:
    key = row.text("key")
    choices: list[dict[str, str]] = [{}]
    for family, members in families.items():
        if f"<{family}>" in key:
            choices = [{**choice, family: member} for choice in choices for member in members]
    for choice in choices:
        yield Metric(filled(key, choice), formula_of(row, choice, steps, catalogue), choice)
    if choices:
        row.close()


def _check(book: MetricBook) -> None:
    """Refuse a formula that names an unknown metric."""
    for metric in book.metrics.values():
        match metric.formula:
            case Sum(parts):
                used: tuple[str, ...] = parts
            case Difference(minuend, subtrahend):
                used = (minuend, subtrahend)
            case Share(of, within):
                used = (of, within)
            case Ratio(of, per):
                used = (of, per)
            case _:
                continue
        for key in used:
            if key not in book.metrics:
                raise BadDataFile(f"metrics.yaml: {metric.key} needs the unknown {key}")
