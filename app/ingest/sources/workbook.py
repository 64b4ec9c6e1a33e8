"""The rows of a workbook (.xlsx), read one at a time, however many there are: its cells as the texts of a mapping."""

import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO, NamedTuple

from app.ingest.bodies.json_values import Digits
from app.ingest.sources.file_kinds import advice, kind_of, kind_of_archive

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_LOOKED_AT = 1_024
_MOST_UNPACKED = 2 * 2**30
_MOST_TEXTS = 2**28
_TEXTS = "xl/sharedStrings.xml"
"""The only part that is held in memory, all texts of all sheets."""

_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, SyntaxError),
    *(KeyError, ValueError, TypeError, IndexError, AttributeError),
    OSError,  # what is in the archive is no workbook
)
"""What the library raises, beside an exception of its own, of a file that is none, is cut, or has parts missing."""


class WorkbookUnreadable(ValueError):
    """The file cannot be read as a workbook, or has not the sheet; `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class SheetRow(NamedTuple):
    """A row by its number in the sheet, from 1: texts, numbers as Digits, dates as ISO 8601, "" where nothing is."""

    number: int
    cells: list[str]


def is_workbook(stream: BinaryIO) -> bool:
    """Tell whether a seekable stream begins as a workbook does, of the older kind too; it stands at its begin then."""
    return _begin(stream) in (_ZIP, _OLE)


def _begin(stream: BinaryIO) -> bytes:
    stream.seek(0)
    begin = stream.read(len(_ZIP))
    stream.seek(0)
    return begin


def sheet_names(stream: BinaryIO) -> list[str]:
    """Return the names of a workbook's sheets of cells that are not hidden; raises WorkbookUnreadable."""
    _check_file(stream)
    with _broken_is_unreadable():
        return [sheet.title for sheet in _opened(stream, values=True).worksheets if sheet.sheet_state == "visible"]


class Sheet:
    """One sheet of a workbook. A formula is what it last came to; one that nobody computed shows itself, `=B2*2`.

    Programs that write workbooks leave formulas uncomputed: either without a value, or (XlsxWriter) with a 0 and the
    word that all is to be computed on opening. Both would be taken for missing readings, or for readings of 0. So the
    sheet is read a second time, as formulas, from the first row on in which a cell may hold such a one.
    """

    def __init__(self, stream: BinaryIO, name: str | None) -> None:
        from openpyxl.cell.read_only import EMPTY_CELL

        _check_file(stream)
        self._empty = EMPTY_CELL
        with _broken_is_unreadable():
            self._book = _opened(stream, values=True)
            self._sheet = _sheet_of(self._book, name)
            self._formulas = _Formulas(stream, name)
            self._all_are_stale = bool(self._book.calculation and self._book.calculation.fullCalcOnLoad)

    def rows(self) -> Iterator[SheetRow]:
        """Yield the rows that have anything in them; raises WorkbookUnreadable where the file breaks off."""
        with _broken_is_unreadable():
            for number, cells in enumerate(self._sheet.iter_rows(), start=1):
                texts = [_text(cell.value) for cell in cells]
                if self._all_are_stale or any(map(self._may_be_uncomputed, cells)):
                    for place, formula in self._formulas.of_row(number).items():
                        if self._all_are_stale or self._may_be_uncomputed(cells[place]):
                            texts[place] = formula
                if any(texts):
                    yield SheetRow(number, texts)

    def date_text(self, serial: str) -> str:
        """Return the date that a number of a cell is by the workbook's date system, 1900 or 1904, as ISO 8601."""
        from openpyxl.utils.datetime import from_excel

        try:
            return _text(from_excel(float(serial), self._book.epoch))
        except (ValueError, OverflowError):
            return serial

    def _may_be_uncomputed(self, cell: Any) -> bool:
        """Tell whether a cell is there and has no value; a formula that came to an empty text says it is a text."""
        return cell is not self._empty and cell.value is None and cell.data_type == "n"


class _Formulas:
    """The formulas of a sheet, row by row; asked for in the order of the rows, and opened when first asked for."""

    def __init__(self, stream: BinaryIO, name: str | None) -> None:
        self._stream = stream
        self._name = name
        self._rows: Iterator[tuple[int, Sequence[Any]]] | None = None

    def of_row(self, number: int) -> dict[int, str]:
        """Return the formula of each place of a row that has one."""
        if self._rows is None:
            self._rows = enumerate(_sheet_of(_opened(self._stream, values=False), self._name).iter_rows(), start=1)
        for at, cells in self._rows:
            if at == number:
                return {place: _formula(cell.value) for place, cell in enumerate(cells) if cell.data_type == "f"}
        return {}


def _formula(value: Any) -> str:
    return value if isinstance(value, str) else f"={getattr(value, 'text', None) or 'formula'}"


def _check_file(stream: BinaryIO) -> None:
    begin = _begin(stream)
    if begin == _OLE:
        detail = "the source is a workbook of the old kind (.xls), or has a password; save it as .xlsx without one"
        raise WorkbookUnreadable("not_a_workbook", detail)
    if begin != _ZIP:
        kind = kind_of(stream.read(_LOOKED_AT))
        stream.seek(0)
        detail = "the source is no workbook (.xlsx)" if kind is None else advice(kind)
        raise WorkbookUnreadable("not_a_workbook", detail)
    with _broken_is_unreadable(), zipfile.ZipFile(stream) as parts:
        sizes = {part.filename: part.file_size for part in parts.infolist()}
    if sum(sizes.values()) > _MOST_UNPACKED or sizes.get(_TEXTS, 0) > _MOST_TEXTS:
        raise WorkbookUnreadable("workbook_too_large", "unpacked the workbook has more than 2 GiB, or 256 MiB of texts")
    if (kind := kind_of_archive(sizes)) is not None:
        raise WorkbookUnreadable("malformed_workbook", advice(kind))


@contextmanager
def _broken_is_unreadable() -> Iterator[None]:
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        yield
    except WorkbookUnreadable:
        raise
    except (InvalidFileException, *_BROKEN) as error:
        raise WorkbookUnreadable("malformed_workbook", f"the workbook cannot be read (on): {error}"[:300]) from error


def _opened(stream: BinaryIO, *, values: bool) -> Any:
    import openpyxl

    warnings.filterwarnings("ignore", module="openpyxl")  # of styles and extensions, which hold no readings
    return openpyxl.load_workbook(stream, read_only=True, data_only=values, keep_links=False)


def _sheet_of(book: Any, name: str | None) -> Any:
    """Return the sheet of that name, else the one at that place from 1; without a name the first that is not hidden.

    What the sheet says of its own size is not believed: there are writers who leave it at one cell, and what lies
    outside would be left out without a word.
    """
    sheets = book.worksheets
    if not sheets:
        raise WorkbookUnreadable("malformed_workbook", "the workbook has no sheet of cells")
    named = [sheet for sheet in sheets if sheet.title == name]
    if name is None:
        named = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
    elif not named and name.isdecimal() and 1 <= int(name) <= len(sheets):
        named = [sheets[int(name) - 1]]
    if not named:
        names = ", ".join(repr(sheet.title) for sheet in sheets)[:200]
        raise WorkbookUnreadable("missing_sheet", f"the workbook has no sheet {name!r}; there are {names}")
    named[0].reset_dimensions()
    return named[0]


def _text(cell: Any) -> str:
    """Return what a cell holds as a text of a mapping; a date at 0:00 is the date alone, so that a time may follow."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return Digits(repr(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        seconds, milliseconds = divmod(cell // timedelta(milliseconds=1), 1000)
        whole = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        return f"{whole}.{milliseconds:03d}" if milliseconds else whole
    return str(cell)
