"""What was refused, in the reader's language: its own words, or what its code means with the English words behind."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from app.core.inventory.inventory import InvalidFields
from app.core.language import SOURCE, language
from app.core.translation import translated
from app.http.errors import ANSWERS
from app.pages.frame.words import gettext as _
from app.pages.refusal_codes import CODES


def refusal(error: Exception) -> str:
    """Return what an error says, in the reader's language; of several fields, what each says."""
    if isinstance(error, ValidationError):
        return _("; ").join(f"{each['loc'][-1]}: {refusal_of(each['type'], each['msg'])}" for each in error.errors())
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
    said = ((each["field"], refusal_of(each["code"], each["detail"])) for each in errors)
    return _("; ").join(dict.fromkeys(f"{field}: {words}" if field else words for field, words in said))


def _code(error: Exception) -> str | None:
    """Return the stable code by which an error is answered over HTTP; None for one that no caller can cause."""
    answer = next((ANSWERS[kind] for kind in type(error).__mro__ if kind in ANSWERS), None)
    own: str | None = getattr(error, "code", None)
    return own if answer is None or (answer.words is None and own) else answer.code
