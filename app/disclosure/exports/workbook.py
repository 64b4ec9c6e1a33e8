"""A publication as a workbook: a cover, a sheet for each aspect, then lineage, factors and checks."""

import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.core.language import SOURCE, language
from app.core.language import gettext as _
from app.core.sentences import N_
from app.core.translation import translated
from app.disclosure.exports.published import Member, Published, decimals_of, name_of, number
from app.disclosure.exports.report import answered, by_aspect, framework_title
from app.disclosure.exports.report_basis import basis_of
from app.disclosure.exports.tables import Cell, Table, factors_table, findings_table, lineage_table
from app.disclosure.exports.tables_in_words import in_words
from app.disclosure.figures.reasons import is_reason
from app.disclosure.figures.titles import part_in_words, titled
from app.disclosure.figures.typesetting import days_in_words, typeset_unit
from app.disclosure.frameworks.aspects import aspect_title, kpi_in_words

_LONGEST_TEXT = 32_767
_CUT_OFF = N_("… (cut off here; the JSON has all of it)")
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_GREEN, _GROUND = "#0d6448", "#eef3f0"
_READ_ME = N_(
    "The years' columns hold the printed numbers, with their decimals. The exact value is beside them; a spreadsheet "
    "keeps 15 digits of it, the JSON and the CSV all of them."
)
_LAST_SHEETS = (N_("Lineage"), N_("Factors"), N_("Checks"))


def workbook_of(of: Published) -> bytes:
    """Return the XLSX file. Texts are written as texts: none becomes a formula or a link."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    book.set_properties(
        {
            "title": f"{of.document['organization']['name']}, {framework_title(of)}, {of.years[0]}",
            "subject": _("Publication %(number)s") % {"number": of.document["number"]},
            "comments": f"SHA-256 {of.digest}",
            "created": of.prepared_at.replace(tzinfo=None),
        }
    )
    styles = _Styles(book)
    grouped = dict(by_aspect(of.figures))
    names = _sheet_names(grouped)
    _cover(book.add_worksheet(_("Publication")), of, styles, names)
    for aspect, figures in grouped.items():
        sheet = book.add_worksheet(names[aspect])
        _aspect(sheet, of, styles, aspect_title(of.document["framework"]["code"], aspect), figures)
    for name, table in zip(_LAST_SHEETS, (lineage_table(of), factors_table(of), findings_table(of)), strict=True):
        _table(book.add_worksheet(_(name)), of, styles, in_words(table))
    book.close()
    return target.getvalue()


class _Styles:
    """The formats of one workbook; number formats are made once for each count of decimals."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._numbers: dict[int, Format] = {}
        self.title = book.add_format({"bold": True, "font_size": 16, "font_color": _GREEN})
        self.head = book.add_format(
            {"bold": True, "font_color": "#ffffff", "bg_color": _GREEN, "text_wrap": True, "valign": "vcenter"}
        )
        self.label = book.add_format({"bold": True, "valign": "top", "bg_color": _GROUND})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.code = book.add_format({"font_name": "Courier New", "font_size": 9, "valign": "top"})
        self.exact = book.add_format({"num_format": "General", "valign": "top"})
        self.share = book.add_format({"num_format": "0.0%", "valign": "top"})

    def printed(self, decimals: int) -> Format:
        """Return the number format of a figure that is printed with `decimals` decimals."""
        if decimals not in self._numbers:
            pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
            self._numbers[decimals] = self._book.add_format({"num_format": pattern, "valign": "top"})
        return self._numbers[decimals]


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of an aspect's sheet: its heading, its width in characters, and what a figure has in it."""

    heading: str
    width: int
    write: Callable[[Worksheet, int, int, Member], Any]


def _sheet_names(aspects: Iterable[str]) -> dict[str, str]:
    """Return a sheet name for each aspect that a workbook takes: no mark it refuses, 31 characters, none twice."""
    names: dict[str, str] = {}
    taken = {_(name).lower() for name in (N_("Publication"), *_LAST_SHEETS)} | {"history"}
    for aspect in aspects:
        base = name = _NOT_IN_NAMES.sub("-", kpi_in_words(aspect))[:25] or "-"
        count = 1
        while name.lower() in taken:
            count += 1
            name = f"{base} ({count})"
        taken.add(name.lower())
        names[aspect] = name
    return names


def _cover(sheet: Worksheet, of: Published, styles: _Styles, names: dict[str, str]) -> None:
    document = of.document
    first, last = of.first_and_last_day
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, document["organization"]["name"], styles.title)
    framework = document["framework"]["code"]
    number_of = document["number"]
    lines: list[tuple[str, str]] = [
        (_("Framework"), framework_title(of)),
        (_("Reporting year"), of.years[0]),
        (_("Period"), days_in_words(first, last)),
        (_("Publication"), _("%(number)s (interim)") % {"number": number_of} if of.is_interim else str(number_of)),
        (_("SHA-256 of the JSON"), of.digest),
        *basis_of(of).statements,
        *(
            (
                _("Plant %(name)s") % {"name": each.name},
                _("%(place)s; share %(share)s; control: %(control)s")
                % {"place": each.place, "share": each.equity_share, "control": each.control},
            )
            for each in basis_of(of).plants
        ),
        *((_sheet(names[aspect]), aspect_title(framework, aspect)) for aspect in names),
        (_sheet(_("Lineage")), _("Every term of every figure, down to the meters: the terms of a figure add up to it")),
        (_sheet(_("Factors")), _("The emission factors that were used, with their sources")),
        (_sheet(_("Checks")), _("What the checks found")),
        *(
            (
                (_("Explanation %(kpi)s") if is_reason(each["text"]) else _("Not explained %(kpi)s"))
                % {"kpi": each["kpi"]},
                each["text"],
            )
            for each in document["explanations"]
        ),
        (_("Numbers"), _(_READ_ME)),
    ]
    for row, (label, text) in enumerate(lines, start=2):
        _text(sheet, row, 0, label, styles.label)
        _text(sheet, row, 1, text, styles.code if text == of.digest else styles.text)
    _paper(sheet, of)


def _sheet(name: str) -> str:
    return _("Sheet %(name)s") % {"name": name}


def _aspect(sheet: Worksheet, of: Published, styles: _Styles, title: str, figures: Sequence[Member]) -> None:
    columns = _columns(of, styles)
    sheet.write_string(0, 0, title, styles.title)
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width)
        sheet.write_string(2, at, column.heading, styles.head)
        for row, figure in enumerate(figures, start=3):
            column.write(sheet, row, at, figure)
    sheet.freeze_panes(3, 2)
    sheet.repeat_rows(2)
    _paper(sheet, of)


def _columns(of: Published, styles: _Styles) -> list[_Column]:
    def text(read: Callable[[Member], str | None]) -> Callable[[Worksheet, int, int, Member], Any]:
        return lambda sheet, row, at, figure: _text(sheet, row, at, read(figure), styles.text)

    def share(name: str) -> Callable[[Worksheet, int, int, Member], Any]:
        return lambda sheet, row, at, figure: _number(sheet, row, at, number(figure[name]), styles.share)

    def year(wanted: str) -> Callable[[Worksheet, int, int, Member], Any]:
        return lambda sheet, row, at, figure: _printed(sheet, row, at, _display(figure, wanted), styles)

    return [
        _Column(
            _("KPI"), 12, text(lambda figure: ", ".join(map(kpi_in_words, (figure["kpi"], *figure.get("also", ())))))
        ),
        _Column(_("Figure"), 48, text(lambda figure: titled(figure["title"]))),
        _Column(_("Dimensions"), 22, text(lambda figure: part_in_words(figure["dimensions"]))),
        _Column(_("Unit"), 20, text(_unit)),
        *(_Column(each, 15, year(each)) for each in of.years),
        _Column(_("Text"), 30, text(lambda figure: answered(figure.get("text")))),
        _Column(
            _("Exact value %(year)s") % {"year": of.years[0]},
            20,
            lambda sheet, row, at, figure: _number(sheet, row, at, number(figure["value"]), styles.exact),
        ),
        _Column(_("Restated"), 12, text(_restated)),
        _Column(_("Coverage"), 10, share("coverage")),
        _Column(_("Measured"), 10, share("measured_share")),
        _Column(_("Estimated"), 10, share("estimated_share")),
        _Column(_("Notes"), 60, text(lambda figure: "\n".join(map(translated, figure["flags"])))),
        _Column(
            _("Findings"), 60, text(lambda figure: "\n".join(translated(each["detail"]) for each in figure["checks"]))
        ),
        _Column(_("Key"), 34, text(lambda figure: figure["key"])),
    ]


def _unit(figure: Member) -> str | None:
    """Return a figure's unit: as programs write it in English, as print writes it in other languages."""
    unit: str | None = figure["unit"]
    return unit if unit is None or language() == SOURCE else typeset_unit(unit)


def _display(figure: Member, year: str) -> str | None:
    """Return the digits printed for a period; the reporting period is the one that is no comparative."""
    before = {name_of(each): each["display"] for each in figure["comparatives"]}
    display: str | None = before[year] if year in before else figure["display"]
    return display


def _restated(figure: Member) -> str:
    return ", ".join(name_of(each) for each in figure["comparatives"] if each["restated"])


def _table(sheet: Worksheet, of: Published, styles: _Styles, table: Table) -> None:
    for at, heading in enumerate(table.columns):
        longest = max((len(str(row[at] or "")) for row in table.rows[:200]), default=0)
        sheet.set_column(at, at, min(max(len(heading) + 2, longest), 40))
        sheet.write_string(0, at, heading, styles.head)
    for row, cells in enumerate(table.rows, start=1):
        for at, cell in enumerate(cells):
            _cell(sheet, row, at, cell, styles)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)
    sheet.repeat_rows(0)
    _paper(sheet, of)


def _cell(sheet: Worksheet, row: int, at: int, cell: Cell, styles: _Styles) -> None:
    if isinstance(cell, Decimal):
        _number(sheet, row, at, cell, styles.exact)
    else:
        _text(sheet, row, at, cell, None)


def _printed(sheet: Worksheet, row: int, at: int, display: str | None, styles: _Styles) -> None:
    """Write printed digits as a number; digits that a spreadsheet's number cannot hold stay a text."""
    if display is None:
        return
    if Decimal(repr(float(display))) == Decimal(display):
        sheet.write_number(row, at, float(display), styles.printed(decimals_of(display)))
    else:
        sheet.write_string(row, at, display, styles.text)


def _number(sheet: Worksheet, row: int, at: int, value: Decimal | None, style: Format) -> None:
    if value is not None:
        sheet.write_number(row, at, float(value), style)


def _text(sheet: Worksheet, row: int, at: int, text: str | None, style: Format | None) -> None:
    if text:
        if len(text) > _LONGEST_TEXT:
            cut_off = f" {_(_CUT_OFF)}"
            text = text[: _LONGEST_TEXT - len(cut_off)] + cut_off
        sheet.write_string(row, at, text, style)


def _paper(sheet: Worksheet, of: Published) -> None:
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)
    words = _("Publication %(number)s, SHA-256 %(digest)s") % {"number": of.document["number"], "digest": of.digest}
    sheet.set_footer(f"&L&8{words}&R&8{_('%(page)s of %(pages)s') % {'page': '&P', 'pages': '&N'}}")
