"""The pages of a connector's source: where the first is, what one holds, and which follows it."""

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.clients.replies import CallFailed, Reply
from app.clients.sources import next_url, with_parameters
from app.core.calendar.periods import date_of, instant_from_ms, local_day, zone_named
from app.ingest.bodies.json_values import is_storable
from app.ingest.door.mapped import Counts, Destination, SourceMapping, take_records
from app.ingest.problems import RowProblem, RowWarning
from app.ingest.sources.mapping import field_of
from app.ingest.sources.records import Record, SourceFormat, SourceUnreadable, parse_document, read_records, records_of
from app.ingest.writing.intake import IngestOptions
from app.models import Connector
from app.schemas.wire.instants import rfc3339
from app.store.engine.database import Database

_KEPT_PROBLEMS = 100
_LINES = (SourceFormat.CSV, SourceFormat.NDJSON)
"""Formats that do not show their end; half a JSON document or workbook cannot be read."""


@dataclass(slots=True)
class Progress:
    """How far a pull has come; `following` is the address of its next page, None when there is none."""

    following: str | None
    newest_ms: int | None
    pages: int = 0
    records: int = 0
    counts: Counts = field(default_factory=Counts)
    problems: list[dict[str, Any]] = field(default_factory=list)
    failure: CallFailed | SourceUnreadable | None = None
    stopped: bool = False


def first_url(connector: Connector, now_ms: int) -> str:
    """Return the address of a pull's first page: `{since}` and `{now}` of its parameters filled in."""
    since = connector.position if connector.position is None else connector.position - connector.overlap_s * 1_000
    words = {"{now}": _written(connector, now_ms), "{since}": "" if since is None else _written(connector, since)}
    filled = {}
    for name, text in connector.parameters.items():
        for word, value in words.items():
            text = text.replace(word, value)
        filled[name] = text
    return with_parameters(connector.url, filled)


def _written(connector: Connector, ms: int) -> str:
    if connector.since_format == "epoch_ms":
        return str(ms)
    if connector.since_format == "epoch_s":
        return str(ms // 1_000)
    if connector.since_format == "day":
        return date_of(local_day(zone_named(connector.timezone), ms)).isoformat()
    return rfc3339(instant_from_ms(ms))


def take_page(
    database: Database, connector: Connector, mapping: SourceMapping, page: Reply, progress: Progress
) -> None:
    """Take the records of the page at `progress.following`, and move on to the page after it.

    Raises CallFailed when the page may have broken off, SourceUnreadable, PageElsewhere, and BatchContended.
    """
    body = page.body
    if not page.ends and mapping.shape.format in _LINES and not _ends_a_line(body):
        words = "the connection was closed amid a line, and the answer told nowhere how long it is"
        raise CallFailed("answer_cut", words)
    document = _document(body, mapping)
    records = list(_records(body, document, mapping))
    following = _following(connector, document, progress.following or "")
    by = f"connector:{connector.code}"
    destination = Destination(connector.organization_id, by, IngestOptions(reason=f"pulled by {connector.code}"))
    for taken in take_records(database, records, mapping.rules, destination, clock_ms=_now_ms):
        told: list[RowProblem | RowWarning] = [*(each.problem for each in taken.rejections), *taken.warnings]
        room = _KEPT_PROBLEMS - len(progress.problems)
        progress.problems += [_problem(each, progress.records) for each in told[:room]]
        progress.counts += taken.counts
        if taken.newest_ms is not None:
            progress.newest_ms = max(taken.newest_ms, progress.newest_ms or taken.newest_ms)
    progress.pages += 1
    progress.records += len(records)
    progress.following = following


def _ends_a_line(body: bytes) -> bool:
    """Tell whether a text has come to a line's end, in UTF-16 too: `7,12` may be all that came of `7,12345`."""
    return not body or body.rstrip(b"\0").endswith((b"\n", b"\r"))


def _document(body: bytes, mapping: SourceMapping) -> Any:
    """Return a JSON page parsed, an empty one as the empty list; None for the other formats."""
    if mapping.shape.format is not SourceFormat.JSON:
        return None
    try:
        text = body.decode("utf-8-sig" if mapping.shape.encoding == "utf-8" else mapping.shape.encoding)
    except UnicodeDecodeError as error:
        raise SourceUnreadable("wrong_encoding", f"the page is not {mapping.shape.encoding}: {error.reason}") from error
    return parse_document(text) if text.strip() else []


def _records(body: bytes, document: Any, mapping: SourceMapping) -> Iterator[Record]:
    if not body.strip():
        return iter(())
    if mapping.shape.format is SourceFormat.JSON:
        return records_of(document, mapping.shape.records)
    return read_records(io.BytesIO(body), mapping.shape, mapping.needed)


def _following(connector: Connector, document: Any, url: str) -> str | None:
    """Return the address of the page that a JSON page says comes next; raises PageElsewhere."""
    if connector.next_page is None or not isinstance(document, dict):
        return None
    found = field_of(document, connector.next_page["field"])
    if not isinstance(found, str) or not found.strip():
        return None
    if not is_storable(found):
        raise SourceUnreadable("malformed_json", "the next page's name holds half a surrogate pair, which is no text")
    parameter = connector.next_page.get("parameter")
    following = with_parameters(url, {parameter: found}) if parameter else next_url(url, found)
    return None if following == url else following


def _problem(problem: RowProblem | RowWarning, before: int) -> dict[str, Any]:
    """Return what is wrong with a record, or doubtful of a reading that was taken; the code tells which."""
    return {
        "index": before + problem.index,
        "field": problem.field,
        "meter": problem.meter,
        "timestamp": problem.timestamp,
        "code": problem.code.value,
        "detail": problem.detail,
    }


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
