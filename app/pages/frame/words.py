"""Words in the reader's language, by gettext; dates and numbers as they are written there, by Babel.

The catalogue is `app/locale/zh/LC_MESSAGES/messages.po`, read as it is when the first reader of the language comes:
there is no step between editing and serving it. English is in the program, and needs neither catalogue nor Babel.
"""

from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from app.core.language import LANGUAGES, language
from app.disclosure.figures.typesetting import written_day

_SOURCE = next(iter(LANGUAGES))
_BABEL_NAMES = {"zh": "zh_Hans_CN"}


def gettext(message: str) -> str:
    """Return a message in the reader's language; in English where nobody has translated it."""
    return catalogue(language()).gettext(message) if message else ""  # of nothing a catalogue tells its own head


def ngettext(one: str, many: str, number: int) -> str:
    """Return the message for so many of something."""
    return catalogue(language()).ngettext(one, many, number)


_ = gettext


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(code: str) -> NullTranslations:
    """Return the words of a language. The messages themselves are English, which therefore needs none."""
    if code == _SOURCE:
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    path = files("app").joinpath("locale", code, "LC_MESSAGES", "messages.po")
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)


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
