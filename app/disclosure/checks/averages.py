"""Averages of parts beside the average of the whole, weighted by what they are per."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from app.accounting.findings import Finding, Severity
from app.core.sentences import Sentence, listed, sentence
from app.core.units.quantities import Rounding, display, plain
from app.disclosure.checks.relations import agrees, parts_of, parts_whole
from app.disclosure.checks.spans import Span, exactly, total_of
from app.disclosure.checks.statement import Line, Statement


@dataclass(frozen=True, slots=True)
class Weighted:
    """What the parts of a ratio by one dimension average to, weighted by the ratio's denominator."""

    dimension: str
    span: Span

    @property
    def words(self) -> Sentence:
        """Return the average as a sentence shows it."""
        middle = (self.span.low + self.span.high) / 2
        shown = display(middle, decimals=2, rounding=Rounding.HALF_UP)
        return sentence("%(average)s by %(dimension)s", average=shown, dimension=self.dimension)


def weighted(key: str, year: int, statement: Statement) -> list[Weighted]:
    """Return the weighted average of a ratio's parts by each dimension whose weights are all there."""
    found = []
    for name, members in statement.broken_down(key, year).items():
        if len(members) > 1 and parts_whole(key, name):
            span = _average(name, members, statement)
            if span is not None:
                found.append(Weighted(name, span))
    return found


def _average(name: str, members: dict[str, Line], statement: Statement) -> Span | None:
    sums, weights = exactly(Decimal(0)), []
    for member, line in members.items():
        parts = parts_of(line, statement)
        weight = parts and statement.line(parts.denominator, line.year, ((name, member),))
        if not weight or line.computed:
            return None
        weights.append(weight.span(statement.rounding))
        sums = sums.plus(line.span(statement.rounding).product(weights[-1]))
    return sums.over(total_of(weights))


def averages_that_do_not_weigh_up(statement: Statement) -> Iterator[Finding]:
    """Yield a finding where parts do not average to the whole, or, without one, average to different wholes."""
    for key in statement.keys:
        for year in statement.years:
            found = weighted(key, year, statement)
            total = statement.line(key, year)
            if total is None:
                yield from _among_themselves(key, year, found)
                continue
            off = [each for each in found if not agrees(total, each.span, statement.rounding)]
            if off and total.value is not None:
                words = sentence(
                    "%(total)s is printed as %(printed)s, but its parts average %(averages)s",
                    total=total.name,
                    printed=plain(total.value),
                    averages=listed((each.words for each in off), " and "),
                )
                mend = sentence("Weigh the parts by what they are per, and print that average")
                yield Finding("weighted_average_differs", Severity.WARNING, words, mend, key)


def _among_themselves(key: str, year: int, found: list[Weighted]) -> Iterator[Finding]:
    if any(not one.span.meets(other.span) for one, other in combinations(found, 2)):
        words = sentence(
            "the parts of %(key)s %(year)s average %(averages)s: one whole has one average",
            key=key,
            year=year,
            averages=listed(each.words for each in found),
        )
        mend = sentence("Compute the parts of every breakdown over the same people or things")
        yield Finding("weighted_average_differs", Severity.WARNING, words, mend, key)
