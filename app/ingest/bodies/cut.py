"""The cut fields of rows written alike, as columns of text and exact integers."""

from collections.abc import Mapping, Sequence

import numpy as np

from app.core.readings.columns import Int64Column
from app.ingest.bodies.alike import Cells
from app.ingest.bodies.body_columns import TextColumns
from app.ingest.bodies.coded import CodedTexts, coded, run_coded
from app.ingest.bodies.digits import micro_from_cells
from app.ingest.bodies.numbers import decimals_from_texts, json_doubles, micro_from_doubles


def columns_from(cells: Mapping[str, Cells], *, empty_is_none: bool, spaced: bool = True) -> TextColumns | None:
    """Return the rows as columns; None when a value is no JSON number, or beyond what a reading can be.

    `spaced` says that spaces may stand around a number, as they may not in a JSON string.
    """
    value = micro_from_cells(cells["value"])
    if value is None:
        value = _by_double(cells["value"], spaced=spaced)
    if value is None:
        return None
    return TextColumns(
        received=len(value),
        row=np.arange(len(value), dtype=np.int32),
        # A meter comes again wherever its rows stand. Instants are read by vector operations, so that only neighbours
        # which repeat each other are worth taking out.
        meter=coded(cells["meter"].words()),
        timestamp=run_coded(cells["timestamp"].words()),
        value=value,
        quality=_optional(cells.get("quality"), len(value), empty_is_none=empty_is_none),
        start=_optional(cells.get("start"), len(value), empty_is_none=empty_is_none),
        reference=_references(cells.get("reference"), len(value), empty_is_none=empty_is_none),
    )


def _by_double(cells: Cells, *, spaced: bool) -> Int64Column | None:
    texts = list(CodedTexts(cells.words(), np.arange(len(cells.start))))
    doubles = json_doubles(texts)
    if doubles is None or not (spaced or all(text == text.strip() for text in texts)):
        return None
    micro, beyond = micro_from_doubles(doubles, lambda doubtful: decimals_from_texts([texts[at] for at in doubtful]))
    return None if beyond else micro


def _optional(cells: Cells | None, count: int, *, empty_is_none: bool) -> Sequence[str | None]:
    if cells is None or (empty_is_none and (cells.start == cells.end).all()):
        return [None] * count
    texts = coded(cells.words())
    if empty_is_none and (cells.start == cells.end).any():
        return [text or None for text in texts]
    return texts


def _references(cells: Cells | None, count: int, *, empty_is_none: bool) -> Sequence[str | None] | None:
    return None if cells is None else _optional(cells, count, empty_is_none=empty_is_none)
