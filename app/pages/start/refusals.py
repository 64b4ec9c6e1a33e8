"""What was refused, in plain words beside the field that it is about; nothing is stored then, and nothing is lost."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.core.inventory.inventory import InvalidFields
from app.http.admission import ScopeMissing
from app.pages.data_in.written_figures import FigureUnreadable, plain_figure
from app.pages.forms import FormFields
from app.pages.frame.words import gettext as _
from app.pages.refusal import fault_of, refusal, refusal_of
from app.store.inventory.meters import MeterHasReadings
from app.store.operations.users import EmailTaken
from app.store.sql.conflicts import DuplicateCode, NotThere, StillInUse

_LONGEST_CODE = 64
_APART = re.compile(r"[^A-Za-z0-9]+")


def refused(act: Callable[[], object]) -> dict[str, str]:
    """Do what is asked and return what is wrong by field, nothing when it was done; the empty field is the whole."""
    try:
        act()
    except InvalidFields as error:
        return {each.field or "": refusal_of(each.code, each.detail) for each in reversed(error.problems)}
    except ValidationError as error:
        return {str(each["loc"][0]) if each["loc"] else "": _plain(each) for each in reversed(error.errors())}
    except EmailTaken as error:
        return {"email": f"{refusal(error)}{_('.')}"}
    except DuplicateCode:
        return {"code": _("Another one has this code already: choose another code.")}
    except (MeterHasReadings, NotThere, ScopeMissing, StillInUse) as error:
        return {"": f"{refusal(error)}{_('.')}"}
    return {}


def stored(act: Callable[[], object], check: Callable[[], object], wrong: Mapping[str, str]) -> dict[str, str]:
    """Do what is asked unless something is `wrong` already, and return all that is wrong.

    In that case `check`, which stores nothing, says what else is: a person mends it all at once.
    """
    return refused(act) if not wrong else {**refused(check), **wrong}


def code_from(name: str, taken: Mapping[str, object] | frozenset[str] = frozenset(), *, fallback: str) -> str:
    """Return a code that a name proposes and nothing has: `Acme Ltd.` is acme-ltd, 永磁 the fallback."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = _APART.sub("-", plain).strip("-")[: _LONGEST_CODE - 4].strip("-") or fallback
    code, number = base, 1
    while code in taken:
        number += 1
        code = f"{base}-{number}"
    return code


def sent(form: FormFields, *names: str) -> dict[str, Any]:
    """Return the fields of a form that were filled in; what is blank was not sent."""
    return {name: form.text(name) for name in names if form.text(name)}


def _plain(error: ErrorDetails) -> str:
    return fault_of(str(error["loc"][0]) if error["loc"] else "", error)


def number_in(text: str) -> Decimal | None:
    """Return the number that somebody wrote, 1234.5 or 1,234.5; None for what is none, or may be two."""
    try:
        return Decimal(plain_figure(text))
    except (FigureUnreadable, ArithmeticError):
        return None


def numbers_in(form: FormFields, names: Sequence[str], values: dict[str, Any]) -> dict[str, str]:
    """Put the numbers that were filled in into the values; return what is wrong with the others."""
    wrong = {}
    for name in names:
        if text := form.text(name):
            number = number_in(text)
            if number is None:
                wrong[name] = _("Write a number such as 1234.5")
            else:
                values[name] = number
    return wrong
