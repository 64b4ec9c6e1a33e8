"""The files that were attached to what a publication's figures were added up from, for its assurance pack."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from app.core.calendar.periods import instant_from_ms, rfc3339
from app.core.readings.batches import batch_code
from app.disclosure.exports.evidence import Span, spans_of
from app.disclosure.exports.published import Published
from app.disclosure.exports.tables import Table
from app.models import Evidence
from app.store.directory.metered import Metered, metered
from app.store.engine.database import Database
from app.store.operations.evidence import evidence_about
from app.store.operations.kept_files import file_content
from app.store.sql.conflicts import NotThere

_COLUMNS = ("file", "name", "media_type", "size", "sha256", "meter", "month", "batch", "attached_at", "attached_by")
_UNPLAIN = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Proofs:
    """A table of the files, and what reads each of them, by its place in the pack; `tag` is another for other files."""

    table: Table
    files: Iterator[tuple[str, bytes]]
    tag: str


def proofs_of(database: Database, organization_id: int, of: Published) -> Proofs:
    """Return what proves the months of a publication's meters and the batches that brought their readings.

    Of now: what is attached after a publication proves it as well. Files are read one at a time, while they are
    iterated over.
    """
    spans = spans_of(of)
    with database.read() as session:
        meters = metered(session, organization_id, meters=list(spans)) if spans else []
        by_id = {each.spec.id: each for each in meters}
        months = {each.spec.id: _months(each, spans[each.spec.code]) for each in meters}
        first, last = min((each[0] for each in months.values()), default=""), "9999"
        found = evidence_about(session, organization_id, by_id, first, last) if meters else []
        chosen = [each for each in found if each.month is None or _within(each, months)]
        session.expunge_all()
    rows = tuple(_row(each, by_id) for each in chosen)
    places = {_place(each): each.digest for each in chosen}
    told = "\n".join(sorted(each.code for each in chosen))
    return Proofs(
        Table(_COLUMNS, rows),
        _contents(database, organization_id, places),
        hashlib.sha256(told.encode()).hexdigest()[:16] if chosen else "",
    )


def _contents(database: Database, organization_id: int, places: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    for place, digest in places.items():
        # One that is removed while the pack is written is left out: the table in it names its hash.
        content: bytes | None = None
        with suppress(NotThere), database.read() as session:
            content = file_content(session, organization_id, digest)
        if content is not None:
            yield place, content


def _months(meter: Metered, span: Span) -> tuple[str, str]:
    """Return the first and the last local month of a span."""
    first, last = (instant_from_ms(each).astimezone(meter.spec.zone) for each in (span[0], span[1] - 1))
    return f"{first:%Y-%m}", f"{last:%Y-%m}"


def _within(row: Evidence, months: Mapping[int, tuple[str, str]]) -> bool:
    first, last = months[row.meter_id or 0]
    return first <= (row.month or "") <= last


def _place(row: Evidence) -> str:
    """Return where a file lies in the pack: the same bytes are there once for each name that they were given."""
    return f"evidence/{row.digest[:16]}-{_UNPLAIN.sub('_', row.name)[-80:]}"


def _row(row: Evidence, meters: Mapping[int, Metered]) -> tuple[str | None, ...]:
    meter = meters.get(row.meter_id or 0)
    return (
        _place(row),
        row.name,
        row.media_type,
        str(row.size),
        row.digest,
        None if meter is None else meter.spec.code,
        row.month,
        None if row.batch is None else batch_code(row.batch),
        rfc3339(instant_from_ms(row.attached_at)),
        row.key_code,
    )
