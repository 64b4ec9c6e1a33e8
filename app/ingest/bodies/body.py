"""Unpacking a body within its limit, and handing it to the decoder of its format."""

from codecs import BOM_UTF8

from app.core.codings import Coding, ContentDecoder
from app.ingest.bodies.body_columns import MediaType, TextColumns
from app.ingest.bodies.csv_rows import from_csv
from app.ingest.bodies.json_rows import from_json, from_ndjson
from app.ingest.problems import BodyInvalid, BodyTooLarge, BodyUnreadable, TooManyRows

_DECODERS = {MediaType.JSON: from_json, MediaType.NDJSON: from_ndjson, MediaType.CSV: from_csv}


def unpacked(body: bytes, coding: Coding | None, *, limit_bytes: int) -> bytes:
    """Return the plain bytes of a body; raises BodyTooLarge and CodingFault."""
    decoder = ContentDecoder(coding)
    pieces: list[bytes] = []
    size = 0
    for plain in decoder.decode(body):
        pieces.append(plain)
        size += len(plain)
        if size > limit_bytes:
            raise BodyTooLarge(f"a body may have {limit_bytes} bytes, unpacked")
    decoder.close()
    return b"".join(pieces)


def decode(body: bytes, media: MediaType) -> TextColumns:
    """Return the rows of a plain body; raises BodyUnreadable with a position, or BodyInvalid."""
    body = body.removeprefix(BOM_UTF8)
    if not body or body.isspace():
        raise BodyUnreadable("empty_body", "the body is empty; send at least one reading")
    columns = _DECODERS[media](body)
    if not columns.received:
        raise BodyInvalid("no_readings", "the batch has no readings", "readings")
    return columns


def at_most(columns: TextColumns, limit_rows: int | None, *, before: int = 0) -> TextColumns:
    """Return rows that are no more than a body may have, with those that came `before`; raises TooManyRows."""
    if limit_rows is not None and before + columns.received > limit_rows:
        raise TooManyRows(limit_rows)
    return columns
