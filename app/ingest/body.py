"""Unpacking a body within its limit, and handing it to the decoder of its format."""

import zlib
from codecs import BOM_UTF8

from app.ingest.csv_rows import from_csv
from app.ingest.decode import MediaType, TextColumns
from app.ingest.json_rows import from_json, from_ndjson
from app.ingest.problems import BodyInvalid, BodyTooLarge, BodyUnreadable, EncodingUnsupported

_DECODERS = {MediaType.JSON: from_json, MediaType.NDJSON: from_ndjson, MediaType.CSV: from_csv}
_GZIP = 16 + zlib.MAX_WBITS
_PIECE_BYTES = 4_096


def is_gzip(encoding: str | None) -> bool:
    """Tell whether a Content-Encoding header names gzip rather than nothing; raises EncodingUnsupported."""
    name = (encoding or "identity").strip().lower()
    if name not in ("identity", "gzip"):
        raise EncodingUnsupported(name)
    return name == "gzip"


def unpacked(body: bytes, encoding: str | None, *, limit_bytes: int) -> bytes:
    """Return the plain bytes of a body; raises BodyTooLarge, BodyUnreadable, EncodingUnsupported."""
    plain = _gunzip(body, limit_bytes) if is_gzip(encoding) else body
    if len(plain) > limit_bytes:
        raise BodyTooLarge(f"a body may have {limit_bytes} bytes, unpacked")
    return plain


def _gunzip(body: bytes, limit_bytes: int) -> bytes:
    """Inflate every member of a gzip stream, never past the limit.

    It is fed in pieces, since each member's end copies what was fed and not used: many small members cost no more.
    """
    plain = bytearray()
    member = zlib.decompressobj(_GZIP)
    begun = False
    for start in range(0, len(body), _PIECE_BYTES):
        rest = body[start : start + _PIECE_BYTES]
        while rest:
            if member.eof:
                member = zlib.decompressobj(_GZIP)
            begun = True
            try:
                plain += member.decompress(rest, limit_bytes + 1 - len(plain))
            except zlib.error as error:
                raise BodyUnreadable("malformed_gzip", f"the body is not gzip: {error}") from error
            if len(plain) > limit_bytes:
                raise BodyTooLarge(f"a body may have {limit_bytes} bytes, unpacked")
            rest = member.unused_data
    if begun and not member.eof:
        raise BodyUnreadable("truncated_gzip", "the gzip stream ends before its end; send it again")
    return bytes(plain)


def decode(body: bytes, media: MediaType) -> TextColumns:
    """Return the rows of a plain body; raises BodyUnreadable with a position, or BodyInvalid."""
    body = body.removeprefix(BOM_UTF8)
    if not body or body.isspace():
        raise BodyUnreadable("empty_body", "the body is empty; send at least one reading")
    columns = _DECODERS[media](body)
    if not columns.received:
        raise BodyInvalid("no_readings", "the batch has no readings", "readings")
    return columns
