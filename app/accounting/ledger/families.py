"""Where a series goes over from one family of factors to another: a statistic, a prescribed default, own ones."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from app.accounting.factors.choice import Choice, Why
from app.accounting.findings import Finding, Severity
from app.accounting.ledger.amounts import Term
from app.core.calendar.fiscal_years import PeriodName
from app.core.sentences import N_, Sentence, listed, sentence

_MEND = sentence("Set the organization's factor_set, or pin factors of one family for all these years")


@dataclass(frozen=True, slots=True)
class FamilyChange:
    """A plant's resource that has factors of two families in a row, each with the reporting year it was used in."""

    plant: str
    resource: str
    before: Choice
    year_before: PeriodName
    after: Choice
    year: PeriodName

    @property
    def words(self) -> Sentence:
        """Return the two factors with their families and years."""
        return sentence(
            "%(before)s in %(year_before)s to %(after)s in %(year)s",
            before=_named(self.before),
            year_before=self.year_before,
            after=_named(self.after),
            year=self.year,
        )


def family_findings(key: str, terms: Mapping[PeriodName, Iterable[Term]], factor_set: str | None) -> Iterator[Finding]:
    """Yield a finding for each two factors of two families among a figure's terms, with the plants where they meet."""
    told: dict[tuple[str, Sentence], dict[str, None]] = defaultdict(dict)
    for change in changed_families(terms, factor_set):
        told[change.resource, change.words][change.plant] = None
    for (resource, words), plants in told.items():
        detail = sentence(
            "%(key)s: %(resource)s of %(plants)s goes over from %(change)s",
            key=key,
            resource=resource,
            plants=listed(plants),
            change=words,
        )
        yield Finding("factor_family_changed", Severity.WARNING, detail, _MEND, key)


def changed_families(terms: Mapping[PeriodName, Iterable[Term]], factor_set: str | None) -> Iterator[FamilyChange]:
    """Yield each change of family that nobody decided, among the terms of a figure by reporting period.

    A pin, an instrument, a factor of the organization's own and its `factor_set` are decisions: what follows by one of
    them is not told. That a decision has ended is.
    """
    used: dict[object, list[tuple[int, PeriodName, Term]]] = defaultdict(list)
    for year, found in terms.items():
        for term in found:
            activity = term.activity
            name = activity.site.place.plant, activity.resource, tuple(sorted(activity.attributes.items()))
            if term.choice is not None and term.choice.why is not Why.INSTRUMENT:
                used[name].append((activity.first_day, year, term))
    for series in used.values():
        series.sort(key=lambda each: each[0])
        for (_, year_before, last), (_, year, term) in pairwise(series):
            if last.choice and term.choice and changes_family(last.choice, term.choice, factor_set):
                place = term.activity.site.place.plant, term.activity.resource
                yield FamilyChange(*place, last.choice, year_before, term.choice, year)


def changes_family(before: Choice, after: Choice, factor_set: str | None) -> bool:
    """Tell whether one choice follows another of another family, and not by a decision."""
    decided = after.why in (Why.PINNED, Why.OWN) or (factor_set is not None and after.factor.factor_set == factor_set)
    return not decided and (before.family, before.no_residual) != (after.family, after.no_residual)


def _named(choice: Choice) -> Sentence:
    return sentence(
        N_("%(factor)s (%(family)s, the grid average)") if choice.no_residual else N_("%(factor)s (%(family)s)"),
        factor=choice.factor.code,
        family=choice.family or sentence("no factor set"),
    )
