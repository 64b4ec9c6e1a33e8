"""What stored readings look like from outside: as JSON items, NDJSON lines and CSV rows."""

import json
from collections.abc import Iterable, Iterator, Mapping

from pydantic import BaseModel

from app.core.batches import batch_code, stored_at_ms
from app.core.columns import Quality, stated_quality
from app.core.periods import instant_from_ms
from app.core.quantities import decimal_from_micro, plain
from app.schemas.instants import Instant, rfc3339
from app.schemas.numbers import ExactNumber
from app.store.history import StoredReading


class Reading(BaseModel):
    """A stored reading: `value` as it was sent, in the meter's unit and before its multiplier."""

    meter: str
    timestamp: Instant
    value: ExactNumber
    quality: Quality
    start: Instant | None
    stored_at: Instant
    batch: str
    revision: int
    reference: str | None


class ReadingPage(BaseModel):
    """Readings by meter and instant."""

    items: list[Reading]
    next: str | None


CSV_HEADER = b"meter,timestamp,value,quality,start,stored_at,batch,revision,reference\n"


def reading_from(stored: StoredReading, codes: Mapping[int, str]) -> Reading:
    """Return the outside view of a stored reading."""
    return Reading(
        meter=codes[stored.meter_id],
        timestamp=instant_from_ms(stored.at),
        value=decimal_from_micro(stored.value),
        quality=stated_quality(stored.quality),
        start=None if stored.start_at is None else instant_from_ms(stored.start_at),
        stored_at=instant_from_ms(stored_at_ms(stored.batch_id)),
        batch=batch_code(stored.batch_id),
        revision=stored.revision,
        reference=stored.reference or None,
    )


def csv_lines(chunks: Iterable[list[StoredReading]], codes: Mapping[int, str]) -> Iterator[bytes]:
    """Yield the header, then each chunk's rows."""
    yield CSV_HEADER
    for chunk in chunks:
        yield "".join(f"{','.join(_texts(stored, codes))},{_quoted(stored.reference)}\n" for stored in chunk).encode()


def ndjson_lines(chunks: Iterable[list[StoredReading]], codes: Mapping[int, str]) -> Iterator[bytes]:
    """Yield each chunk's readings, one JSON object a line."""
    for chunk in chunks:
        yield "".join(_json_line(_texts(stored, codes), stored.reference) for stored in chunk).encode()


def _texts(stored: StoredReading, codes: Mapping[int, str]) -> tuple[str, ...]:
    """Return the fields as texts; codes need no quoting, by their pattern."""
    return (
        codes[stored.meter_id],
        rfc3339(instant_from_ms(stored.at)),
        plain(decimal_from_micro(stored.value)),
        stated_quality(stored.quality),
        "" if stored.start_at is None else rfc3339(instant_from_ms(stored.start_at)),
        rfc3339(instant_from_ms(stored_at_ms(stored.batch_id))),
        batch_code(stored.batch_id),
        str(stored.revision),
    )


def _quoted(reference: str) -> str:
    """Return a reference as a field of CSV."""
    return f'"{reference.replace(chr(34), chr(34) * 2)}"' if any(mark in reference for mark in ',"') else reference


def _json_line(texts: tuple[str, ...], reference: str) -> str:
    meter, timestamp, value, quality, start, stored_at, batch, revision = texts
    own_start = f'"{start}"' if start else "null"
    named = json.dumps(reference) if reference else "null"
    return (
        f'{{"meter":"{meter}","timestamp":"{timestamp}","value":{value},"quality":"{quality}","start":{own_start},'
        f'"stored_at":"{stored_at}","batch":"{batch}","revision":{revision},"reference":{named}}}\n'
    )
