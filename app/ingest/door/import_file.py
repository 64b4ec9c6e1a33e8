"""Importing a file by a mapping, with a report of what was rejected that can be mended and sent again."""

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from app.ingest.bodies.json_values import Digits
from app.ingest.door.mapped import Counts, Destination, Rejection, SourceMapping, take_records
from app.ingest.problems import RowWarning
from app.ingest.sources.mapping import field_of
from app.ingest.sources.records import Record, SourceFormat, SourceShape, SourceUnreadable, read_records
from app.ingest.sources.workbook import Sheet, SheetRow, WorkbookUnreadable, is_workbook
from app.ingest.writing.row_warnings import MOST_WARNINGS
from app.store.engine.database import Database

REPORT_COLUMNS = ("rejected_record", "rejected_field", "rejected_code", "rejected_detail")
_REPORT_HEADER = re.compile(r"""(.)"?rejected_record["]?\1""")


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file's records, the report of those that were rejected, if any, and what is doubtful."""

    counts: Counts
    report: Path | None
    warnings: list[RowWarning]


def import_file(
    database: Database,
    path: Path,
    mapping: SourceMapping,
    destination: Destination,
    *,
    report: Path,
    clock_ms: Callable[[], int],
    progress: Callable[[int, Counts], None],
) -> Imported:
    """Store the readings of the file; each piece is committed by itself, and importing again changes nothing.

    `progress` hears after each piece how many bytes were read and what became of the readings so far. Raises
    SourceUnreadable at the place where the file cannot be read on; OSError.
    """
    counts = Counts()
    warnings: list[RowWarning] = []
    with ExitStack() as stack:
        source: BinaryIO = stack.enter_context(path.open("rb"))
        shape = shape_of(source, mapping.shape)
        if shape is not mapping.shape and mapping.rules.reference.by_order:
            detail = (
                "this is a report of rejected tickets, and their order is that of the whole file; mend the file itself"
            )
            raise SourceUnreadable("report_of_tickets", detail)
        records = read_records(source, shape, mapping.needed)
        rejected: _Report | None = None
        for taken in take_records(database, records, mapping.rules, destination, clock_ms=clock_ms):
            counts += taken.counts
            warnings += taken.warnings[: MOST_WARNINGS - len(warnings)]
            progress(source.tell(), counts)
            if taken.rejections and rejected is None:
                rejected = _Report(stack, report, _columns(taken.rejections[0].record, shape, mapping), mapping)
            if rejected is not None:
                rejected.write(taken.rejections)
    return Imported(counts, report if rejected is not None else None, warnings)


def shape_of(source: BinaryIO, shape: SourceShape) -> SourceShape:
    """Return the shape of a file: that of a report, mended or not, when its first line is a report's.

    A report that was saved as a workbook is one of its own, without what the mapping says of lines and sheets.
    """
    if is_workbook(source):
        report = SourceShape(SourceFormat.XLSX, dates=shape.dates)
        return report if REPORT_COLUMNS[0] in _first_row(source) else shape
    first = source.readline(100_000).decode("utf-8-sig", "replace").strip()
    source.seek(0)
    match = _REPORT_HEADER.search(first)
    if match is None:
        return shape
    return SourceShape(SourceFormat.CSV, delimiter=match[1])


def _first_row(source: BinaryIO) -> list[str]:
    """Return the first row of a workbook's first sheet; none of one that cannot be read, which its reader will say."""
    try:
        return next(Sheet(source, None).rows(), SheetRow(0, [])).cells
    except WorkbookUnreadable:
        return []


def _columns(record: Record, shape: SourceShape, mapping: SourceMapping) -> list[str]:
    """Return the columns of the report: a table's in their order, of other sources the fields that the mapping names.

    Those of wide rows are all there, and in their order, since a mapping may name the first and the last of them alone.
    """
    objects = shape.format in (SourceFormat.JSON, SourceFormat.NDJSON)
    own = () if objects and mapping.rules.wide is None else record.fields
    return [name for name in dict.fromkeys([*own, *mapping.needed]) if name not in REPORT_COLUMNS]


class _Report:
    """A CSV of rejected records as they stood in the source, each with what was wrong with it."""

    def __init__(self, stack: ExitStack, path: Path, columns: list[str], mapping: SourceMapping) -> None:
        self._columns = columns
        self._decimal = mapping.rules.value.decimal
        self._others = mapping.rules.needed_beside_values
        self._writer = csv.writer(stack.enter_context(path.open("w", encoding="utf-8-sig", newline="")))
        self._writer.writerow([*columns, *REPORT_COLUMNS])

    def write(self, rejections: list[Rejection]) -> None:
        self._writer.writerows(self._lines(rejections))

    def _lines(self, rejections: list[Rejection]) -> Iterator[list[Any]]:
        for rejection in rejections:
            record, problem = rejection.record, rejection.problem
            fields = [self._cell(record, name) for name in self._columns]
            yield [*fields, record.number, problem.field or "", problem.code.value, problem.detail]

    def _cell(self, record: Record, name: str) -> str:
        found = field_of(record.fields, name)
        if isinstance(found, Digits) and name not in self._others:
            return found.replace(".", self._decimal)
        return found if isinstance(found, str) else ""
