"""The pattern that the rows of a JSON or NDJSON body follow, found in its first row."""

import re

import numpy as np

from app.ingest.bodies.alike import FEWEST_BYTES, WIDEST, Pattern, cells_of
from app.ingest.bodies.body_columns import OPTIONAL, REQUIRED, TextColumns
from app.ingest.bodies.cut import columns_from

_WS = rb"[ \t\r\n]*"
_BLANK = rb"[ \t\r]*"
_NAMES = "|".join(REQUIRED + OPTIONAL).encode()
_OPENING = re.compile(rb'%b\{%b"readings"%b:%b\[%b(?=\{)' % (_WS, _WS, _WS, _WS, _WS))
_INDENT = re.compile(_WS + rb"(?=\{)")
_MEMBER = re.compile(rb'[{,]%b"(%b)"%b:%b("?)' % (_WS, _NAMES, _WS, _WS))
_NUMBER = re.compile(rb"[-+.0-9eE]{1,40}")
_SPACES = re.compile(_WS)
_LISTED = re.compile(rb'"?%b\}%b,%b' % (_WS, _WS, _WS))
_LISTS_END = re.compile(rb'"?%b\}%b\]%b\}%b\Z' % (_WS, _WS, _WS, _WS))
_LINED = re.compile(rb'"?%b\}%b\n%b' % (_BLANK, _BLANK, _WS))
_LINES_END = re.compile(rb'"?%b\}%b\Z' % (_BLANK, _WS))


def alike_json(body: bytes) -> TextColumns | None:
    """Return the rows of `{"readings": [...]}`; None when they are not all written alike."""
    return _alike(body, _OPENING, _LISTED, _LISTS_END, lines=False)


def alike_ndjson(body: bytes) -> TextColumns | None:
    """Return the rows, one a line; None when they are not all written alike."""
    return _alike(body, _INDENT, _LINED, _LINES_END, lines=True)


def _alike(
    body: bytes, head: re.Pattern[bytes], between: re.Pattern[bytes], tail: re.Pattern[bytes], *, lines: bool
) -> TextColumns | None:
    if len(body) < FEWEST_BYTES or b"\\" in body:
        return None
    found = head.match(body)
    pattern = _pattern(body, found.end(), between, tail) if found else None
    if found is None or pattern is None or (lines and any(b"\n" in mark for mark in pattern.marks[:-1])):
        return None
    # A brace inside a text begins a row too here; the marks around it do not stand there, and the body is left to the
    # parser.
    rows = np.frombuffer(body, dtype=np.uint8, offset=found.end()) == ord("{")
    cells = cells_of(body, np.flatnonzero(rows) + found.end(), pattern)
    if cells is None:
        return None
    in_string = pattern.marks[pattern.names.index("value")].endswith(b'"')
    return columns_from(cells, empty_is_none=False, spaced=not in_string)


def _pattern(body: bytes, row: int, between: re.Pattern[bytes], tail: re.Pattern[bytes]) -> Pattern | None:
    """Return how the row that begins at `row` is written; None when it is not plainly a reading with another after."""
    names: list[str] = []
    marks: list[bytes] = []
    mark = at = row
    while body[at : at + 1] == (b"," if names else b"{"):
        member = _MEMBER.match(body, at)
        if member is None or member[1].decode() in names or not (member[2] or member[1] == b"value"):
            return None
        names.append(member[1].decode())
        marks.append(body[mark : member.end()])
        mark = _end(body, member.end(), quoted=bool(member[2]))
        at = _after_spaces(body, mark + len(member[2]))
    following = body.find(b"{", at, at + WIDEST)
    if following < 0 or not set(REQUIRED) <= set(names) or not between.fullmatch(body, mark, following):
        return None
    return Pattern(tuple(names), (*marks, body[mark:following]), ord('"'), tail)


def _end(body: bytes, at: int, *, quoted: bool) -> int:
    if quoted:
        return max(body.find(b'"', at, at + WIDEST), at)
    number = _NUMBER.match(body, at)
    return number.end() if number else at


def _after_spaces(body: bytes, at: int) -> int:
    spaces = _SPACES.match(body, at)
    return spaces.end() if spaces else at
