"""How JSON enters and leaves: every decimal digit kept, nothing ambiguous accepted, nothing larger than the limit."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import partial, wraps
from inspect import iscoroutinefunction
from typing import Any, NoReturn

import msgspec
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.core.codings import Coding, coding_named
from app.core.units.quantities import plain
from app.ingest.bodies.body import unpacked
from app.ingest.problems import BodyTooLarge, BodyUnreadable, MediaTypeUnsupported
from app.schemas.wire.instants import rfc3339
from app.schemas.wire.number_forms import JSON_MEDIA_TYPE, content_type, in_strings, literal

_encoder = msgspec.json.Encoder()


class NotJson(MediaTypeUnsupported):
    """The body is not declared as JSON, and nothing else is read here."""


def parse_json(body: bytes) -> Any:
    """Return the JSON value of `body` with numbers as int or Decimal.

    Raises BodyUnreadable: not UTF-8, not JSON (with line and column), NaN, a key given twice, an endless number.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BodyUnreadable("malformed_json", f"The body is not UTF-8 at byte {error.start}") from None
    try:
        return json.loads(
            text, parse_float=_decimal, parse_int=_whole, parse_constant=_constant, object_pairs_hook=_unique_members
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno} (character {error.pos})"
        raise BodyUnreadable("malformed_json", f"The body is not JSON: {error.msg} at {where}") from None
    except RecursionError:
        raise BodyUnreadable("malformed_json", "The body is nested too deeply") from None


def _decimal(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:
        raise BodyUnreadable("malformed_json", f"{digits[:40]} is out of range") from None


def _whole(digits: str) -> int:
    if len(digits) > 100:
        raise BodyUnreadable("malformed_json", f"{digits[:40]}... has too many digits")
    return int(digits)


def _constant(name: str) -> NoReturn:
    raise BodyUnreadable("malformed_json", f"{name} is not a JSON number")


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        # add returns None, which is false: the first name that was there already
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise BodyUnreadable("malformed_json", f"The member {twice!r} is given twice")
    return members


class ExactRequest(Request):
    """A request whose body is bounded, unpacked when it is packed, and read as exact JSON."""

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            coding, raw = self.coding, await self.packed_body()
            unpack = partial(unpacked, raw, coding, limit_bytes=self.app.state.settings.max_body_bytes)
            self._body = unpack() if coding is None else await run_in_threadpool(unpack)
        return self._body

    @property
    def coding(self) -> Coding | None:
        """How the body is packed; raises CodingUnsupported."""
        return coding_named(",".join(self.headers.getlist("content-encoding")))

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            self._json = parse_json(await self.body())
        return self._json

    async def read_json(self) -> None:
        """Read the body ahead of the framework, which would hide why it cannot be read.

        Raises NotJson for a body that is not declared as JSON.
        """
        declared = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if declared not in ("application/json", ""):
            raise NotJson(f"Bodies here are application/json, not {declared}")
        if await self.body():
            if not declared:
                raise NotJson("Declare the body as application/json in Content-Type")
            await self.json()

    async def bounded_stream(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes; raises BodyTooLarge at once when it declares more than the limit."""
        limit = self.app.state.settings.max_body_bytes
        declared = self.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limit:
            raise BodyTooLarge(f"The body is {declared} bytes; at most {limit} are accepted")
        async for chunk in self.stream():
            if chunk:
                yield chunk

    async def packed_body(self) -> bytes:
        """Return the body as it was sent; raises BodyTooLarge as soon as its length is known to pass the limit."""
        limit = self.app.state.settings.max_body_bytes
        chunks: list[bytes] = []
        size = 0
        async for chunk in self.bounded_stream():
            size += len(chunk)
            if size > limit:
                raise BodyTooLarge(f"The body is larger than {limit} bytes")
            chunks.append(chunk)
        return b"".join(chunks)


_ROWS_AT_ONCE = 500


class ExactJSON(JSONResponse):
    """A JSON answer from schema objects, in which every Decimal is its plain literal, or that in a string if asked."""

    def __init__(
        self,
        content: Any,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
    ) -> None:
        own_type = media_type or content_type(JSON_MEDIA_TYPE)
        super().__init__(content, status_code, headers, own_type)
        self.following: str | None = getattr(content, "next", None)
        """The cursor of the page behind this one; None where there is none, or this is no page."""

    def render(self, content: Any) -> bytes:
        wire = _wire(content, plain if in_strings() else literal)
        if isinstance(wire, dict) and any(
            isinstance(each, list) and len(each) > _ROWS_AT_ONCE for each in wire.values()
        ):
            return _in_pieces(wire)
        return _encoder.encode(wire)


class WrittenPage(Response):
    """A page that was written as JSON before, and the cursor of the one behind it."""

    def __init__(self, content: bytes, following: str | None) -> None:
        super().__init__(content, media_type=content_type(JSON_MEDIA_TYPE))
        self.following = following


def _in_pieces(wire: dict[str, Any]) -> bytes:
    """Return an object with long lists as `encode` does, some rows of them at a time.

    Within a call of `encode` no other thread gets on: the refused rows of one body, 14 MB, took 40 ms.
    """
    members = (b"%b:%b" % (_encoder.encode(key), _member(value)) for key, value in wire.items())
    return b"{%b}" % b",".join(members)


def _member(value: Any) -> bytes:
    if not isinstance(value, list) or len(value) <= _ROWS_AT_ONCE:
        return _encoder.encode(value)
    some = (value[at : at + _ROWS_AT_ONCE] for at in range(0, len(value), _ROWS_AT_ONCE))
    return b"[%b]" % b",".join(_encoder.encode(each)[1:-1] for each in some)


def _wire(value: Any, number: Callable[[Decimal], Any]) -> Any:
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, dict):
        return {key: _wire(member, number) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_wire(item, number) for item in value]
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, datetime):
        return rfc3339(value)
    return value


def exactly(endpoint: Callable[..., Any], status_code: int | None) -> Callable[..., Any]:
    """Return `endpoint` with what it returns, unless already an answer, written as exact JSON."""

    def answer(result: Any) -> Response:
        if isinstance(result, Response):
            return result
        return Response(status_code=204) if status_code == 204 else ExactJSON(result, status_code=status_code or 200)

    if iscoroutinefunction(endpoint):

        @wraps(endpoint)
        async def handle(*args: Any, **kwargs: Any) -> Response:
            return answer(await endpoint(*args, **kwargs))

        return handle

    @wraps(endpoint)
    def handle_in_thread(*args: Any, **kwargs: Any) -> Response:
        return answer(endpoint(*args, **kwargs))

    return handle_in_thread
