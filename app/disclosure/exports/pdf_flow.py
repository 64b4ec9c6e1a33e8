"""What stands in a PDF, from its cover to its factors, in the order it is read."""

from collections.abc import Iterator, Sequence

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import CondPageBreak, Flowable, LongTable, Paragraph, Spacer, Table

from app.core.language import gettext as _
from app.disclosure.exports.main_figures import MainFigure
from app.disclosure.exports.pdf_charts import ACCENT, BarChart
from app.disclosure.exports.pdf_fonts import markup
from app.disclosure.exports.pdf_styles import (
    ABREAST,
    ASPECT,
    BARE,
    BIG,
    BODY,
    COVER_TEXT,
    COVER_TITLE,
    COVER_YEAR,
    GRID,
    HEAD,
    HEAD_NUMBER,
    INDENTED,
    INNER,
    LABEL,
    LINES,
    MARGIN,
    NUMBER,
    NUMBER_NOW,
    SECTION,
    SMALL,
    STRONG,
    TILES,
    paragraph,
    paragraph_of,
)
from app.disclosure.exports.report import Absence, Aspect, Remark, Report, Row, Value
from app.disclosure.exports.report_basis import ReportBasis

_KPI, _UNIT, _YEAR = 40.0, 84.0, 54.0
_IN_A_ROW = 3
_ROOM_BELOW_HEADINGS = 95.0


class Cover(Flowable):  # type: ignore[misc]  # of an untyped library
    """The coloured head of the first page, as wide as the paper and as high as its words need."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self._lines = [
            paragraph(report.framework, COVER_TEXT),
            paragraph(report.organization, COVER_TITLE),
            Spacer(0, 3),
            paragraph(_("ESG disclosure %(year)s") % {"year": report.year}, COVER_YEAR),
            Spacer(0, 12),
            paragraph(_("Reporting period %(period)s") % {"period": report.period}, COVER_TEXT),
            paragraph(
                _("%(publication)s no. %(number)s") % {"publication": report.publication, "number": report.number},
                COVER_TEXT,
            ),
            paragraph(f"SHA-256 {report.digest}", COVER_TEXT),
        ]

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Return the room the words take, which the library asks for."""
        self._width, self._heights = width, [line.wrap(width, height)[1] for line in self._lines]
        return width, sum(self._heights) + 16

    def draw(self) -> None:
        """Draw the ground up to the paper's edges, then the words on it."""
        high = sum(self._heights) + 16
        self.canv.setFillColor(ACCENT)
        self.canv.rect(-MARGIN, 0, self._width + 2 * MARGIN, high + MARGIN, stroke=0, fill=1)
        top = high
        for line, height in zip(self._lines, self._heights, strict=True):
            top -= height
            line.drawOn(self.canv, 0, top)


def flow_of(report: Report) -> list[Flowable]:
    """Return everything that a report prints, in order."""
    return [
        Cover(report),
        Spacer(0, 14),
        *_tiles(report.highlights),
        *_charts(report.charts),
        *_figures(report),
        *_notes(report.notes),
        *_absences(_("Not reported, and explained"), report.explained),
        *_absences(_("Not reported, and not explained"), report.unexplained),
        *_remarks(report.remarks),
        *_basis(report.basis),
    ]


def _tiles(figures: Sequence[MainFigure]) -> Iterator[Flowable]:
    if figures:
        tiles = [[paragraph(each.title, LABEL), _big(each), _below(each)] for each in figures]
        gap = 8.0
        width = (INNER - gap * (len(tiles) - 1)) / len(tiles)
        cells = [Table([[part] for part in tile], [width], [26, None, None], style=TILES) for tile in tiles]
        yield Table([cells], [width + gap] * (len(cells) - 1) + [width], style=ABREAST)
        yield Spacer(0, 8)


def _big(figure: MainFigure) -> Paragraph:
    size = 15 if len(figure.shown[-1] or "") < 11 else 11
    unit = f'<font name="Lato" size="8" color="#57645c">{markup(figure.unit)}</font>'
    return paragraph_of(f'<font size="{size}">{markup(figure.shown[-1] or "")}</font> {unit}', BIG)


def _below(figure: MainFigure) -> Paragraph:
    remark = f"<b>{markup(figure.remark)}</b><br/>" if figure.remark else ""
    return paragraph_of(remark + markup(_before(figure)), LABEL)


def _before(figure: MainFigure) -> str:
    if len(figure.shown) < 2:
        return ""
    year, shown = figure.years[-2], figure.shown[-2]
    return _("no figure for %(year)s") % {"year": year} if shown is None else f"{year}: {shown}"


def _charts(figures: Sequence[MainFigure]) -> Iterator[Flowable]:
    slot = INNER / _IN_A_ROW
    for start in range(0, len(figures), _IN_A_ROW):
        abreast = figures[start : start + _IN_A_ROW]
        heads = [paragraph_of(f"<b>{markup(each.title)}</b> {markup(each.unit)}", LABEL) for each in abreast]
        drawings = [BarChart(each, width=slot - 16, height=86) for each in abreast]
        yield Table([heads, drawings], [slot] * len(abreast), style=BARE, hAlign="LEFT")


def _figures(report: Report) -> Iterator[Flowable]:
    yield from _headed(_("Figures"), SECTION)
    if not report.aspects:
        yield paragraph(_("This publication has no figures with values."))
        return
    for aspect in report.aspects:
        yield from _aspect(aspect, report.years)
    yield Spacer(0, 4)
    legend = (
        _("– no figure."),
        f"R {_('restated since it was first published.')}",
        _("Small numbers refer to the notes."),
    )
    yield paragraph(" ".join(legend), SMALL)


def _aspect(aspect: Aspect, years: Sequence[str]) -> Iterator[Flowable]:
    yield from _headed(aspect.title, ASPECT)
    rows = [row for row in aspect.rows if row.text is None]
    if rows:
        head = [paragraph(_("KPI"), HEAD), paragraph(_("Figure"), HEAD), paragraph(_("Unit"), HEAD)]
        head += [paragraph(year, HEAD_NUMBER) for year in years]
        widths = [_KPI, INNER - _KPI - _UNIT - _YEAR * len(years), _UNIT, *[_YEAR] * len(years)]
        yield LongTable([head, *map(_cells, rows)], widths, repeatRows=1, style=GRID)
    for row in aspect.rows:
        if row.text is not None:
            yield Spacer(0, 5)
            yield paragraph_of(f"{markup(row.kpi)}&nbsp;&nbsp;{_titled(row)}", STRONG)
            yield paragraph(row.text)


def _cells(row: Row) -> list[Flowable]:
    values = [paragraph(_shown(value), NUMBER if at else NUMBER_NOW) for at, value in enumerate(row.values)]
    kpi = paragraph("" if row.is_part else row.kpi, SMALL)
    return [kpi, paragraph_of(_titled(row), INDENTED if row.is_part else BODY), paragraph(row.unit, SMALL), *values]


def _titled(row: Row) -> str:
    notes = f'<super size="5.5" rise="3.5">&nbsp;{",".join(map(str, row.notes))}</super>' if row.notes else ""
    return markup(row.title) + notes


def _shown(value: Value) -> str:
    return "–" if value.shown is None else f"{value.shown} R" if value.restated else value.shown


def _notes(notes: Sequence[str]) -> Iterator[Flowable]:
    if notes:
        yield from _headed(_("Notes"), SECTION)
        for at, note in enumerate(notes, start=1):
            yield paragraph_of(f"{at}&nbsp;&nbsp;{markup(note)}", SMALL)


def _absences(title: str, absences: Sequence[Absence]) -> Iterator[Flowable]:
    if absences:
        yield from _headed(title, SECTION)
        for each in absences:
            titles = _("; ").join(each.titles)
            yield paragraph_of(f"<b>{markup(each.kpi)}</b>&nbsp;&nbsp;{markup(titles)}", SMALL)
            yield paragraph(each.explanation or _("No explanation was given."), BODY if each.explanation else SMALL)
            yield Spacer(0, 4)


def _remarks(remarks: Sequence[Remark]) -> Iterator[Flowable]:
    yield from _headed(_("Findings of the checks"), SECTION)
    if not remarks:
        yield paragraph(_("The checks found nothing."))
        return
    rows = []
    for each in remarks:
        mend = f'<br/><font color="#0d6448">{markup(each.mend)}</font>' if each.mend else ""
        rows.append([paragraph(each.weight, SMALL), paragraph_of(markup(each.detail) + mend, BODY)])
        rows[-1].append(paragraph(each.about, SMALL))
    yield _grid((_("Weight"), _("Finding"), _("About")), (48, INNER - 48 - 170, 170), rows)


def _basis(basis: ReportBasis) -> Iterator[Flowable]:
    rows = [[paragraph(label, SMALL), paragraph(text)] for label, text in basis.statements]
    yield from _headed(_("Basis of preparation"), SECTION)
    yield LongTable(rows, [120, INNER - 120], style=LINES, splitInRow=1)
    if basis.plants:
        yield from _headed(_("Plants"), ASPECT)
        lines = [[each.name, each.place, each.equity_share, each.control] for each in basis.plants]
        widths = (INNER - 330, 150, 60, 120)
        yield _grid((_("Plant"), _("Place"), _("Equity share"), _("Control")), widths, _paragraphs(lines, BODY))
    if basis.factors:
        yield from _headed(_("Emission factors"), ASPECT)
        factors = [[each.code, each.value, each.source] for each in basis.factors]
        yield _grid((_("Factor"), _("Value"), _("Source")), (140, 110, INNER - 250), _paragraphs(factors, SMALL))


def _headed(title: str, style: ParagraphStyle) -> Iterator[Flowable]:
    """Yield a heading that has room for some lines of what follows below it."""
    yield CondPageBreak(_ROOM_BELOW_HEADINGS)
    yield paragraph(title, style)


def _paragraphs(lines: Sequence[Sequence[str]], style: ParagraphStyle) -> list[list[Flowable]]:
    return [[paragraph(text, style) for text in line] for line in lines]


def _grid(heads: Sequence[str], widths: Sequence[float], rows: Sequence[Sequence[Flowable]]) -> LongTable:
    head = [paragraph(text, HEAD) for text in heads]
    return LongTable([head, *rows], widths, repeatRows=1, style=GRID, splitInRow=1)
