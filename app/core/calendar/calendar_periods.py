"""Months, quarters and years by their names: `2026-04`, `2026年4月`, `Apr 2026`, `Mai 2026`, `2026-Q2`, `2026`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.core.calendar.periods import day_of, day_start_ms, local_day, month_start

MONTH, QUARTER, YEAR = 1, 3, 12
_WORDS = (
    "january jan januar jänner jaenner janvier janv enero ene gennaio gen janeiro januari",
    "february feb februar feber février fevrier févr fevr fév fev febrero febbraio fevereiro februari",
    "march mar märz maerz mär mrz mars marzo março marco maart mrt",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag maio mei",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug août aout agosto ago augustus",
    "september sep sept septembre septiembre setiembre set settembre setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro",
)
MONTH_WORDS = {word: at for at, words in enumerate(_WORDS, start=1) for word in words.split()}
"""What months are called, and cut short, in English, German, French, Spanish, Italian, Portuguese and Dutch."""

_YEAR = r"(?P<year>\d{4})"
_SHORT_YEAR = r"'?(?P<year>\d\d)"
_MONTH_NUMBER = r"(?P<month>0?[1-9]|1[0-2])"
_QUARTER_NUMBER = r"(?P<quarter>[1-4])"
_WORD = r"(?P<word>[A-Za-zÀ-ÿ]{3,10})\.?"
_MARK = r"[-/.]"
_GAP = r"[-/. ]?"
_PATTERNS = tuple(
    re.compile(pattern, re.ASCII | re.IGNORECASE)
    for pattern in (
        rf"{_YEAR}{_MARK}{_MONTH_NUMBER}",
        rf"{_MONTH_NUMBER}{_MARK}{_YEAR}",
        rf"{_YEAR} ?[年년] ?{_MONTH_NUMBER} ?[月월]",
        rf"{_WORD}{_GAP},? ?{_YEAR}",
        rf"{_YEAR}{_GAP}{_WORD}",
        rf"{_YEAR}{_GAP}Q{_QUARTER_NUMBER}",
        rf"Q{_QUARTER_NUMBER}{_GAP}{_YEAR}",
        rf"{_YEAR} ?年 ?第? ?{_QUARTER_NUMBER} ?季度?",
        rf"{_YEAR} ?[年년]?",
    )
)
_ABBREVIATED = (
    re.compile(rf"{_WORD}{_GAP}{_SHORT_YEAR}", re.ASCII),
    re.compile(r"(?P<year>\d{4})(?P<month>\d\d)", re.ASCII),
)
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_CENTURY_TURNS = 70


@dataclass(frozen=True, slots=True)
class CalendarPeriod:
    """A month, a quarter or a year of the calendar: its first day and its length in months."""

    first: date
    months: int

    def bounds_ms(self, zone: ZoneInfo) -> tuple[int, int]:
        """Return [start, end) as UTC milliseconds: the local midnights at which it begins and the next one does."""
        months = self.first.year * 12 + self.first.month - 1 + self.months
        end = date(months // 12, months % 12 + 1, 1)
        return day_start_ms(zone, day_of(self.first)), day_start_ms(zone, day_of(end))

    def __str__(self) -> str:
        if self.months == YEAR:
            return f"{self.first.year}"
        if self.months == QUARTER:
            return f"{self.first.year}-Q{(self.first.month + 2) // QUARTER}"
        return f"{self.first.year}-{self.first.month:02}"


@lru_cache(maxsize=4_096)
def calendar_period(text: str, *, abbreviated: bool = False) -> CalendarPeriod | None:
    """Return the period a text names beyond doubt, None of any other text.

    Nothing with a day is a period, nor is 2026-13, or a year before 1970 or after 2199. `abbreviated` is for a source
    that is known to name months: `Apr-26` and `202604` are April 2026 then, and might be something else otherwise.
    """
    for match in _matches(" ".join(text.split()), abbreviated=abbreviated):
        found = match.groupdict()
        year = int(found["year"])
        if len(found["year"]) == 2:
            year += 1900 if year >= _CENTURY_TURNS else 2000
        month = _month(found)
        if month is None or not _FIRST_YEAR <= year <= _LAST_YEAR:
            return None
        length = QUARTER if found.get("quarter") else YEAR if _names_a_year(found) else MONTH
        return CalendarPeriod(date(year, month, 1), length)
    return None


def _matches(text: str, *, abbreviated: bool) -> Iterator[re.Match[str]]:
    for pattern in (*_PATTERNS, *(_ABBREVIATED if abbreviated else ())):
        if match := pattern.fullmatch(text):
            yield match


def _month(found: dict[str, str | None]) -> int | None:
    """Return the month in which a named period begins; None when its word is no month."""
    if word := found.get("word"):
        return MONTH_WORDS.get(word.lower())
    if quarter := found.get("quarter"):
        return QUARTER * (int(quarter) - 1) + 1
    month = int(found.get("month") or 1)
    return month if 1 <= month <= YEAR else None


def _names_a_year(found: dict[str, str | None]) -> bool:
    return not any(found.get(name) for name in ("word", "month"))


@lru_cache(maxsize=16_384)
def begins_a_month(zone: ZoneInfo, ms: int) -> bool:
    """Tell whether a local month begins at this UTC instant."""
    day = local_day(zone, ms)
    return month_start(day) == day and day_start_ms(zone, day) == ms
