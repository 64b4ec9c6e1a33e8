"""Words in the reader's language, as the catalogue has them; dates and numbers as they are written there, by Babel."""

from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from app.core.language import LANGUAGES, gettext, language, ngettext
from app.disclosure.figures.typesetting import written_day

__all__ = ["_", "day", "gettext", "instant", "month_name", "ngettext", "number"]

_SOURCE = next(iter(LANGUAGES))
_BABEL_NAMES = {"zh": "zh_Hans_CN"}


_ = gettext


def day(value: date) -> str:
    """Return a day in words: 3 May 2026, or 2026年5月3日."""
    if language() == _SOURCE:
        return written_day(value)
    from babel.dates import format_date

    return format_date(value, "long", locale=_BABEL_NAMES[language()])


def instant(value: datetime, zone: tzinfo = UTC) -> str:
    """Return an instant by the clock of a zone, to the minute: 3 May 2026, 14:05, or 2026年5月3日 14:05."""
    local = value.astimezone(zone)
    if language() == _SOURCE:
        return f"{written_day(local.date())}, {local:%H:%M}"
    from babel.dates import format_time

    return f"{day(local.date())} {format_time(local.time(), 'HH:mm', locale=_BABEL_NAMES[language()])}"


def number(value: Decimal | int) -> str:
    """Return a number with its thousands separated and every digit it has, as both languages write it."""
    return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"


def month_name(month: int) -> str:
    """Return a month's name: May, or 5月."""
    if language() == _SOURCE:
        return date(2000, month, 1).strftime("%B")
    from babel.dates import get_month_names

    return str(get_month_names("abbreviated", "stand-alone", _BABEL_NAMES[language()])[month])
