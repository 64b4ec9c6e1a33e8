"""What a connector and its pulls look like from outside; the values of its headers are never shown."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StrictInt, StringConstraints
from pydantic_core import PydanticCustomError

from app import models
from app.core.calendar.periods import instant_from_ms
from app.schemas.readings.mapping_times import FieldName
from app.schemas.readings.mappings import ReadingMapping
from app.schemas.wire.base import Change, Flag, Received, Shape, unsent
from app.schemas.wire.instants import Instant
from app.schemas.wire.problems import ProblemError
from app.schemas.wire.texts import Code, Name, Word, ZoneName

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", re.ASCII)
_OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "accept-encoding"}
)


class SinceFormat(StrEnum):
    """How `{since}` and `{now}` are written: UTC, a number, or a day of the connector's time zone."""

    RFC3339 = "rfc3339"
    EPOCH_S = "epoch_s"
    EPOCH_MS = "epoch_ms"
    DAY = "day"


def _is_header(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name) or name.lower() in _OURS:
        raise PydanticCustomError("header_name", "Input should be the name of a header a client may set")
    return name


HeaderName = Annotated[str, AfterValidator(_is_header)]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[!-~]([ -~]{0,3998}[!-~])?$")]
Headers = Annotated[dict[HeaderName, HeaderValue], Field(max_length=50)]
Parameters = Annotated[dict[Word, Annotated[str, StringConstraints(max_length=1000)]], Field(max_length=50)]
Url = Annotated[str, Field(min_length=1, max_length=2000, description="https://... or http://...")]
Crontab = Annotated[
    str,
    Field(min_length=9, max_length=200, description="Minute, hour, day of month, month, day of week (0 is Sunday)."),
]
Overlap = Annotated[StrictInt, Field(ge=0, le=366 * 86_400, description="Seconds before the position asked for again.")]
Pages = Annotated[StrictInt, Field(ge=1, le=1000, description="The most pages a pull reads; the next goes on there.")]


class NextPage(Received):
    """Where a JSON page names the next: a field with its address, or with the value of a query parameter."""

    field: FieldName
    parameter: Word | None = None


class ConnectorCreate(Received):
    """A new connector. In `parameters`, `{since}` stands for the position and `{now}` for the moment of the pull.

    `position` is the latest instant already taken; the time zone is the organization's when omitted.
    """

    code: Code
    name: Name | None = None
    url: Url
    headers: Headers = Field(default_factory=dict)
    parameters: Parameters = Field(default_factory=dict)
    since_format: SinceFormat = SinceFormat.RFC3339
    overlap_s: Overlap = 0
    position: Instant | None = None
    next_page: NextPage | None = None
    max_pages: Pages = 100
    mapping: ReadingMapping
    schedule: Crontab
    timezone: ZoneName | None = None
    enabled: Flag = True


class ConnectorUpdate(Change):
    """What may change of a connector; headers are replaced as a whole."""

    name: Name = unsent()
    url: Url = unsent()
    headers: Headers = unsent()
    parameters: Parameters = unsent()
    since_format: SinceFormat = unsent()
    overlap_s: Overlap = unsent()
    position: Instant | None = unsent()
    next_page: NextPage | None = unsent()
    max_pages: Pages = unsent()
    mapping: ReadingMapping = unsent()
    schedule: Crontab = unsent()
    timezone: ZoneName = unsent()
    enabled: Flag = unsent()


class Connector(Shape):
    """A scheduled pull. `headers` are names alone; `failures` counts the pulls that failed since one succeeded."""

    code: str
    name: str
    url: str
    headers: list[str]
    parameters: dict[str, str]
    since_format: SinceFormat
    overlap_s: int
    position: Instant | None
    next_page: NextPage | None
    max_pages: int
    mapping: ReadingMapping
    schedule: str
    timezone: str
    enabled: bool
    next_at: Instant | None
    failures: int
    created_at: Instant


class ConnectorPage(Shape):
    """Some connectors, and the cursor of those that follow."""

    items: list[Connector]
    next: str | None


class ConnectorPull(Shape):
    """One pull: its pages and counts, why it failed (`error` is stable), and the first hundred rejected rows.

    `skipped` rows hold no reading by the mapping's own words.
    """

    started_at: Instant
    finished_at: Instant
    pages: int
    received: int
    inserted: int
    replaced: int
    duplicate: int
    suspect: int
    rejected: int
    skipped: int
    error: str | None
    detail: str | None
    errors: list[ProblemError]


class ConnectorPullPage(Shape):
    """Some pulls, and the cursor of those that follow."""

    items: list[ConnectorPull]
    next: str | None


def connector_from(row: models.Connector) -> Connector:
    """Return the outside view of a stored connector."""
    return Connector(
        code=row.code,
        name=row.name,
        url=row.url,
        headers=sorted(row.headers),
        parameters=row.parameters,
        since_format=SinceFormat(row.since_format),
        overlap_s=row.overlap_s,
        position=None if row.position is None else instant_from_ms(row.position),
        next_page=None if row.next_page is None else NextPage.model_validate(row.next_page),
        max_pages=row.max_pages,
        mapping=ReadingMapping.model_validate(row.mapping),
        schedule=row.schedule,
        timezone=row.timezone,
        enabled=row.enabled,
        next_at=instant_from_ms(row.next_at) if row.enabled else None,
        failures=row.failures,
        created_at=instant_from_ms(row.created_at),
    )


def pull_from(row: models.ConnectorPull) -> ConnectorPull:
    """Return the outside view of a stored pull."""
    return ConnectorPull(
        started_at=instant_from_ms(row.started_at),
        finished_at=instant_from_ms(row.finished_at),
        pages=row.pages,
        received=row.received,
        inserted=row.inserted,
        replaced=row.replaced,
        duplicate=row.duplicate,
        suspect=row.suspect,
        rejected=row.rejected,
        skipped=row.skipped,
        error=row.error,
        detail=row.detail,
        errors=[ProblemError(**problem) for problem in row.problems],
    )
