"""The formats in which rows leave, and which of them a caller asks for: by `format=`, or else by Accept."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Query, Request
from starlette.responses import StreamingResponse

from app.core.negotiation import media_type_preferred
from app.schemas.wire.number_forms import content_type


class Format(StrEnum):
    """JSON in pages; or all rows at once as CSV, NDJSON (an object a line), an Arrow IPC stream or a Parquet file."""

    JSON = "json"
    CSV = "csv"
    NDJSON = "ndjson"
    ARROW = "arrow"
    PARQUET = "parquet"


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv",
    Format.NDJSON: "application/x-ndjson",
    Format.ARROW: "application/vnd.apache.arrow.stream",
    Format.PARQUET: "application/vnd.apache.parquet",
}
SUFFIXES = {Format.ARROW: "arrows"}
"""How the names of files end where that is not the format's own name."""

_FORMATS = {media: each for each, media in MEDIA_TYPES.items()}
_TEXT, _BINARY = {"schema": {"type": "string"}}, {"schema": {"type": "string", "format": "binary"}}
FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            MEDIA_TYPES[Format.CSV]: _TEXT,
            MEDIA_TYPES[Format.NDJSON]: _TEXT,
            MEDIA_TYPES[Format.ARROW]: _BINARY,
            MEDIA_TYPES[Format.PARQUET]: _BINARY,
        }
    }
}
"""What an operation declares that answers in any format."""


async def _wanted(
    request: Request,
    stated: Annotated[
        Format | None,
        Query(
            alias="format",
            description="The format of the answer; by `Accept` if omitted. All but `json` give every row at once.",
        ),
    ] = None,
) -> Format:
    return format_of(request.headers.get("accept", "")) if stated is None else stated


WantedFormat: TypeAlias = Annotated[Format, Depends(_wanted)]
"""The format that `format=` states, or else the one that the Accept header prefers."""


def format_of(accept: str) -> Format:
    """Return the format that an Accept header prefers; JSON where it names none of them.

    Of `text/csv;q=0.5, application/x-ndjson` that is NDJSON, see `media_type_preferred`.
    """
    media = media_type_preferred(accept, list(MEDIA_TYPES.values()))
    return Format.JSON if media is None else _FORMATS[media]


def file_of(pieces: Iterable[bytes], wanted: Format, name: str) -> StreamingResponse:
    """Return an answer that is written piece by piece, each made in a thread, under the name of a file."""
    kept = {"Content-Disposition": f'attachment; filename="{name}.{SUFFIXES.get(wanted, wanted)}"'}
    return StreamingResponse(pieces, media_type=content_type(MEDIA_TYPES[wanted]), headers=kept)
