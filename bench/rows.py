"""The rows: 1,000 quarter-hour meters with values anyone can compute again, and their bodies in each format."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
from numpy.typing import NDArray

from bench.sizes import METERS

STEP_MS = 15 * 60_000
ZONE = timezone(timedelta(hours=8))
START_MS = int(datetime(2024, 1, 1, tzinfo=ZONE).timestamp()) * 1_000
DAY_SLOTS = 96
_BACKFILL_SLOTS = 960
_Int = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Readings as columns: meter number from 1, quarter hours since the start of 2024 in Shanghai, micro-kWh."""

    meter: _Int
    slot: _Int
    micro: _Int

    def __len__(self) -> int:
        return len(self.slot)

    @property
    def at(self) -> _Int:
        """UTC milliseconds."""
        return START_MS + self.slot * STEP_MS

    def cut(self, size: int) -> list["Rows"]:
        """Return the rows in batches of `size`, the last maybe shorter."""
        ends = range(0, len(self), size)
        return [Rows(self.meter[at : at + size], self.slot[at : at + size], self.micro[at : at + size]) for at in ends]


def rows_of(meter: _Int, slot: _Int, *, corrected: NDArray[np.bool_] | None = None) -> Rows:
    """Return the readings of these meters and slots: 0 to 99.999 kWh, three decimals; a corrected one is 0.001 more."""
    thousandths = (meter * 7_919 + slot * 104_729) % 100_000
    if corrected is not None:
        thousandths = thousandths + corrected
    return Rows(meter, slot, thousandths * 1_000)


def time_ordered(first_slot: int, slots: int, meters: int = METERS) -> Rows:
    """Return all meters' readings quarter hour by quarter hour."""
    slot = np.repeat(np.arange(first_slot, first_slot + slots), meters)
    return rows_of(np.tile(np.arange(1, meters + 1), slots), slot)


def by_meter(first_slot: int, slots: int, first_meter: int = 1, meters: int = METERS) -> Rows:
    """Return the readings meter by meter."""
    meter = np.repeat(np.arange(first_meter, first_meter + meters), slots)
    return rows_of(meter, np.tile(np.arange(first_slot, first_slot + slots), meters))


class Supply:
    """Hands out rows that were not handed out before: ahead in time, or meter by meter into the past."""

    def __init__(self, first_slot: int = 0, meters: int = METERS) -> None:
        self._meters = meters
        self._next_slot = first_slot
        self._next_meter = 1
        self._past_slot = first_slot - _BACKFILL_SLOTS

    def time_ordered(self, count: int) -> Rows:
        """Return `count` rows of the quarter hours that come next."""
        slots = -(-count // self._meters)
        rows = time_ordered(self._next_slot, slots, self._meters)
        self._next_slot += slots
        return Rows(rows.meter[:count], rows.slot[:count], rows.micro[:count])

    def by_meter(self, count: int) -> Rows:
        """Return `count` rows, ten days of one meter after the other; after the last meter the ten days before them."""
        parts: list[Rows] = []
        while count > 0:
            slots = min(count, _BACKFILL_SLOTS)
            meters = min(-(-count // slots), self._meters + 1 - self._next_meter)
            part = by_meter(self._past_slot, slots, self._next_meter, meters)
            parts.append(Rows(part.meter[:count], part.slot[:count], part.micro[:count]))
            count -= len(parts[-1])
            self._next_meter += meters
            if self._next_meter > self._meters:
                self._next_meter = 1
                self._past_slot -= _BACKFILL_SLOTS
        return joined(parts)


def joined(parts: Sequence[Rows]) -> Rows:
    """Return the rows of all parts, in order."""
    meter, slot, micro = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("meter", "slot", "micro")
    )
    return Rows(meter, slot, micro)


def meter_code(number: int) -> str:
    """Return the code of a meter."""
    return f"m{number:04d}"


_CODES = ["", *(meter_code(number) for number in range(1, METERS + 1))]


def _texts(rows: Rows) -> Iterator[tuple[str, str, str]]:
    """Yield each row as meter code, timestamp and number, as text."""
    names = {
        slot: datetime.fromtimestamp((START_MS + slot * STEP_MS) / 1_000, ZONE).isoformat()
        for slot in np.unique(rows.slot).tolist()
    }
    for meter, slot, micro in zip(rows.meter.tolist(), rows.slot.tolist(), rows.micro.tolist(), strict=True):
        yield _CODES[meter], names[slot], f"{micro // 1_000_000}.{micro % 1_000_000 // 1_000:03d}"


def json_body(rows: Rows) -> bytes:
    """Return the rows as one JSON batch."""
    return ('{"readings":[' + ",".join(_objects(rows)) + "]}").encode()


def ndjson_body(rows: Rows) -> bytes:
    """Return the rows as one JSON object a line."""
    return ("\n".join(_objects(rows)) + "\n").encode()


def csv_body(rows: Rows) -> bytes:
    """Return the rows as CSV with a header."""
    return ("meter,timestamp,value\n" + "\n".join(map(",".join, _texts(rows))) + "\n").encode()


def line_protocol_body(rows: Rows) -> bytes:
    """Return the rows as InfluxDB takes them, milliseconds for instants."""
    at = rows.at.tolist()
    lines = (
        f"reading,meter={meter} value={value} {ms}" for (meter, _, value), ms in zip(_texts(rows), at, strict=True)
    )
    return "\n".join(lines).encode()


def _objects(rows: Rows) -> Iterator[str]:
    return (
        f'{{"meter":"{meter}","timestamp":"{timestamp}","value":{value}}}' for meter, timestamp, value in _texts(rows)
    )


@dataclass(frozen=True, slots=True)
class Format:
    """A body format: its name, its media type, and how it is written."""

    name: str
    media_type: str
    body: Callable[[Rows], bytes]


JSON = Format("JSON", "application/json", json_body)
NDJSON = Format("NDJSON", "application/x-ndjson", ndjson_body)
CSV = Format("CSV", "text/csv", csv_body)


def instant(ms: int) -> str:
    """Return UTC milliseconds as the API takes an instant."""
    return datetime.fromtimestamp(ms / 1_000, UTC).isoformat().replace("+00:00", "Z")
