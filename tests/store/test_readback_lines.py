"""Stored readings as CSV, NDJSON and a JSON page: each byte of them."""

from dataclasses import replace

import numpy as np

from app.core.readings.columns import NO_START
from app.core.readings.versions import NOTHING_STORED, StoredColumns
from app.schemas.readings.stored_readings import csv_lines, json_page, ndjson_lines

CODES = {3: "grid", 4: "waste"}
MIDNIGHT_MS = 1_614_556_800_000
BATCH = 1_750_000_000_123 << 20 | 7


def rows() -> StoredColumns:
    """Return a plain reading, a suspect one with a start of its own, and a ticket whose number needs quoting."""
    return StoredColumns(
        meter=np.array([3, 3, 4], dtype=np.int32),
        at=np.array([MIDNIGHT_MS, MIDNIGHT_MS + 900_000, MIDNIGHT_MS + 250]),
        value=np.array([12_500_000, -1, 0]),
        quality=np.array([1, 18, 11], dtype=np.int16),
        start=np.array([NO_START, MIDNIGHT_MS - 1, NO_START]),
        revision=np.array([1, 12, 2], dtype=np.int16),
        batch=np.array([BATCH, BATCH + 1, BATCH]),
        reference=np.array(["", "", 'ü,"7"'], dtype=object),
    )


def test_csv_has_a_header_and_quotes_only_references() -> None:
    header, chunk = csv_lines([rows()], CODES)
    assert header == b"meter,timestamp,value,quality,start,stored_at,batch,revision,reference\n"
    assert chunk.decode() == (
        "grid,2021-03-01T00:00:00Z,12.5,measured,,2025-06-15T15:06:40.123Z,b1977420dc7b00007,1,\n"
        "grid,2021-03-01T00:15:00Z,-0.000001,suspect,2021-02-28T23:59:59.999Z,"
        "2025-06-15T15:06:40.123Z,b1977420dc7b00008,12,\n"
        'waste,2021-03-01T00:00:00.250Z,0,manual,,2025-06-15T15:06:40.123Z,b1977420dc7b00007,2,"ü,""7"""\n'
    )
    plain = replace(rows().take(slice(0, 1)), reference=None)
    assert list(csv_lines([plain], CODES))[1].endswith(b",1,\n")


def test_ndjson_says_null_where_there_is_nothing() -> None:
    (chunk,) = ndjson_lines([rows()], CODES)
    stored = '"stored_at":"2025-06-15T15:06:40.123Z","batch":"b1977420dc7b0000'
    assert chunk.decode().splitlines() == [
        '{"meter":"grid","timestamp":"2021-03-01T00:00:00Z","value":12.5,"quality":"measured","start":null,'
        f'{stored}7","revision":1,"reference":null}}',
        '{"meter":"grid","timestamp":"2021-03-01T00:15:00Z","value":-0.000001,"quality":"suspect",'
        f'"start":"2021-02-28T23:59:59.999Z",{stored}8","revision":12,"reference":null}}',
        '{"meter":"waste","timestamp":"2021-03-01T00:00:00.250Z","value":0,"quality":"manual","start":null,'
        f'{stored}7","revision":2,"reference":"\\u00fc,\\"7\\""}}',
    ]


def test_a_json_page_is_written_as_every_other_answer() -> None:
    last = rows().take(slice(2, 3))
    assert json_page(last, CODES, "WzMsMV0").decode() == (
        '{"items":[{"meter":"waste","timestamp":"2021-03-01T00:00:00.250Z","value":0,"quality":"manual","start":null,'
        '"stored_at":"2025-06-15T15:06:40.123Z","batch":"b1977420dc7b00007","revision":2,"reference":"ü,\\"7\\""}],'
        '"next":"WzMsMV0"}'
    )
    assert json_page(NOTHING_STORED, CODES, None) == b'{"items":[],"next":null}'


def test_pieces_of_a_long_chunk_follow_each_other() -> None:
    count = 10_000
    many = StoredColumns(
        meter=np.full(count, 3, dtype=np.int32),
        at=np.arange(count) * 60_000 + MIDNIGHT_MS,
        value=np.arange(count) * 1_000_000,
        quality=np.ones(count, dtype=np.int16),
        start=np.full(count, NO_START),
        revision=np.ones(count, dtype=np.int16),
        batch=np.full(count, BATCH),
    )
    lines = b"".join(csv_lines([many], CODES)).decode().splitlines()[1:]
    assert [line.split(",")[2] for line in lines] == [str(number) for number in range(count)]
