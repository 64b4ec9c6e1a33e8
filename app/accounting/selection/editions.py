"""Which edition of each series of factors counts on a day, and in which order they are taken."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.accounting.factors.calorific_choice import CalorificBook
from app.accounting.factors.factor import Factor
from app.accounting.factors.need import Need
from app.accounting.selection.usable import Unusable, is_direct, unusable
from app.core.calendar.periods import date_of, day_of
from app.core.sentences import Sentence, sentence


@dataclass(frozen=True)
class Editions:
    """The edition of each series that counts on a day for a need: in force, and ended, the first to be taken first.

    `refusal` says why the quantity does not convert to one; `holes` which series have editions of the day that nobody
    has read: an older one does not stand in for them.
    """

    standing: Sequence[Factor]
    ended: Sequence[Factor]
    holes: Sequence[Sentence]
    refusal: Callable[[Factor], Unusable | None]

    @classmethod
    def of(
        cls, candidates: Sequence[Factor], need: Need, on: date, *, values: CalorificBook, factor_set: str | None
    ) -> "Editions":
        """Sort the factors that fit a need, in whatever window, by what they are on a day."""
        standing, ended, holes = [], [], []
        superseded = {factor.supersedes for factor in candidates if factor.in_force(on)}
        for editions in _by_series(candidates):
            factor = _in_force(editions, superseded, on)
            past = [each for each in editions if each.valid_from <= on and each.code not in superseded]
            if factor is not None:
                standing.append(factor)
            elif past and (hole := _hole(editions, on)):
                holes.append(hole)
            elif past:
                ended.append(max(past, key=lambda each: (last_day(each), each.code)))
        standing.sort(key=lambda factor: _rank(factor, need, factor_set))
        ended.sort(key=lambda factor: _rank_ended(factor, need, factor_set))
        known: dict[str, Unusable | None] = {}

        def refusal(factor: Factor) -> Unusable | None:
            # Asked of few: mostly the first one in force can be used.
            if factor.code not in known:
                known[factor.code] = unusable(factor, need, day_of(on), values, factor_set)
            return known[factor.code]

        def stands(factor: Factor) -> bool:
            overtaking = (each for each in ended if _overtakes(each, factor, need, factor_set))
            return all(refusal(each) is not None for each in overtaking)

        return cls([factor for factor in standing if stands(factor)], ended, holes, refusal)


def _by_series(factors: Iterable[Factor]) -> list[list[Factor]]:
    series: dict[object, list[Factor]] = defaultdict(list)
    for factor in factors:
        series[factor.series].append(factor)
    return list(series.values())


def _in_force(editions: Iterable[Factor], superseded: Collection[str | None], on: date) -> Factor | None:
    """Return the edition of one series that is in force on a day: what is superseded is not."""
    in_force = (factor for factor in editions if factor.in_force(on) and factor.code not in superseded)
    return min(in_force, key=lambda factor: (_published(factor), factor.code), default=None)


def _hole(editions: Iterable[Factor], on: date) -> Sentence | None:
    """Return why the editions between the last one and the next are missing, where the next one's file says so."""
    following = min((each for each in editions if each.valid_from > on), key=lambda each: each.valid_from, default=None)
    if following is None or following.hole_before is None:
        return None
    return sentence("%(why)s (before %(factor)s)", why=sentence(following.hole_before), factor=following.code)


def _overtakes(ended: Factor, factor: Factor, need: Need, factor_set: str | None) -> bool:
    """Tell whether a publication that has ended began later than a shipped factor without an end, and came before it.

    An open end lasts until a newer series comes before it; when that one's last edition ends, the old default does not
    come back: the statistic of 2023 is carried into 2024 over a default that was in force all along. What an
    organization ends is ended: its own factors overtake nothing.
    """
    if factor.own or ended.own or factor.valid_to is not None or ended.valid_from <= factor.valid_from:
        return False
    return _rank(ended, need, factor_set) < _rank(factor, need, factor_set)


def last_day(factor: Factor) -> date:
    """Return the last day of a factor's window; its first where it has no end."""
    return date_of(day_of(factor.valid_to) - 1) if factor.valid_to else factor.valid_from


def _published(factor: Factor) -> int:
    """Return the order of publication, the newest first and what says nothing of it last."""
    return -(factor.published_on.toordinal() if factor.published_on else 0)


def _rank(factor: Factor, need: Need, factor_set: str | None) -> tuple[object, ...]:
    """Return the order of factors in force, the first one first."""
    return (
        not factor.own,
        factor.resource != need.resource,
        need.place.level(factor.region),
        -len(factor.attributes),
        factor_set is None or factor.factor_set != factor_set,
        _published(factor),
        not is_direct(factor, need),
        factor.code,
    )


def _rank_ended(factor: Factor, need: Need, factor_set: str | None) -> tuple[object, ...]:
    """Return the order in which factors are carried forward: the nearest level first, then what ended last."""
    return (
        factor.resource != need.resource,
        need.place.level(factor.region),
        -len(factor.attributes),
        factor_set is None or factor.factor_set != factor_set,
        -last_day(factor).toordinal(),
        not factor.own,
        _published(factor),
        not is_direct(factor, need),
        factor.code,
    )
