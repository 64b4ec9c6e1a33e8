"""Where a reporting year stands with a framework, and what was published of years before it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from sqlmodel import Session

from app.accounting.findings import Severity
from app.disclosure.canonical import document_from
from app.store.publications import Listed, publication_of, publications_of, published_of

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
class PublishedValue:
    """A figure as a publication states it; restated when the one it replaces states another.

    `errors` are what its checks found grave when it was published.
    """

    unit: str
    value: Decimal | None
    display: str | None
    text: str | None
    restated: bool = False
    errors: tuple[str, ...] = field(default=(), compare=False)
    source: Source = Source.PUBLISHED


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


def year_status(session: Session, organization_id: int, framework: str, year: int) -> DisclosureStatus:
    """Return where a year stands: published once anything was, else as its newest publication; live without any."""
    every = [status_of(each) for each in publications_of(session, organization_id, framework, year)]
    if DisclosureStatus.PUBLISHED in every:
        return DisclosureStatus.PUBLISHED
    return every[-1] if every else DisclosureStatus.LIVE


def published_values(
    session: Session, organization_id: int, framework: str, years: Iterable[int]
) -> dict[int, Mapping[FigureName, PublishedValue]]:
    """Return the figures of the latest published publication of each of these years that has one."""
    return {
        year: _values(session, organization_id, framework, year, each)
        for year, each in published_of(session, organization_id, framework, years).items()
    }


def figure_name(key: str, dimensions: Mapping[str, str]) -> FigureName:
    """Return what identifies a figure."""
    return key, tuple(sorted(dimensions.items()))


def _values(
    session: Session, organization_id: int, framework: str, year: int, publication: Listed
) -> Mapping[FigureName, PublishedValue]:
    of_year = {each.number: each for each in publications_of(session, organization_id, framework, year)}

    def stated(number: int) -> Mapping[FigureName, PublishedValue]:
        digest = of_year[number].digest
        if digest not in _known:
            if len(_known) >= _MOST_KNOWN:
                _known.clear()
            _known[digest] = _stated(publication_of(session, organization_id, framework, year, number).document)
        return _known[digest]

    before = {} if publication.replaces is None else stated(publication.replaces)
    return {
        name: replace(found, restated=name in before and before[name] != found)
        for name, found in stated(publication.number).items()
    }


def _stated(text: str) -> Mapping[FigureName, PublishedValue]:
    return {
        figure_name(each["key"], each["dimensions"]): PublishedValue(
            each["unit"], _decimal(each["value"]), each["display"], each["text"], errors=tuple(_errors(each))
        )
        for each in document_from(text)["figures"]
    }


def _errors(figure: Mapping[str, Any]) -> Iterator[str]:
    for each in figure["checks"]:
        if each["severity"] == Severity.ERROR and each["code"] != COMPARATIVE_INCOMPLETE:
            yield each["detail"]


def _decimal(value: int | Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(value)
