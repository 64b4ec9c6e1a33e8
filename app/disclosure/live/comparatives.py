"""Comparatives as they were published, in the place of live ones, and what must be said of those that lack a part.

A year is looked for in the framework's own edition first, then in the other editions of its family: a company that
reported 2024 by hkex-2020 shows 2025 by hkex-2025, and beside it the 2024 that its readers know.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from sqlmodel import Session

from app.accounting.factors.gwp import gwp_set_named
from app.accounting.findings import Finding, Severity
from app.accounting.ledger.amounts import Amount
from app.accounting.metrics.consumption import Where
from app.accounting.metrics.evaluate import Evaluation
from app.core.calendar.fiscal_years import PeriodKind, PeriodName, ReportingPeriod, is_transition, year_of
from app.core.sentences import N_, NOTHING, Sentence, sentence
from app.disclosure.figures.figures import Comparative, Figure
from app.disclosure.frameworks.editions import other_editions
from app.disclosure.frameworks.frameworks import Framework, framework_named
from app.disclosure.history.imported_values import imported_values
from app.disclosure.history.standing import (
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


OTHER_GWP_SET = "comparative_other_gwp_set"
"""The finding of an earlier year that another edition published by other potentials."""


class Computed:
    """What live comparatives are: the edition, what a figure of a period comes to, and by which potentials.

    `amount` is None of what nothing computes.
    """

    def __init__(self, framework: Framework, amount: AmountOf, evaluations: Mapping[PeriodName, Evaluation]) -> None:
        self.framework, self.amount = framework, amount
        self._evaluations = evaluations
        self._under: dict[tuple[PeriodName, str, bool], Evaluation] = {}

    def set_of(self, name: PeriodName) -> str:
        """Return the potentials of a period in words."""
        return weighing(self.framework, self._evaluations[name].gwp_set.name)

    def depends_on_set(self, figure: Figure, name: PeriodName, edition: Framework, gwp_set: str) -> bool:
        """Tell whether a figure of a period comes to something else by the potentials of another edition.

        Where there are no readings to tell it by, all that is in CO2e does.
        """
        if "CO2e" not in figure.unit or (now := self.amount(figure.key, figure.dimensions, name)) is None:
            return False
        if now.value is None:
            return weighing(edition, gwp_set) != self.set_of(name)
        place = name, gwp_set, edition.splits_methane
        if place not in self._under:
            potentials = gwp_set_named(gwp_set, splits_methane=edition.splits_methane)
            self._under[place] = self._evaluations[name].under(potentials)
        return self._under[place].amount(figure.key, figure.dimensions).value != now.value


def weighing(framework: Framework, gwp_set: str) -> str:
    """Return the potentials that an edition uses, in words."""
    if not framework.splits_methane:
        return gwp_set
    return sentence("%(gwp_set)s with fossil methane by its own", gwp_set=gwp_set)


def published_of(session: Session, organization_id: int, framework: Framework, figures: Sequence[Figure]) -> Published:
    """Return what was published last of the earlier periods that stand beside these figures; interim ones are not.

    Where the edition has published nothing of a period, it is what a table printed before says of it, else what another
    edition of the family has published or printed, the edition in force in that year before others.
    """
    periods = {comparative.period.name for each in figures for comparative in each.comparatives}
    found = dict(published_values(session, organization_id, framework.code, periods))
    for name in periods - found.keys():
        values: dict[FigureName, PublishedValue] = {}
        for edition in reversed(other_editions(framework, year_of(name))):
            values |= _said(_printed(session, organization_id, edition, name))
            values |= _said(published_values(session, organization_id, edition.code, [name]).get(name, {}))
        values |= _printed(session, organization_id, framework, name)
        if values:
            found[name] = values
    return found


def with_published(published: Published, figures: Sequence[Figure], computed: Computed) -> list[Figure]:
    """Return the figures, earlier periods in them as they were published, where they were, and in the same unit.

    What was published of other days than the period has now is shown with those days. What another edition published by
    other potentials stays live, restated where it comes to something else: two sets are not comparable.
    """
    if not published:
        return list(figures)
    return [
        replace(
            each,
            comparatives=tuple(_shown(published, each, comparative, computed) for comparative in each.comparatives),
        )
        for each in figures
    ]


def with_what_must_be_said(
    figures: Sequence[Figure], shown: Sequence[Figure], published: Published, computed: Computed
) -> list[Figure]:
    """Return the figures `shown` with an error on each comparative that lacks what has data: it is too small, or null.

    A warning tells of one that is of other days than its period has now. `figures` are the same with live comparatives.
    """
    return [_told(before, after, published, computed) for before, after in zip(figures, shown, strict=True)]


def _printed(
    session: Session, organization_id: int, framework: Framework, name: PeriodName
) -> Mapping[FigureName, PublishedValue]:
    if is_transition(name):
        return {}
    return imported_values(session, organization_id, framework.code, [year_of(name)]).get(name, {})


def _said(values: Mapping[FigureName, PublishedValue]) -> dict[FigureName, PublishedValue]:
    """Return what is said of figures: one that another edition left empty is not."""
    return {name: each for name, each in values.items() if each.value is not None or each.text is not None}


def _told(live: Figure, shown: Figure, published: Published, computed: Computed) -> Figure:
    found: list[Finding] = []
    for before, after in zip(live.comparatives, shown.comparatives, strict=True):
        stated = _stated(published, live, before)
        if stated is not None and after.source is not Source.LIVE:
            found += [
                _lacks(after.period.name, sentence("as published: %(error)s", error=words), NOTHING)
                for words in stated.errors
            ]
            found += _of_other_days(before, after)
        elif (of_period := computed.amount(live.key, live.dimensions, before.period.name)) is not None:
            found += [_lacks(before.period.name, each.detail, each.mend) for each in of_period.lacking]
        if stated is not None and _moved(stated, before) and _weighed_otherwise(stated, live, before, computed):
            found.append(_of_other_potentials(stated, after, computed))
    return replace(shown, checks=(*shown.checks, *dict.fromkeys(found))) if found else shown


def _lacks(name: PeriodName, detail: Sentence, mend: Sentence) -> Finding:
    return Finding(
        COMPARATIVE_INCOMPLETE, Severity.ERROR, sentence("%(name)s: %(detail)s", name=name, detail=detail), mend=mend
    )


def _of_other_days(live: Comparative, shown: Comparative) -> Iterator[Finding]:
    if live.period.bounds != shown.period.bounds:
        words = sentence(
            "%(period)s is shown as it was published; the reporting period is %(live)s now",
            period=shown.period,
            live=live.period,
        )
        mend = sentence("Restate the earlier period, or state the fiscal years as they were when it was published")
        yield Finding("comparative_period_differs", Severity.WARNING, words, mend)


def _of_other_potentials(stated: PublishedValue, shown: Comparative, computed: Computed) -> Finding:
    name = shown.period.name
    edition = weighing(framework_named(stated.framework), stated.gwp_set)
    words = sentence(
        N_("%(period)s was printed as %(display)s %(unit)s in %(framework)s by %(edition)s")
        if stated.source is Source.IMPORTED
        else N_("%(period)s was published as %(display)s %(unit)s in %(framework)s by %(edition)s"),
        period=name,
        display=stated.display,
        unit=stated.unit,
        framework=stated.framework,
        edition=edition,
    )
    here = sentence("%(framework)s by %(gwp_set)s", framework=computed.framework.code, gwp_set=computed.set_of(name))
    if shown.source is Source.LIVE:
        words = sentence("%(found)s; it stands here as it comes to in %(here)s", found=words, here=here)
    else:
        words = sentence("%(found)s; nothing is known of it by the potentials of %(here)s", found=words, here=here)
    mend = sentence("Say so beside the table, or choose one set for both years: PUT {org}/gwp-sets")
    return Finding(OTHER_GWP_SET, Severity.INFO, words, mend=mend)


def _shown(published: Published, figure: Figure, live: Comparative, computed: Computed) -> Comparative:
    found = _stated(published, figure, live)
    if found is None:
        return live
    if live.display is not None and _moved(found, live) and _weighed_otherwise(found, figure, live, computed):
        return replace(live, restated=True)
    period = live.period
    if found.days is not None and found.days != period.bounds:
        period = ReportingPeriod(period.name, *found.days, PeriodKind.YEAR)
    return Comparative(
        period,
        found.value,
        found.display,
        found.restated,
        text=found.text,
        source=found.source,
        framework=found.framework,
    )


def _stated(published: Published, figure: Figure, live: Comparative) -> PublishedValue | None:
    """Return what was published of a figure's earlier period in its unit."""
    found = published.get(live.period.name, {}).get(figure_name(figure.key, figure.dimensions))
    return found if found is not None and _same_unit(found, figure.unit) else None


def _moved(found: PublishedValue, live: Comparative) -> bool:
    return found.value != live.value and found.display != live.display


def _weighed_otherwise(found: PublishedValue, figure: Figure, live: Comparative, computed: Computed) -> bool:
    """Tell whether another edition published a figure that other potentials than its own change."""
    if found.framework == computed.framework.code:
        return False
    edition = framework_named(found.framework)
    return computed.depends_on_set(figure, live.period.name, edition, found.gwp_set)


def _same_unit(found: PublishedValue, unit: str) -> bool:
    """Tell whether a value is in a figure's unit; a printed table names an intensity's without what it is per."""
    return found.unit == unit or (found.source is Source.IMPORTED and found.unit == unit.partition(" per ")[0])
