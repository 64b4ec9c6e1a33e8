"""What was refused, in the reader's language: its own words, or what its code means with the English words behind."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.core.inventory.inventory import InvalidFields
from app.core.language import SOURCE, language
from app.core.translation import translated
from app.http.errors import ANSWERS
from app.pages.frame.words import gettext as _
from app.pages.plain_words import plain_words, told
from app.pages.refusal_codes import CODES


def refusal(error: Exception) -> str:
    """Return what an error says, in the reader's language; of several fields, what each says."""
    if isinstance(error, ValidationError):
        return _("; ").join(dict.fromkeys(map(_fault, error.errors())))
    if isinstance(error, InvalidFields) and language() != SOURCE:
        return _("; ").join(dict.fromkeys(refusal_of(each.code, each.detail) for each in error.problems))
    return refusal_of(_code(error), str(error))


def refusal_of(code: str | None, detail: str) -> str:
    """Return the words of a refusal in the reader's language.

    Of one whose words nobody has translated it is what its code means, with the English words in brackets: these say
    more, and are never left out.
    """
    words = translated(detail)
    if language() == SOURCE or words != detail or code is None or code not in CODES:
        return words
    return _("%(meaning)s (%(detail)s)") % {"meaning": _(CODES[code]), "detail": detail}


def refusals_of(errors: Iterable[Mapping[str, Any]]) -> str:
    """Return the words of the errors of a problem, each with the field that it is about."""
    said = ((each["field"] or "", each["code"], each["detail"]) for each in errors)
    return _("; ").join(
        dict.fromkeys(told(field, plain_words(field, code) or refusal_of(code, detail)) for field, code, detail in said)
    )


def _fault(error: ErrorDetails) -> str:
    field = next((part for part in reversed(error["loc"]) if isinstance(part, str)), "")
    return told(field, fault_of(field, error))


def fault_of(field: str, error: ErrorDetails) -> str:
    """Return what a validator says of a field in plain words of the reader's language."""
    words = plain_words(field, error["type"], error.get("ctx"))
    return refusal_of(error["type"], error["msg"]) if words is None else words


def _code(error: Exception) -> str | None:
    """Return the stable code by which an error is answered over HTTP; None for one that no caller can cause."""
    answer = next((ANSWERS[kind] for kind in type(error).__mro__ if kind in ANSWERS), None)
    own: str | None = getattr(error, "code", None)
    return own if answer is None or (answer.words is None and own) else answer.code
