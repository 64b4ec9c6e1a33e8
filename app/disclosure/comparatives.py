"""Comparatives as they were published, in the place of live ones, and what must be said of those that lack a part."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from sqlmodel import Session

from app.accounting.amounts import Amount
from app.accounting.consumption import Where
from app.accounting.findings import Finding, Severity
from app.disclosure.figures import Comparative, Figure
from app.disclosure.imported_values import imported_values
from app.disclosure.standing import (
    COMPARATIVE_INCOMPLETE,
    FigureName,
    PublishedValue,
    Source,
    figure_name,
    published_values,
)

Published: TypeAlias = Mapping[int, Mapping[FigureName, PublishedValue]]
"""The figures of earlier years as they were published last, by year."""


def published_of(session: Session, organization_id: int, framework: str, figures: Sequence[Figure]) -> Published:
    """Return what was published last of the earlier years that stand beside these figures.

    Where a year was not published here, it is what a table printed before says of it.
    """
    years = {comparative.year for each in figures for comparative in each.comparatives}
    here = published_values(session, organization_id, framework, years)
    return imported_values(session, organization_id, framework, years - here.keys()) | here


def with_published(published: Published, figures: Sequence[Figure]) -> list[Figure]:
    """Return the figures, earlier years in them as they were published, where they were, and in the same unit."""
    if not published:
        return list(figures)
    return [
        replace(each, comparatives=tuple(_shown(published, each, comparative) for comparative in each.comparatives))
        for each in figures
    ]


def with_what_is_lacking(
    figures: Sequence[Figure],
    shown: Sequence[Figure],
    amount: Callable[[str, Where, int], Amount | None],
    published: Published,
) -> list[Figure]:
    """Return the figures `shown`, an error on each comparative that lacks what has data: it is too small, or null.

    `figures` are the same with live comparatives; `amount` is what one of these is, None where nothing computes it.
    """
    return [_told(before, after, amount, published) for before, after in zip(figures, shown, strict=True)]


def _told(
    live: Figure, shown: Figure, amount: Callable[[str, Where, int], Amount | None], published: Published
) -> Figure:
    found: list[Finding] = []
    for before, after in zip(live.comparatives, shown.comparatives, strict=True):
        if before is not after:
            stated = published[after.year][figure_name(shown.key, shown.dimensions)]
            found += [_lacks(after.year, "as published: " + words, "") for words in stated.errors]
        elif (of_year := amount(live.key, live.dimensions, before.year)) is not None:
            found += [_lacks(before.year, each.detail, each.mend) for each in of_year.lacking]
    return replace(shown, checks=(*shown.checks, *dict.fromkeys(found))) if found else shown


def _lacks(year: int, detail: str, mend: str) -> Finding:
    return Finding(COMPARATIVE_INCOMPLETE, Severity.ERROR, f"{year}: {detail}", mend=mend)


def _shown(published: Published, figure: Figure, live: Comparative) -> Comparative:
    found = published.get(live.year, {}).get(figure_name(figure.key, figure.dimensions))
    if found is None or not _same_unit(found, figure.unit):
        return live
    return Comparative(live.year, found.value, found.display, found.restated, text=found.text, source=found.source)


def _same_unit(found: PublishedValue, unit: str) -> bool:
    """Tell whether a value is in a figure's unit; a printed table names an intensity's without what it is per."""
    return found.unit == unit or (found.source is Source.IMPORTED and found.unit == unit.partition(" per ")[0])
