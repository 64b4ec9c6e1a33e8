"""How a PDF's paragraphs and tables look."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from reportlab.lib.colors import white
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, TableStyle

from app.core.language import SOURCE, language
from app.disclosure.exports.pdf_charts import ACCENT, FAINT, INK, LINE, QUIET
from app.disclosure.exports.pdf_fonts import BOLD, REGULAR, markup

MARGIN = 17 * mm
WIDTH, HEIGHT = 210 * mm, 297 * mm
INNER = WIDTH - 2 * MARGIN

BODY = ParagraphStyle("body", fontName=REGULAR, fontSize=8.6, leading=11.4, textColor=INK, splitLongWords=1)
STRONG = ParagraphStyle("strong", parent=BODY, fontName=BOLD)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=7.4, leading=9.8, textColor=QUIET)
INDENTED = ParagraphStyle("indented", parent=BODY, leftIndent=9, textColor=QUIET)
NUMBER = ParagraphStyle("number", parent=BODY, alignment=TA_RIGHT)
NUMBER_NOW = ParagraphStyle("number now", parent=NUMBER, fontName=BOLD)
HEAD = ParagraphStyle("head", parent=SMALL, fontName=BOLD)
HEAD_NUMBER = ParagraphStyle("head number", parent=HEAD, alignment=TA_RIGHT)
SECTION = ParagraphStyle(
    "section", parent=BODY, fontName=BOLD, fontSize=13, leading=16, textColor=ACCENT, spaceBefore=15, spaceAfter=5
)
ASPECT = ParagraphStyle("aspect", parent=STRONG, fontSize=10, leading=13, spaceBefore=9, spaceAfter=2)
LABEL = ParagraphStyle("label", parent=SMALL, leading=9.4)
BIG = ParagraphStyle("big", parent=BODY, fontName=BOLD, fontSize=15, leading=18)
COVER_TITLE = ParagraphStyle("cover title", parent=BODY, fontName=BOLD, fontSize=25, leading=29, textColor=white)
COVER_YEAR = ParagraphStyle("cover year", parent=BODY, fontSize=13, leading=17, textColor=white)
COVER_TEXT = ParagraphStyle("cover text", parent=BODY, fontSize=9, leading=12, textColor=white)

_EVERY_CELL = TableStyle([("FONTNAME", (0, 0), (-1, -1), REGULAR), ("VALIGN", (0, 0), (-1, -1), "TOP")])
"""Empty as the cells' own text is: a font that is only named would be asked for by the file."""
LINES = TableStyle(
    [
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 6),
        ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
    ],
    parent=_EVERY_CELL,
)
GRID = TableStyle([("LINEBELOW", (0, 0), (-1, 0), 1.2, ACCENT)], parent=LINES)
TILES = TableStyle(
    [
        ("BACKGROUND", (0, 0), (-1, -1), FAINT),
        ("LINEABOVE", (0, 0), (-1, 0), 2, ACCENT),
        ("LEFTPADDING", (0, 0), (-1, -1), 7),
        ("RIGHTPADDING", (0, 0), (-1, -1), 5),
        ("TOPPADDING", (0, 0), (-1, -1), 5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
    ],
    parent=_EVERY_CELL,
)
BARE = TableStyle(
    [
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 10),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
    ],
    parent=_EVERY_CELL,
)
ABREAST = TableStyle([("LEFTPADDING", (0, 0), (-1, -1), 0)], parent=_EVERY_CELL)


def paragraph(text: str, style: ParagraphStyle = BODY) -> Paragraph:
    """Return a text as a paragraph, in fonts that have its characters."""
    return paragraph_of(markup(text), style)


def paragraph_of(marked_up: str, style: ParagraphStyle) -> Paragraph:
    """Return a paragraph of markup; of Chinese, a line may end between any two characters."""
    return Paragraph(marked_up, style) if language() == SOURCE else _ChineseParagraph(marked_up, _breaking(style))


class _ChineseParagraph(Paragraph):  # type: ignore[misc]  # of an untyped library
    """A paragraph without blanks between its lines: the library puts one there where it divides it between pages."""

    def _get_split_blParaFunc(self) -> Callable[[Any, int, int], list[Any]]:  # noqa: N802 - the library's name
        return _lines_joined


def _lines_joined(broken: Any, start: int, stop: int) -> list[Any]:
    """Return the stretches of some lines of a broken paragraph as they stand."""
    lines = broken.lines[start:stop]
    if broken.kind == 1:
        return [word for line in lines for word in line.words]
    joined = broken.clone(text="".join(word for _room, words in lines for word in words))
    del joined.lines, joined.kind
    return [joined]


@lru_cache(maxsize=32)
def _breaking(style: ParagraphStyle) -> ParagraphStyle:
    return ParagraphStyle(style.name, parent=style, wordWrap="CJK")
