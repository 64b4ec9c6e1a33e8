"""The fields of a form that one of our own pages sends; who may send it is the route's matter."""

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias
from urllib.parse import parse_qs

from fastapi import Depends, Request

from app.ingest.problems import BodyTooLarge, BodyUnreadable

_LONGEST_BYTES = 1 * 2**20


class FormFields:
    """What was sent, by name: a field that is absent or blank is an empty text."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        """Take the fields; raises BodyUnreadable for a NUL, which no page sends and PostgreSQL does not store."""
        if any("\0" in text for texts in fields.values() for text in texts):
            raise BodyUnreadable("unreadable_body", "The form has a NUL in a field: no text has one")
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

    def named(self, prefix: str) -> dict[str, str]:
        """Return what stands in the fields `prefix|NAME` that are not blank, by name."""
        names = [name for name in self._fields if name.startswith(f"{prefix}|")]
        return {name.partition("|")[2]: text for name in names if (text := self.text(name))}

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


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file of a form: what it was called, the media type its sender gave it, and its bytes."""

    name: str
    media_type: str
    content: bytes


async def sent_file(request: Request, name: str, *, limit_bytes: int) -> tuple[SentFile | None, FormFields]:
    """Return the file that a form has under a name, None where it has none, and the form's other fields.

    It is spooled to disk while it arrives. Raises BodyTooLarge, and BodyUnreadable for what is no form with files.
    """
    from starlette.datastructures import UploadFile
    from starlette.formparsers import MultiPartException, MultiPartParser

    async def bounded() -> AsyncGenerator[bytes, None]:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit_bytes + _LONGEST_BYTES:
                raise BodyTooLarge(f"A file may have {limit_bytes:,} bytes")
            yield chunk

    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise BodyUnreadable("unreadable_body", "A file comes in a form: multipart/form-data")
    try:
        form = await MultiPartParser(request.headers, bounded(), max_files=1, max_fields=50).parse()
    except (MultiPartException, KeyError) as error:
        raise BodyUnreadable("unreadable_body", f"The form cannot be read: {error}") from error
    try:
        found = form.get(name)
        fields = {key: [value] for key, value in form.multi_items() if isinstance(value, str)}
        if not isinstance(found, UploadFile) or not found.filename:
            return None, FormFields(fields)
        content = await found.read()
        if len(content) > limit_bytes:
            raise BodyTooLarge(f"A file may have {limit_bytes:,} bytes")
        return SentFile(_plain(found.filename), found.content_type or "", content), FormFields(fields)
    finally:
        await form.close()


def _plain(name: str) -> str:
    """Return a file's name without the folders that it lay in and without what does not print, of 200 letters."""
    name = re.split(r"[\\/]", name)[-1]
    return "".join(each for each in name if each.isprintable())[-200:] or "file"


Form: TypeAlias = Annotated[FormFields, Depends(_form)]
