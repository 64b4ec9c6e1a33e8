"""The report of a publication as a PDF: A4, fonts embedded, every page with the publication's hash."""

import io
from calendar import timegm
from collections.abc import Iterator
from itertools import chain
from typing import Any

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from app.core.language import TAGS, catalogue_messages, language
from app.core.language import gettext as _
from app.disclosure.exports.pdf_charts import LINE, QUIET
from app.disclosure.exports.pdf_flow import flow_of
from app.disclosure.exports.pdf_fonts import REGULAR, fonts_for, stretches
from app.disclosure.exports.pdf_styles import HEIGHT, INNER, MARGIN, SECTION, WIDTH
from app.disclosure.exports.published import Published
from app.disclosure.exports.report import Report, report_of

_FOOT_ROOM = 18
_FOOT_SIZE = 6.6


def pdf_of(of: Published) -> bytes:
    """Return the PDF; its date is the instant of preparation, its identifier the publication's hash."""
    report = report_of(of)
    signed = (each.name for each in of.signatures or ())
    words = (each for _message, each in catalogue_messages(language()))
    with fonts_for(chain(_texts(of.document), signed, words)):
        target = io.BytesIO()
        document = _Document(target, of, report)
        document.build(flow_of(report), canvasmaker=_canvas_maker(of, report))
        return target.getvalue()


class _Document(BaseDocTemplate):  # type: ignore[misc]  # of an untyped library
    """Pages of one column; each section's heading becomes a bookmark."""

    def __init__(self, target: io.BytesIO, of: Published, report: Report) -> None:
        super().__init__(
            target,
            pagesize=(WIDTH, HEIGHT),
            pageCompression=1,
            invariant=1,
            title=report.title,
            author=report.organization,
            subject=_("%(publication)s %(number)s, SHA-256 %(digest)s") % _numbered(report),
            initialFontName=REGULAR,
            lang=TAGS[language()],
        )
        frame = Frame(MARGIN, MARGIN + _FOOT_ROOM, INNER, HEIGHT - 2 * MARGIN - _FOOT_ROOM, 0, 0, 0, 0)
        self.addPageTemplates([PageTemplate("page", [frame])])
        self._sections = 0

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - the library's name
        """Make a bookmark of a section's heading."""
        if getattr(getattr(flowable, "style", None), "name", None) == SECTION.name:
            self._sections += 1
            name = f"section-{self._sections}"
            self.canv.bookmarkPage(name)
            self.canv.addOutlineEntry(flowable.getPlainText(), name)


def _canvas_maker(of: Published, report: Report) -> type[Canvas]:
    """Return a canvas that writes the footers once it knows how many pages there are."""

    class Counted(Canvas):  # type: ignore[misc]  # of an untyped library
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self._pages: list[dict[str, Any]] = []
            _date(self._doc, of)

        def showPage(self) -> None:  # noqa: N802 - the library's name
            self._pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for at, page in enumerate(self._pages, start=1):
                self.__dict__.update(page)
                _foot(self, report, f"{at} / {len(self._pages)}")
                super().showPage()
            super().save()

    return Counted


def _numbered(report: Report) -> dict[str, object]:
    """Return what tells a publication from others, as sentences about it name it."""
    return {
        "publication": report.publication,
        "number": report.number,
        "year": report.year,
        "digest": report.digest,
        "organization": report.organization,
    }


def _date(document: Any, of: Published) -> None:
    """Have the file dated and identified by the publication, whatever the clock and the environment say."""
    stamp, at = document._timeStamp, of.prepared_at
    stamp.t, stamp.lt, stamp.YMDhms = timegm(at.timetuple()), at.timetuple(), tuple(at.timetuple())[:6]
    document._ID = f"\n[<{of.digest[:32]}><{of.digest[:32]}>]\n".encode()


def _foot(canvas: Canvas, report: Report, page: str) -> None:
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN, MARGIN + 9, WIDTH - MARGIN, MARGIN + 9)
    canvas.setFillColor(QUIET)
    words = _("%(publication)s %(number)s for %(year)s, SHA-256 %(digest)s") % _numbered(report)
    at = MARGIN
    for font, stretch in stretches(words):
        canvas.setFont(font, _FOOT_SIZE)
        canvas.drawString(at, MARGIN, stretch)
        at += stringWidth(stretch, font, _FOOT_SIZE)
    canvas.setFont(REGULAR, _FOOT_SIZE)
    canvas.drawRightString(WIDTH - MARGIN, MARGIN, page)


def _texts(value: Any) -> Iterator[str]:
    """Yield every text of a document, wherever it stands."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)
