"""Drift: which figures of a publication are no longer what is computed now, by how much, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from typing import Any

from sqlmodel import Session

from app.accounting.exact import quotient
from app.core.sentences import sentence
from app.core.units.quantities import EXACT, Rounding
from app.disclosure.drift.causes import Cause, cause_of, stated_cause
from app.disclosure.drift.stages import Way, way_from
from app.disclosure.figures.books import Books, dimensions_of, open_books
from app.disclosure.figures.figures import amount_of, shown
from app.disclosure.figures.stated import stated_figures
from app.disclosure.frameworks.figure_settings import as_set
from app.disclosure.frameworks.frameworks import FigureSpec
from app.disclosure.history.canonical import document_from
from app.disclosure.history.standing import FigureName, figure_name
from app.disclosure.publications.basis import PublicationBasis, basis_from
from app.models import id_of
from app.store.arrivals.entered import entered
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.reporting.publications import Listed, listed_of, publication_of

DEFAULT_THRESHOLD_PERCENT = Decimal(5)


@dataclass(frozen=True, slots=True)
class MovedFigure:
    """A figure that is another now, both values in the unit it was published in.

    change_percent is None where one of them is missing or nothing was published: that is always material.
    """

    kpi: str
    key: str
    dimensions: Mapping[str, str] = field(hash=False)
    title: str
    unit: str
    published: Decimal | None
    published_display: str | None
    published_text: str | None
    live: Decimal | None
    live_display: str | None
    live_text: str | None
    change_percent: Decimal | None
    material: bool
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """What has moved since a publication; a figure is material from `threshold` percent on."""

    publication: Listed
    threshold: Decimal
    figures: tuple[MovedFigure, ...]


@dataclass(frozen=True, slots=True)
class _Label:
    kpi: str
    key: str
    title: str
    unit: str


@dataclass(frozen=True, slots=True)
class _Live:
    value: Decimal | None
    display: str | None
    text: str | None = None


@dataclass(frozen=True)
class _Comparison:
    """A publication beside what is computed now."""

    document: Mapping[str, Any]
    published: Mapping[FigureName, Mapping[str, Any]]
    basis: PublicationBasis
    way: Way
    books: Books
    threshold: Decimal

    @property
    def rounding(self) -> Rounding:
        return Rounding(self.document["basis"]["rounding"])


def publication_drift(
    database: Database, *, organization: str, framework: str, year: int, number: int, threshold: Decimal
) -> Drift:
    """Compare a publication with what is stored now; raises NotThere, UnknownFramework."""
    with entered(database, organization) as session:
        row_organization = organization_of(session, organization)
        row = publication_of(session, id_of(row_organization), framework, year, number)
        document = document_from(row.document)
        basis = basis_from(document)
        period = basis.year
        way = way_from(session, row_organization, basis, framework=framework, as_of_ms=row.as_of)
        books = open_books(session, organization=organization, framework=framework, year=period, plant=None, earlier=0)
        published = {figure_name(each["key"], each["dimensions"]): each for each in document["figures"]}
        compared = _Comparison(document, published, basis, way, books, threshold)
        figures = [*_measured(session, compared), *_stated(compared)]
        places = {each["key"]: place for place, each in enumerate(reversed(document["figures"]))}
        figures.sort(key=lambda figure: -places.get(figure.key, -1))
        return Drift(listed_of(session, row), threshold, tuple(figures))


def _measured(session: Session, compared: _Comparison) -> Iterator[MovedFigure]:
    """Yield the figures that meters give, those that were published and those that are there now."""
    way, seen = compared.way, set[FigureName]()
    for spec in way.specs:
        label = _Label(spec.kpi, spec.key, spec.title, compared.books.unit(spec))
        for where in _places(compared, spec):
            name = figure_name(spec.key, where)
            seen.add(name)
            before = compared.published.get(name)
            live = amount_of(spec, where, way.stages[-1].evaluation).value
            if _value(before) != live:
                causes = tuple(cause_of(session, way, compared.document, spec, where, before))
                printed = shown(live, spec, compared.rounding)
                yield _moved(compared, label, where, before, _Live(live, printed), causes)
    stated = {spec.key for spec in compared.books.stated.specs}
    for name, before in compared.published.items():
        if name not in seen and name[0] not in stated and before["value"] is not None:
            words = sentence(
                "nothing measures %(key)s any more, or the framework no longer asks for it", key=before["key"]
            )
            causes = (Cause("meter_inventory", words, None),)
            yield _moved(compared, _label_of(before), before["dimensions"], before, _Live(None, None), causes)


def _places(compared: _Comparison, spec: FigureSpec) -> Sequence[Mapping[str, str]]:
    """Return the breakdowns of a figure that were published or are there now, the total first."""
    found = {figure_name(spec.key, where): where for where in dimensions_of(spec, compared.books.boundary)}
    found |= {name: each["dimensions"] for name, each in compared.published.items() if name[0] == spec.key}
    return list(found.values())


def _stated(compared: _Comparison) -> Iterator[MovedFigure]:
    """Yield the figures that somebody stated and that are stated otherwise now."""
    year, settings = compared.basis.year, compared.basis.settings
    framework = compared.books.framework
    years = replace(
        compared.books.stated,
        specs=as_set(framework.stated, settings, framework=framework.code),
        rounding=compared.rounding,
    )
    live = {figure_name(each.key, each.dimensions): each for each in stated_figures(years, year)}
    keys = {spec.key for spec in years.specs}
    for name in dict.fromkeys((*live, *(name for name in compared.published if name[0] in keys))):
        before, now = compared.published.get(name), live.get(name)
        found = _Live(None, None) if now is None else _Live(now.value, now.display, now.text)
        if (_value(before), (before or {}).get("text")) == (found.value, found.text):
            continue
        where = dict(name[1])
        cause = stated_cause(name[0], before, years.books[year].at(name[0], where), _less(found.value, _value(before)))
        label = _Label(now.kpi, now.key, now.title, now.unit) if now else _label_of(before or {})
        yield _moved(compared, label, where, before, found, (cause,))


def _label_of(published: Mapping[str, Any]) -> _Label:
    return _Label(published["kpi"], published["key"], published["title"], published["unit"])


def _moved(
    compared: _Comparison,
    label: _Label,
    where: Mapping[str, str],
    before: Mapping[str, Any] | None,
    live: _Live,
    causes: tuple[Cause, ...],
) -> MovedFigure:
    change = _percent(_value(before), live.value)
    return MovedFigure(
        kpi=label.kpi,
        key=label.key,
        dimensions=dict(where),
        title=label.title,
        unit=label.unit,
        published=_value(before),
        published_display=before["display"] if before else None,
        published_text=before["text"] if before else None,
        live=live.value,
        live_display=live.display,
        live_text=live.text,
        change_percent=change,
        material=change is None or abs(change) >= compared.threshold,
        causes=causes,
    )


def _percent(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    difference = _less(after, before)
    if difference is None or not before:
        return None
    with localcontext(EXACT):
        return quotient(difference * 100, abs(before))


def _less(after: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if after is None or before is None else EXACT.subtract(after, before)


def _value(published: Mapping[str, Any] | None) -> Decimal | None:
    return None if published is None or published["value"] is None else Decimal(published["value"])
