"""Words in the reader's language, as the catalogue has them; dates and numbers as they are written there, by Babel."""

from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from app.core.language import BABEL_NAMES, SOURCE, gettext, language, ngettext
from app.disclosure.figures.typesetting import day_in_words as day

__all__ = ["_", "day", "gettext", "instant", "month_name", "ngettext", "number"]

_ = gettext


def instant(value: datetime, zone: tzinfo = UTC) -> str:
    """Return an instant by the clock of a zone, to the minute: 3 May 2026, 14:05, or 2026年5月3日 14:05."""
    local = value.astimezone(zone)
    if language() == SOURCE:
        return f"{day(local.date())}, {local:%H:%M}"
    from babel.dates import format_time

    return f"{day(local.date())} {format_time(local.time(), 'HH:mm', locale=BABEL_NAMES[language()])}"


def number(value: Decimal | int) -> str:
    """Return a number with its thousands separated and every digit it has, as both languages write it."""
    return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"


def month_name(month: int) -> str:
    """Return a month's name: May, or 5月."""
    if language() == SOURCE:
        return date(2000, month, 1).strftime("%B")
    from babel.dates import get_month_names

    return str(get_month_names("abbreviated", "stand-alone", BABEL_NAMES[language()])[month])
