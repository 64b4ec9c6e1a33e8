"""Tables of rows in every format but JSON pages: each column named and typed once, for all of them.

An example: a column `quantity` of exact numbers with 20 places in Parquet holds 12.5 as `12.5` in CSV, as the literal
12.5 in NDJSON, and as a decimal128(38, 20) in Arrow and Parquet. What is missing is an empty field, null and null.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import partial
from itertools import chain
from typing import Any, TypeAlias

import msgspec

from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.core.units.quantities import EXACT, plain
from app.schemas.wire.arrow import about, arrow_pieces
from app.schemas.wire.arrow import field as arrow_field
from app.schemas.wire.formats import MEDIA_TYPES, Format
from app.schemas.wire.instants import rfc3339
from app.schemas.wire.number_forms import in_strings, literal

DIGITS = 38
"""The digits of a decimal128."""

Row: TypeAlias = Sequence[Any]
_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")
_encode = msgspec.json.Encoder().encode


class Kind(StrEnum):
    """What a column holds: texts, texts that repeat, instants, days, whole and exact numbers, yes or no, lists."""

    TEXT = "text"
    REPEATED = "repeated"
    INSTANT = "instant"
    DAY = "day"
    WHOLE = "whole"
    EXACT = "exact"
    BOOLEAN = "boolean"
    TEXTS = "texts"


@dataclass(frozen=True, slots=True)
class Column:
    """A column. Of exact numbers Arrow and Parquet hold `places` decimals.

    `with_text` adds there a column of texts with every digit: what was divided may have more than 20 places, and is
    rounded half-even in the number beside it.
    """

    name: str
    kind: Kind = Kind.REPEATED
    places: int = 0
    with_text: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableKind:
    """The columns of a table, what its rows are, and what is told of them: of whom, in which units and zones."""

    content: str
    columns: tuple[Column, ...]
    facts: Mapping[str, Any]


def table_pieces(kind: TableKind, chunks: Iterable[Sequence[Row]], wanted: Format) -> Iterator[bytes]:
    """Return an iterator of the bytes of chunks of rows in a format; the first chunk is read at once.

    What keeps it from being read or written is raised before an answer has begun: InvalidFields for a number that
    does not fit the digits of the format.
    """
    following = iter(chunks)
    made = _written(kind, chain([next(following, ())], following), wanted)
    return chain([next(made)], made)


def _written(kind: TableKind, chunks: Iterable[Sequence[Row]], wanted: Format) -> Iterator[bytes]:
    match wanted:
        case Format.CSV:
            return _csv(kind, chunks)
        case Format.NDJSON:
            in_json = partial(_in_json, number=plain if in_strings(MEDIA_TYPES[wanted]) else literal)
            return _ndjson(kind, chunks, in_json)
    return _arrow(kind, chunks, wanted)


def _csv(kind: TableKind, chunks: Iterable[Sequence[Row]]) -> Iterator[bytes]:
    head = ",".join(each.name for each in kind.columns)
    for number, rows in enumerate(chunks):
        lines = io.StringIO(newline="")
        if not number:
            lines.write(f"{head}\n")
        csv.writer(lines, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)
        yield lines.getvalue().encode()


def _cell(value: Any) -> str:
    """Return a field of CSV; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA_BEGINS) else value
    if isinstance(value, tuple | list):
        return _cell("; ".join(value))
    written = _plain(value)
    return written if isinstance(written, str) else str(written)


def _plain(value: Any) -> Any:
    """Return an instant or a day as its text, a number as its digits."""
    if isinstance(value, Decimal):
        return plain(value)
    if hasattr(value, "tzinfo"):
        return rfc3339(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _ndjson(kind: TableKind, chunks: Iterable[Sequence[Row]], in_json: Callable[[Any], Any]) -> Iterator[bytes]:
    names = [each.name for each in kind.columns]
    for rows in chunks:
        objects = (dict(zip(names, map(in_json, row), strict=True)) for row in rows)
        yield b"".join(_encode(each) + b"\n" for each in objects)


def _in_json(value: Any, *, number: Callable[[Decimal], Any]) -> Any:
    if isinstance(value, Decimal):
        return number(value)
    return value if isinstance(value, str | int | list | tuple | None) else _plain(value)


def _arrow(kind: TableKind, chunks: Iterable[Sequence[Row]], wanted: Format) -> Iterator[bytes]:
    import pyarrow

    fields = [each for column in kind.columns for each in _fields(column, wanted)]
    schema = pyarrow.schema(fields, metadata=about(kind.content, **kind.facts))
    tables = (pyarrow.table(_arrays(kind, schema, rows), schema=schema) for rows in chunks)
    return arrow_pieces(schema, tables, wanted)


def _fields(column: Column, wanted: Format) -> Iterator[Any]:
    import pyarrow

    text = pyarrow.string()
    # The texts of a stream are not known before its rows, and its readers may know but one dictionary of a column.
    repeated = pyarrow.dictionary(pyarrow.int32(), text) if wanted is Format.PARQUET else text
    kinds = {
        Kind.TEXT: text,
        Kind.REPEATED: repeated,
        Kind.INSTANT: pyarrow.timestamp("ms", tz="UTC"),
        Kind.DAY: pyarrow.date32(),
        Kind.WHOLE: pyarrow.int64(),
        Kind.EXACT: pyarrow.decimal128(DIGITS, column.places) if column.kind is Kind.EXACT else text,
        Kind.BOOLEAN: pyarrow.bool_(),
        Kind.TEXTS: pyarrow.list_(text),
    }
    yield arrow_field(column.name, kinds[column.kind], facts=column.facts)
    if column.with_text:
        yield arrow_field(f"{column.name}_exact", text)


def _arrays(kind: TableKind, schema: Any, rows: Sequence[Row]) -> dict[str, Any]:
    import pyarrow

    found: dict[str, Any] = {}
    for place, column in enumerate(kind.columns):
        values = [row[place] for row in rows]
        kept = [_fitting(column, value) for value in values] if column.kind is Kind.EXACT else values
        found[column.name] = pyarrow.array(kept, schema.field(column.name).type)
        if column.with_text:
            texts = [None if value is None else plain(value) for value in values]
            found[f"{column.name}_exact"] = pyarrow.array(texts, pyarrow.string())
    return found


def _fitting(column: Column, value: Decimal | None) -> Decimal | None:
    """Return a number with the places of its column; raises InvalidFields where it would be another number."""
    if value is None:
        return None
    kept = value.quantize(Decimal(1).scaleb(-column.places), context=EXACT)
    if kept.adjusted() >= DIGITS - column.places or (kept != value and not column.with_text):
        words = f"{column.name} {plain(value)} is not a decimal({DIGITS}, {column.places}): ask for csv or ndjson"
        raise InvalidFields([FieldProblem("format", "too_many_digits", words)])
    return kept
