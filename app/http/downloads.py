"""Files as operations of their own: what answers in many formats has one operation for JSON and one for files.

A client generated from an operation with five media types sends none, or drops all but one. So `get_readings` says that
it answers JSON, and `download_readings`, below `/files`, that it answers a file. Both are one handler, which goes on to
answer files by Accept where it always did.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from inspect import signature
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.schemas.wire.formats import FILES, Format, format_of

_PAGING = frozenset({"limit", "cursor"})


class FileFormat(StrEnum):
    """The formats of files: CSV, NDJSON (an object a line), an Arrow IPC stream or a Parquet file."""

    CSV = "csv"
    NDJSON = "ndjson"
    ARROW = "arrow"
    PARQUET = "parquet"


def _require_file(
    request: Request,
    stated: Annotated[
        FileFormat | None,
        Query(alias="format", description="The format of the file; it may be left out where `Accept` names one."),
    ] = None,
) -> None:
    if stated is None and format_of(request.headers.get("accept", "")) is Format.JSON:
        words = f"Say which file is wanted: format is one of {', '.join(FileFormat)}"
        raise InvalidFields([FieldProblem("format", "missing", words)])


class DownloadRouter(APIRouter):
    """A router that serves what answers in any format, declared by `responses=FILES`, below `/files` as well."""

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().add_api_route(path, endpoint, **options)
        if options.get("responses") is not FILES:
            return
        super().add_api_route(
            f"{path}/files",
            _without_paging(endpoint),
            name=f"download_{endpoint.__name__.removeprefix('get_')}",
            description=f"Read all that `{endpoint.__name__}` shows as one file, which is written while it is read.",
            methods=["GET"],
            responses=FILES,
            response_class=Response,
            response_model=None,
            dependencies=[Depends(_require_file)],
        )


def _without_paging(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """Return a handler without the parameters of pages, which a whole file does not have."""

    @wraps(endpoint)
    def download(*args: Any, **kwargs: Any) -> Any:
        return endpoint(*args, **kwargs)

    full = signature(endpoint)
    kept = [each for each in full.parameters.values() if each.name not in _PAGING]
    download.__signature__ = full.replace(parameters=kept)  # type: ignore[attr-defined]  # what FastAPI looks at
    return download
