"""What one transaction took in, and how it is packed into bytes: MessagePack around columns as they lie in memory."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.core.columns import NO_START, Int32Column, Int64Column, ReadingColumns
from app.core.versions import Correction
from app.store.batches import BatchRecord

_LONGEST_WORDS = 300
_INT16, _INT32, _INT64 = np.dtype("<i2"), np.dtype("<i4"), np.dtype("<i8")


@dataclass(frozen=True, slots=True)
class Arrival:
    """What one transaction took in: new readings sorted by identity, a batch number each, corrections, and batches.

    `meters` are the distinct meters of the new readings and `before` the highest instant (UTC ms) each had until then.
    No reading in it has a reference: those are entered at once.
    """

    new: ReadingColumns
    batches: Int64Column
    meters: Int32Column
    before: Int64Column
    corrections: Sequence[Correction]
    records: Sequence[BatchRecord]


class UnreadableArrival(ValueError):
    """Bytes that are no arrival this program can read."""


class _Packed(msgspec.Struct, array_like=True):
    """An empty column is one of equal values: no start, or the first batch's number."""

    meters: bytes
    counts: bytes
    before: bytes
    at: bytes
    value: bytes
    quality: bytes
    start: bytes
    batches: bytes
    corrections: list[Correction]
    records: list[BatchRecord]


_decoder = msgspec.msgpack.Decoder(_Packed)


def pack(arrival: Arrival) -> bytes:
    """Return the bytes of an arrival; the rows' places in their bodies are not kept."""
    new = arrival.new
    first = np.searchsorted(new.meter, arrival.meters)
    one_batch = len(arrival.records) == 1
    return msgspec.msgpack.encode(
        _Packed(
            meters=_bytes(arrival.meters, _INT32),
            counts=_bytes(np.diff(first, append=len(new)), _INT32),
            before=_bytes(arrival.before, _INT64),
            at=_bytes(new.at, _INT64),
            value=_bytes(new.value, _INT64),
            quality=_bytes(new.quality, _INT16),
            start=b"" if bool((new.start == NO_START).all()) else _bytes(new.start, _INT64),
            batches=b"" if one_batch else _bytes(arrival.batches, _INT64),
            corrections=list(arrival.corrections),
            records=list(arrival.records),
        )
    )


def unpack(content: bytes) -> Arrival:
    """Return the arrival that `pack` made bytes of; raises UnreadableArrival."""
    try:
        return _unpacked(_decoder.decode(content))
    except (msgspec.DecodeError, ValueError, IndexError) as error:
        raise UnreadableArrival(f"{type(error).__name__}: {error}"[:_LONGEST_WORDS]) from error


def _unpacked(packed: _Packed) -> Arrival:
    meters = np.frombuffer(packed.meters, _INT32)
    at = np.frombuffer(packed.at, _INT64)
    counts = np.frombuffer(packed.counts, _INT32)
    before = np.frombuffer(packed.before, _INT64)
    count = len(at)
    if len(counts) and (counts.min() < 0 or counts.sum(dtype=np.int64) != count):
        raise ValueError("its meters have another number of rows than it has")
    new = ReadingColumns(
        row=np.zeros(count, dtype=np.int32),
        meter=np.repeat(meters, counts),
        at=at,
        value=np.frombuffer(packed.value, _INT64),
        start=np.frombuffer(packed.start, _INT64) if packed.start else np.full(count, NO_START),
        quality=np.frombuffer(packed.quality, _INT16),
    )
    one_batch = len(packed.records) == 1
    batches = np.full(count, packed.records[0].id) if one_batch else np.frombuffer(packed.batches, _INT64)
    if {len(column) for column in (new.meter, new.value, new.start, new.quality, batches)} != {count}:
        raise ValueError("its columns differ in length")
    if len(before) != len(meters):
        raise ValueError("it does not tell what was before each of its meters")
    return Arrival(new, batches, meters, before, packed.corrections, packed.records)


def _bytes(column: NDArray[np.integer], kind: "np.dtype[np.signedinteger]") -> bytes:
    return column.astype(kind, copy=False).tobytes()
