"""A body's bytes to columns of text and exact integers, whatever its format."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import compress

import numpy as np

from app.core.readings.columns import Int32Column, Int64Column
from app.ingest.problems import MediaTypeUnsupported, RowProblem

REQUIRED = ("meter", "timestamp", "value")
OPTIONAL = ("quality", "start", "reference")
VALUE_LIMIT_WORDS = "values lie within 4,294,967,296 units either way; register the meter in a larger unit"


class MediaType(StrEnum):
    """The formats readings come in."""

    JSON = "application/json"
    NDJSON = "application/x-ndjson"
    CSV = "text/csv"


@dataclass(frozen=True, slots=True)
class TextColumns:
    """Rows that could be read, as columns; a missing quality, start or reference is None.

    row: index in the body; value: micro-units of the meter's unit; reference: None when no row has one. `received`
    counts the unreadable rows too, `problems` says what is wrong with them.
    """

    received: int
    row: Int32Column
    meter: Sequence[str]
    timestamp: Sequence[str]
    value: Int64Column
    quality: Sequence[str | None]
    start: Sequence[str | None]
    problems: list[RowProblem] = field(default_factory=list)
    reference: Sequence[str | None] | None = None

    def without(self, positions: Sequence[int]) -> "TextColumns":
        """Return the columns less some rows, whose problems are already noted."""
        kept = np.ones(len(self.row), dtype=np.bool_)
        kept[list(positions)] = False
        flags = kept.tolist()
        return replace(
            self,
            row=self.row[kept],
            meter=list(compress(self.meter, flags)),
            timestamp=list(compress(self.timestamp, flags)),
            value=self.value[kept],
            quality=list(compress(self.quality, flags)),
            start=list(compress(self.start, flags)),
            reference=None if self.reference is None else list(compress(self.reference, flags)),
        )


def media_type(header: str | None) -> MediaType:
    """Return the format a Content-Type header names; raises MediaTypeUnsupported."""
    try:
        return MediaType((header or "").partition(";")[0].strip().lower())
    except ValueError:
        raise MediaTypeUnsupported(header or "none") from None
