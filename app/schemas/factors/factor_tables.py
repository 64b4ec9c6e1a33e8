"""Reading tables of factors: CSV with a header, JSON and YAML of rows, or of tables as they ship."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from pydantic import ValidationError

from app.accounting.factors.sources import source_words
from app.accounting.selection.factor_import import SentFactor
from app.core.datafile import BadDataFile, Row, parse
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.ingest.problems import BodyUnreadable
from app.schemas.factors.factors import FactorCreate, FactorInputs, factor_of
from app.schemas.wire.json import parse_json

_MAPS = {"attributes": None, "other_gases": None, "derived_from": tuple(FactorInputs.model_fields)}
"""The fields that hold fields: in CSV a column each, such as `attributes.use`; None where the inner ones are free."""

_REQUIRED = tuple(name for name, field in FactorCreate.model_fields.items() if field.is_required())


def _holds(annotation: Any, kind: type) -> bool:
    return annotation is kind or any(_holds(each, kind) for each in get_args(annotation))


_NUMBERS = tuple(name for name, field in FactorCreate.model_fields.items() if _holds(field.annotation, Decimal))


def sent_items(items: Sequence[Any]) -> list[SentFactor]:
    """Return rows that came as JSON, each with what is wrong with the form of its fields."""
    return [_sent(index, item) for index, item in enumerate(items)]


def sent_csv(text: str) -> list[SentFactor]:
    """Return the rows of CSV whose header names fields of a factor; raises InvalidFields for another header."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        problem = FieldProblem("line", "malformed_csv", f"line {reader.line_num} is not CSV: {error}")
        raise InvalidFields([problem]) from error
    if len(lines) < 2:
        raise InvalidFields([FieldProblem("items", "no_factors", "Send a header and at least one factor below it")])
    header = [name.strip() for name in lines[0][1]]
    if problems := list(_header_problems(header)):
        raise InvalidFields(problems)
    return [_sent_line(index, line, header, cells) for index, (line, cells) in enumerate(lines[1:])]


def sent_file(name: str, text: str) -> list[SentFactor]:
    """Return the rows of a file by its suffix: .csv, .json, .yaml or .yml.

    Raises InvalidFields for a header that is wrong, and for what is no table of factors.
    """
    suffix = name.rpartition(".")[2].lower()
    if suffix == "csv":
        return sent_csv(text)
    if suffix not in ("json", "yaml", "yml"):
        words = f"{name!r} is neither .csv nor .json nor .yaml"
        raise InvalidFields([FieldProblem("file", "unknown_format", words)])
    try:
        documents = [parse_json(text.encode())] if suffix == "json" else parse(text, where=name)
        return sent_items([row for document in documents for row in _rows(document, where=name)])
    except (BadDataFile, BodyUnreadable) as error:
        raise InvalidFields([FieldProblem("file", "malformed_file", str(error))]) from error


def _header_problems(header: Sequence[str]) -> Iterator[FieldProblem]:
    for name in dict.fromkeys(header):
        if not _is_column(name):
            plain = [each for each in FactorCreate.model_fields if each not in _MAPS]
            dotted = [f"{outer}.{inner}" for outer, names in _MAPS.items() for inner in names or ("<name>",)]
            words = f"A factor has no column {name!r}; there are {', '.join((*plain, *dotted))}, separated by commas"
            yield FieldProblem(name, "unknown_column", words)
        elif header.count(name) > 1:
            yield FieldProblem(name, "repeated_column", f"The header names the column {name!r} twice")
    for name in _REQUIRED:
        if name not in header:
            yield FieldProblem(name, "missing_column", f"The header lacks the column {name!r}")


def _is_column(name: str) -> bool:
    outer, dot, inner = name.partition(".")
    if not dot:
        return name in FactorCreate.model_fields and name not in _MAPS
    known = _MAPS.get(outer, ())
    return bool(inner) and (known is None or inner in known)


def _sent_line(index: int, line: int, header: Sequence[str], cells: Sequence[str]) -> SentFactor:
    if len(cells) != len(header):
        words = f"line {line} has {len(cells)} fields and the header {len(header)}: quote a text with a comma in it"
        return SentFactor(index, None, None, (FieldProblem("line", "unreadable_row", words),), line)
    row: dict[str, Any] = {}
    problems = []
    for name, cell in zip(header, map(str.strip, cells), strict=True):
        outer, _, inner = name.partition(".")
        if not cell:
            continue
        value: Any = cell
        if outer in ("other_gases", "derived_from") or name in _NUMBERS:
            value = _number(cell)
            if value is None:
                words = f"{cell!r} is not a number: write its digits with a point, without separators or unit"
                problems.append(FieldProblem(name, "not_a_number", words))
                continue
        if inner:
            row.setdefault(outer, {})[inner] = value
        else:
            row[name] = value
    if problems:
        return SentFactor(index, row.get("code"), None, tuple(problems), line)
    return _sent(index, row, line)


def _number(cell: str) -> Decimal | None:
    try:
        number = Decimal(cell)
    except InvalidOperation:
        return None
    return number if number.is_finite() and cell.isascii() and "_" not in cell else None


def _sent(index: int, item: Any, line: int | None = None) -> SentFactor:
    code = item.get("code") if isinstance(item, Mapping) else None
    name = code if isinstance(code, str) else None
    try:
        return SentFactor(index, name, factor_of(FactorCreate.model_validate(item)), (), line)
    except ValidationError as error:
        problems = [
            FieldProblem(".".join(str(part) for part in each["loc"]) or "items", each["type"], each["msg"])
            for each in error.errors()
        ]
        return SentFactor(index, name, None, tuple(problems), line)
    except InvalidFields as error:
        return SentFactor(index, name, None, error.problems, line)


def _rows(document: Any, *, where: str) -> Iterator[Any]:
    """Yield the rows of a document: a list, {"items": [...]}, or a table {source, common, factors} as it ships."""
    if isinstance(document, Mapping) and "factors" in document:
        yield from _shipped_rows(Row(document, where=where))
    else:
        items = document["items"] if isinstance(document, Mapping) and set(document) == {"items"} else document
        if not isinstance(items, list):
            words = "holds neither a list of factors, nor `items`, nor a table of `source`, `common` and `factors`"
            raise BadDataFile(f"{where}: {words}")
        yield from map(_plain, items)


def _shipped_rows(table: Row) -> Iterator[Any]:
    source = table.text("source") if table.is_text("source") else source_words(table.row("source"))
    common = table.mapping("common") if table.has("common") else {}
    for row in table.rows("factors"):
        fields = {**common, **row.all()}
        if "gases" in fields:
            fields["other_gases"] = fields.pop("gases")
        yield _plain({"source": source, **fields})
    table.close()


def _plain(item: Any) -> Any:
    """Return a row whose bare numbers are texts where a text belongs, as in `edition: 2024`."""
    if not isinstance(item, Mapping):
        return item
    numbers = {*_NUMBERS, *_MAPS}
    return {
        name: str(value) if type(value) in (int, Decimal) and name not in numbers else value
        for name, value in item.items()
    }
