"""The fields of a form that one of our own pages sends; who may send it is the route's matter."""

from collections.abc import Mapping, Sequence
from typing import Annotated, TypeAlias
from urllib.parse import parse_qs

from fastapi import Depends, Request

from app.ingest.problems import BodyTooLarge

_LONGEST_BYTES = 1 * 2**20


class FormFields:
    """What was sent, by name: a field that is absent or blank is an empty text."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields

    def every(self, name: str) -> list[str]:
        """Return every value of a field that may be sent several times, without the blank ones."""
        return [text.strip() for text in self._fields.get(name, ()) if text.strip()]

    def text(self, name: str) -> str:
        """Return the first value of a field."""
        return next(iter(self.every(name)), "")

    def has(self, name: str) -> bool:
        """Tell whether a field was sent, be it blank."""
        return name in self._fields

    def raw(self, name: str) -> str:
        """Return the first value of a field as it was sent, with what is blank around it."""
        return next(iter(self._fields.get(name, ())), "")


async def _form(request: Request) -> FormFields:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_BYTES:
            raise BodyTooLarge("The form is longer than 1 MiB")
    return FormFields(parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20_000))


Form: TypeAlias = Annotated[FormFields, Depends(_form)]
