"""What is wrong with a row of JSON that cannot be taken, and the rows of a body that is JSON but for some values."""

import json
import re
from json import JSONDecodeError
from typing import Any

from app.ingest.bodies.body_columns import OPTIONAL, REQUIRED, VALUE_LIMIT_WORDS
from app.ingest.bodies.json_values import DECODER, JSON_NUMBER, Digits, Members, is_storable, parsed
from app.ingest.problems import RowCode, RowProblem

_OPENING = re.compile(r'[ \t\r\n]*\{[ \t\r\n]*"readings"[ \t\r\n]*:[ \t\r\n]*\[[ \t\r\n]*')
_BETWEEN = re.compile(r"[ \t\r\n]*,[ \t\r\n]*")
_CLOSING = re.compile(r"[ \t\r\n]*\][ \t\r\n]*\}[ \t\r\n]*")
_BARE_VALUE = re.compile(r'("value"[ \t\r\n]*:[ \t\r\n]*)([^\s,\[\]{}"]+)')
_JSON_WORD = re.compile(rf"{JSON_NUMBER.pattern}|true|false|null", re.ASCII)


def row_problem(position: int, raw: bytes, words: str) -> RowProblem:
    """Say which field of a row that could not be decoded is at fault, and echo what of it can be read.

    `words` are the decoder's own. What is left when every field is of its type is a number beyond any double.
    """
    row = _row(raw)
    if not isinstance(row, Members):
        return RowProblem(position, None, RowCode.UNREADABLE_ROW, f"a reading is a JSON object: {words}")
    echo = {name: row[name] for name in ("meter", "timestamp") if _is_text(row.get(name))}
    # First of all: what is looked at below is the last of the two.
    if row.repeated is not None:
        detail = f"{row.repeated!r:.80} is given twice, and nothing says which of the two is meant"
        return RowProblem(position, row.repeated, RowCode.REPEATED_FIELD, detail, **echo)
    for name in row:
        if name not in REQUIRED + OPTIONAL:
            return RowProblem(position, name, RowCode.UNKNOWN_FIELD, f"a reading has no field {name!r:.80}", **echo)
    for name in REQUIRED:
        if name not in row:
            return RowProblem(position, name, RowCode.MISSING_FIELD, f"a reading needs {name!r}", **echo)
    if not isinstance(row["value"], str) or not JSON_NUMBER.fullmatch(row["value"]):
        return value_unreadable(position, row["value"], **echo)
    for name in ("meter", "timestamp", *OPTIONAL):
        if not _is_text(row.get(name, "")) and not (name in OPTIONAL and row[name] is None):
            return RowProblem(position, name, RowCode.WRONG_TYPE, f"{name} is a string, not {row[name]!r:.80}", **echo)
    return value_beyond(position, **echo)


def value_unreadable(position: int, value: Any, meter: str | None = None, timestamp: str | None = None) -> RowProblem:
    """Return the problem of a row whose value is neither a number nor a string that holds one."""
    detail = f"value is a finite JSON number, as it is or in a string, not {value!r:.80}"
    return RowProblem(position, "value", RowCode.VALUE_UNREADABLE, detail, meter, timestamp)


def value_beyond(position: int, meter: str | None = None, timestamp: str | None = None) -> RowProblem:
    """Return the problem of a row whose value no reading can have."""
    return RowProblem(position, "value", RowCode.VALUE_OUT_OF_RANGE, VALUE_LIMIT_WORDS, meter, timestamp)


def repeats_a_name(raw: bytes) -> bool:
    """Tell whether a row that can be decoded gives one of its fields twice."""
    row = _row(raw)
    return isinstance(row, Members) and row.repeated is not None


def rows_with_bare_values(body: bytes) -> list[bytes] | None:
    """Return the rows of a batch that is JSON but for values such as NaN and 007, each as bytes; None of any other."""
    try:
        text = _with_values_quoted(body.decode())
        opening = _OPENING.match(text)
        if opening is None:
            return None
        rows, at = [], opening.end()
        while True:
            row, end = DECODER.raw_decode(text, at)
            if not is_storable(row):
                return None
            rows.append(text[at:end].encode())
            between = _BETWEEN.match(text, end)
            if between is None:
                return rows if _CLOSING.fullmatch(text, end) else None
            at = between.end()
    except (UnicodeDecodeError, JSONDecodeError, RecursionError):
        return None


def _row(raw: bytes) -> Any:
    """Return what the bytes of a row say; None when they are not JSON, or no text that can be stored."""
    try:
        row = parsed(_with_values_quoted(raw.decode()))
    except (UnicodeDecodeError, JSONDecodeError, RecursionError):
        return None
    return row if is_storable(row) else None


def _with_values_quoted(text: str) -> str:
    """Return JSON with values that are none as texts: `"value": 007` spoils its row, as in CSV, and not its body.

    A name that ends in `"value"` with an escaped quotation mark before it would be taken for the field: it is unknown
    all the same.
    """
    return _BARE_VALUE.sub(
        lambda bare: bare[0] if _JSON_WORD.fullmatch(bare[2]) else bare[1] + json.dumps(bare[2]), text
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, Digits)
