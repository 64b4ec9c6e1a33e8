"""Where a reporting year stands with a framework, and what was published of years before it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from sqlmodel import Session

from app.accounting.findings import Severity
from app.core.calendar.fiscal_years import PeriodName, UnknownPeriod, period_name, year_of
from app.core.calendar.periods import date_of, local_day, ms_from_instant, zone_named
from app.disclosure.history.canonical import document_from
from app.models import Organization
from app.store.directory.fiscal_years import calendar_of
from app.store.reporting.publications import Listed, publication_of, publications_of, published_of

FigureName: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]
"""What identifies a figure: its key, and its dimensions sorted."""


class Source(StrEnum):
    """Where the value of an earlier year comes from: computed now, published here, or a table printed before."""

    LIVE = "live"
    PUBLISHED = "published"
    IMPORTED = "imported"


class DisclosureStatus(StrEnum):
    """How far a year's disclosure has come: only live figures, a draft of them, an approved one, a published one."""

    LIVE = "live"
    DRAFT = "draft"
    APPROVED = "approved"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a reporting period stands; `interim` when all that was prepared of it was so before it was over."""

    status: DisclosureStatus
    interim: bool = False


LIVE = Standing(DisclosureStatus.LIVE)


@dataclass(frozen=True, slots=True)
class PublishedValue:
    """A figure as a publication states it; restated when the one it replaces states another.

    `errors` are what its checks found grave when it was published. `days` are the local days [first, end) it is of,
    None where the publication names a year alone. `framework` is the edition, `gwp_set` the potentials it went by.
    """

    unit: str
    value: Decimal | None
    display: str | None
    text: str | None
    restated: bool = False
    errors: tuple[str, ...] = field(default=(), compare=False)
    source: Source = Source.PUBLISHED
    days: tuple[int, int] | None = field(default=None, compare=False)
    framework: str = field(default="", compare=False)
    gwp_set: str = field(default="", compare=False)


COMPARATIVE_INCOMPLETE = "comparative_incomplete"
"""The finding of an earlier year that lacks something."""

_MOST_KNOWN = 256
_known: dict[str, Mapping[FigureName, PublishedValue]] = {}
"""What documents state, by their digest: they never change."""


def status_of(publication: Listed) -> DisclosureStatus:
    """Return where a publication stands by the steps it took."""
    for status in (DisclosureStatus.PUBLISHED, DisclosureStatus.APPROVED):
        if publication.step(status) is not None:
            return status
    return DisclosureStatus.DRAFT


def standing_of(session: Session, organization_id: int, framework: str, year: PeriodName) -> Standing:
    """Return where a period stands: published once anything was, else as its newest publication; live without any.

    Interim publications count only where there are no others.
    """
    every = publications_of(session, organization_id, framework, year)
    whole = [each for each in every if not each.interim]
    found = [status_of(each) for each in whole or every]
    if not found:
        return LIVE
    status = DisclosureStatus.PUBLISHED if DisclosureStatus.PUBLISHED in found else found[-1]
    return Standing(status, interim=not whole)


def published_values(
    session: Session, organization_id: int, framework: str, years: Iterable[PeriodName]
) -> dict[PeriodName, Mapping[FigureName, PublishedValue]]:
    """Return the figures of the latest published publication of each of these periods that has one, interim apart."""
    return {
        year: _values(session, organization_id, framework, year, each)
        for year, each in published_of(session, organization_id, framework, years).items()
    }


def figure_name(key: str, dimensions: Mapping[str, str]) -> FigureName:
    """Return what identifies a figure."""
    return key, tuple(sorted(dimensions.items()))


def _values(
    session: Session, organization_id: int, framework: str, year: PeriodName, publication: Listed
) -> Mapping[FigureName, PublishedValue]:
    of_year = {each.number: each for each in publications_of(session, organization_id, framework, year)}

    def stated(number: int) -> Mapping[FigureName, PublishedValue]:
        digest = of_year[number].digest
        if digest not in _known:
            if len(_known) >= _MOST_KNOWN:
                _known.clear()
            _known[digest] = _stated(
                publication_of(session, organization_id, framework, year_of(year), number).document
            )
        return _known[digest]

    before = {} if publication.replaces is None else stated(publication.replaces)
    return {
        name: replace(found, restated=name in before and before[name] != found)
        for name, found in stated(publication.number).items()
    }


def _stated(text: str) -> Mapping[FigureName, PublishedValue]:
    document = document_from(text)
    days = published_days(document)
    return {
        figure_name(each["key"], each["dimensions"]): PublishedValue(
            each["unit"],
            _decimal(each["value"]),
            each["display"],
            each["text"],
            errors=tuple(_errors(each)),
            days=days,
            framework=document["framework"]["code"],
            gwp_set=document["basis"]["gwp_set"],
        )
        for each in document["figures"]
    }


def _errors(figure: Mapping[str, Any]) -> Iterator[str]:
    for each in figure["checks"]:
        if each["severity"] == Severity.ERROR and each["code"] != COMPARATIVE_INCOMPLETE:
            yield each["detail"]


def period_of_document(document: Mapping[str, Any]) -> PeriodName:
    """Return the name of the period a publication is of; before any had a name they were all of years."""
    return period_name(document["year"], transition=document["period"].get("name", "").endswith("T"))


def period_moved(organization: Organization, document: Mapping[str, Any]) -> str | None:
    """Return in words how a publication's period differs from what it is now; None where it is the same days."""
    name, (first, end) = period_of_document(document), published_days(document)
    was = f"{name} was {date_of(first)} to {date_of(end - 1)} when it was prepared"
    try:
        period = calendar_of(organization).named(name)
    except UnknownPeriod as error:
        return f"{was}. {error}"
    return None if period.bounds == (first, end) else f"{was} and is {period} now"


def published_days(document: Mapping[str, Any]) -> tuple[int, int]:
    """Return the local days [first, end) of a publication's reporting period, in the organization's time zone."""
    zone = zone_named(document["organization"]["timezone"])
    first, end = (ms_from_instant(datetime.fromisoformat(document["period"][name])) for name in ("start", "end"))
    return local_day(zone, first), local_day(zone, end)


def _decimal(value: int | Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(value)
