"""A plant as the figures hold it: where it is, and which part of it counts on which days."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, localcontext
from zoneinfo import ZoneInfo

from app.accounting.exact import quotient
from app.accounting.factors.need import Place
from app.core.calendar.periods import date_of, day_of
from app.core.sentences import Sentence, sentence
from app.core.units.quantities import EXACT


@dataclass(frozen=True, slots=True)
class Site:
    """A plant as accounting sees it; share is the part of it the organization's figures hold, 0 to 1.

    `later` are the days, in order, from which another share holds. `days` are the local days [first, end) of a site
    that stands for a part of its reporting year, None for all of it.
    """

    place: Place
    name: str
    zone: ZoneInfo
    share: Decimal
    later: tuple[tuple[int, Decimal], ...] = ()
    days: tuple[int, int] | None = None

    @property
    def is_ever_held(self) -> bool:
        """Tell whether any of it counts on any day."""
        return bool(self.share) or any(share for _, share in self.later)


@dataclass(frozen=True, slots=True)
class HeldShare:
    """The part of a plant that counts on local days [first_day, end_day); it may be nothing."""

    first_day: int
    end_day: int
    share: Decimal


def shares_in(site: Site, first_day: int, end_day: int) -> list[HeldShare]:
    """Return the shares of a plant over days [first_day, end_day), without a hole and no two alike in a row."""
    share, changes = site.share, dict[int, Decimal]()
    for day, following in site.later:
        if day <= first_day:
            share = following
        elif day < end_day:
            changes[day] = following
    found = [(first_day, share)]
    found += [(day, following) for day, following in changes.items() if following != _before(site, day)]
    ends = [*(day for day, _ in found[1:]), end_day]
    return [HeldShare(day, end, held) for (day, held), end in zip(found, ends, strict=True)]


def _before(site: Site, day: int) -> Decimal:
    """Return the share that held until the day."""
    return next((share for start, share in reversed(site.later) if start < day), site.share)


def held_stretches(site: Site, first_day: int, end_day: int) -> list[Site]:
    """Return the plant as it is held over days [first_day, end_day): one site for each share that is not nothing."""
    if not site.later:
        return [site] if site.share else []
    held = shares_in(site, first_day, end_day)
    if len(held) == 1:
        return [replace(site, share=held[0].share, later=())] if held[0].share else []
    return [
        replace(site, share=each.share, later=(), days=(each.first_day, each.end_day)) for each in held if each.share
    ]


def held_spans(site: Site, first_day: int, end_day: int) -> list[tuple[int, int]]:
    """Return the days of [first_day, end_day) on which any of the plant is held, as spans that do not touch."""
    spans: list[tuple[int, int]] = []
    for each in shares_in(site, first_day, end_day):
        if each.share:
            touches = bool(spans) and spans[-1][1] == each.first_day
            first = spans.pop()[0] if touches else each.first_day
            spans.append((first, each.end_day))
    return spans


def held_as_in(site: Site, first_day: int, end_day: int, *, years: int) -> Site:
    """Return the plant held as it is over days [first_day, end_day), but `years` years later; before 0, earlier."""
    held = shares_in(site, first_day, end_day)
    later = tuple((same_day(each.first_day, years), each.share) for each in held[1:])
    return replace(site, share=held[0].share, later=later)


def held_days(held: Iterable[HeldShare]) -> Decimal:
    """Return the days of these shares, each day counted as the part that is held of it."""
    with localcontext(EXACT):
        return sum((each.share * (each.end_day - each.first_day) for each in held), Decimal(0))


def mean_share(held: Iterable[HeldShare]) -> Decimal:
    """Return the mean of shares by days, to twenty places where it does not end; 0 for none."""
    every = list(held)
    days = sum(each.end_day - each.first_day for each in every)
    return quotient(held_days(every), Decimal(days)) if days else Decimal(0)


def same_day(day: int, years: int) -> int:
    """Return the same calendar day some years later; 29 February becomes 1 March where there is none."""
    when = date_of(day)
    try:
        return day_of(when.replace(year=when.year + years))
    except ValueError:
        return day_of(date(when.year + years, 3, 1))


def share_words(site: Site) -> Sentence | None:
    """Return the sentence a figure carries of a plant that does not enter whole and all the year."""
    if site.days is None and site.share == 1:
        return None
    words = sentence("plant %(plant)s enters with a share of %(share)s", plant=site.place.plant, share=site.share)
    if site.days is None:
        return words
    first, end = (date_of(day) for day in (site.days[0], site.days[1] - 1))
    return sentence("%(words)s from %(first)s to %(last)s", words=words, first=first.isoformat(), last=end.isoformat())
