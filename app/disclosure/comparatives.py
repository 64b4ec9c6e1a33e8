"""Comparatives as they were published, in the place of live ones, and what must be said of those that lack a part."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from sqlmodel import Session

from app.accounting.amounts import Amount
from app.accounting.consumption import Where
from app.accounting.findings import Finding, Severity
from app.core.fiscal_years import PeriodKind, PeriodName, ReportingPeriod, is_transition, year_of
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

Published: TypeAlias = Mapping[PeriodName, Mapping[FigureName, PublishedValue]]
"""The figures of earlier periods as they were published last, by the period's name."""

AmountOf: TypeAlias = Callable[[str, Where, PeriodName], Amount | None]


def published_of(session: Session, organization_id: int, framework: str, figures: Sequence[Figure]) -> Published:
    """Return what was published last of the earlier periods that stand beside these figures; interim ones are not.

    Where a year was not published here, it is what a table printed before says of it.
    """
    periods = {comparative.period.name for each in figures for comparative in each.comparatives}
    here = published_values(session, organization_id, framework, periods)
    elsewhere = {year_of(name) for name in periods if name not in here and not is_transition(name)}
    return {**imported_values(session, organization_id, framework, elsewhere), **here}


def with_published(published: Published, figures: Sequence[Figure]) -> list[Figure]:
    """Return the figures, earlier periods in them as they were published, where they were, and in the same unit.

    What was published of other days than the period has now is shown with those days.
    """
    if not published:
        return list(figures)
    return [
        replace(each, comparatives=tuple(_shown(published, each, comparative) for comparative in each.comparatives))
        for each in figures
    ]


def with_what_must_be_said(
    figures: Sequence[Figure], shown: Sequence[Figure], amount: AmountOf, published: Published
) -> list[Figure]:
    """Return the figures `shown` with an error on each comparative that lacks what has data: it is too small, or null.

    A warning tells of one that is of other days than its period has now. `figures` are the same with live comparatives;
    `amount` is what one of these is, None where nothing computes it.
    """
    return [_told(before, after, amount, published) for before, after in zip(figures, shown, strict=True)]


def _told(live: Figure, shown: Figure, amount: AmountOf, published: Published) -> Figure:
    found: list[Finding] = []
    for before, after in zip(live.comparatives, shown.comparatives, strict=True):
        if before is not after:
            stated = published[after.period.name][figure_name(shown.key, shown.dimensions)]
            found += [_lacks(after.period.name, "as published: " + words, "") for words in stated.errors]
            found += _of_other_days(before, after)
        elif (of_period := amount(live.key, live.dimensions, before.period.name)) is not None:
            found += [_lacks(before.period.name, each.detail, each.mend) for each in of_period.lacking]
    return replace(shown, checks=(*shown.checks, *dict.fromkeys(found))) if found else shown


def _lacks(name: PeriodName, detail: str, mend: str) -> Finding:
    return Finding(COMPARATIVE_INCOMPLETE, Severity.ERROR, f"{name}: {detail}", mend=mend)


def _of_other_days(live: Comparative, shown: Comparative) -> Iterator[Finding]:
    if live.period.bounds != shown.period.bounds:
        words = f"{shown.period} is shown as it was published; the reporting period is {live.period} now"
        mend = "Restate the earlier period, or state the fiscal years as they were when it was published"
        yield Finding("comparative_period_differs", Severity.WARNING, words, mend)


def _shown(published: Published, figure: Figure, live: Comparative) -> Comparative:
    found = published.get(live.period.name, {}).get(figure_name(figure.key, figure.dimensions))
    if found is None or not _same_unit(found, figure.unit):
        return live
    period = live.period
    if found.days is not None and found.days != period.bounds:
        period = ReportingPeriod(period.name, *found.days, PeriodKind.YEAR)
    return Comparative(period, found.value, found.display, found.restated, text=found.text, source=found.source)


def _same_unit(found: PublishedValue, unit: str) -> bool:
    """Tell whether a value is in a figure's unit; a printed table names an intensity's without what it is per."""
    return found.unit == unit or (found.source is Source.IMPORTED and found.unit == unit.partition(" per ")[0])
