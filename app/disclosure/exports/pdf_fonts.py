"""The fonts of a PDF, all embedded: Lato, and Noto Sans SC for the characters Lato lacks, in markup that names them."""

import io
from collections.abc import Iterator, Set
from contextlib import contextmanager
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape

import fontpkg_lato
import pylopdf_fonts_zh_cn
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont as FontFile
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "Lato", "Lato-Bold"
_HAN = "NotoSansSC"
_FOLDER = Path(fontpkg_lato.ROOT) / "files"
_FACES = {REGULAR: "Lato-Regular.ttf", BOLD: "Lato-Bold.ttf"}
_BASIC_PLANE = 0x10000
_CURVE_ERROR_UNITS = 1.0
_DRAWING = Lock()
"""Held while a PDF is made: the library knows fonts by name, and the Han one differs from document to document."""


@contextmanager
def fonts_for(texts: Iterator[str]) -> Iterator[None]:
    """Have the fonts at hand that these texts need, for one PDF at a time."""
    with _DRAWING:
        _register_lato()
        wanted = sorted({ord(char) for text in texts for char in text} - _lato() & set(_han_characters()))
        if not wanted:
            yield
            return
        try:
            pdfmetrics.registerFont(TTFont(_HAN, io.BytesIO(_han_font(tuple(wanted)))))
            yield
        finally:
            font = pdfmetrics._fonts.pop(_HAN)
            pdfmetrics._dynFaceNames.pop(font.face.name, None)


def markup(text: str) -> str:
    """Return a text as a paragraph's markup, each stretch in a font that has its characters.

    A character that neither font has is written as its code point, such as U+1F600.
    """
    return "".join(_stretch(kind, "".join(chars)) for kind, chars in groupby(text, _kind))


def stretches(text: str) -> Iterator[tuple[str, str]]:
    """Yield a text of one line in stretches, each with the font that has its characters."""
    for kind, found in groupby(text, _kind):
        chars = "".join(found)
        yield (kind, chars) if kind in (REGULAR, _HAN) else (REGULAR, _stretch(kind, chars))


def _kind(char: str) -> str:
    if char == "\n":
        return "break"
    if ord(char) in _lato():
        return REGULAR
    return _HAN if ord(char) in _han_characters() else "none"


def _stretch(kind: str, chars: str) -> str:
    match kind:
        case "break":
            return "<br/>" * len(chars)
        case "Lato":
            return escape(chars)
        case "none":
            return "".join(f"U+{ord(char):04X}" for char in chars)
    return f'<font name="{kind}">{escape(chars)}</font>'


@lru_cache(maxsize=1)
def _register_lato() -> None:
    for name, file in _FACES.items():
        pdfmetrics.registerFont(TTFont(name, str(_FOLDER / file)))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


@lru_cache(maxsize=1)
def _lato() -> Set[int]:
    """Return the code points that both weights of Lato have."""
    return frozenset.intersection(*(_characters_of(file) for file in _FACES.values()))


def _characters_of(file: str) -> frozenset[int]:
    with FontFile(_FOLDER / file, lazy=True) as font:
        return frozenset(font.getBestCmap())


@lru_cache(maxsize=1)
def _han_source() -> Any:
    return FontFile(io.BytesIO(pylopdf_fonts_zh_cn.sans_path().read_bytes()), lazy=True)


@lru_cache(maxsize=1)
def _han_characters() -> dict[int, str]:
    """Return the name of the glyph of each code point that Noto Sans SC has and a PDF's text map can name."""
    glyphs: dict[int, str] = _han_source().getBestCmap()
    return {code: glyph for code, glyph in glyphs.items() if code < _BASIC_PLANE}


@lru_cache(maxsize=8)
def _han_font(codes: tuple[int, ...]) -> bytes:
    """Return a TrueType font of these characters alone: the source's cubic curves are no good to the PDF library."""
    source, glyphs = _han_source(), _han_characters()
    names = [".notdef", *dict.fromkeys(glyphs[code] for code in codes)]
    outlines = {name: _outline(name) for name in names}
    head, line = source["head"], source["hhea"]
    builder = FontBuilder(head.unitsPerEm, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({code: glyphs[code] for code in codes})
    builder.setupGlyf(outlines)
    builder.setupHorizontalMetrics({name: source["hmtx"][name] for name in names})
    builder.setupHorizontalHeader(ascent=line.ascent, descent=line.descent)
    builder.setupNameTable({"familyName": "Noto Sans SC", "styleName": "Regular", "psName": _HAN})
    builder.setupOS2(sTypoAscender=line.ascent, sTypoDescender=line.descent, sCapHeight=733)
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = head.created
    builder.font.recalcTimestamp = False
    written = io.BytesIO()
    builder.save(written)
    return written.getvalue()


@lru_cache(maxsize=4096)
def _outline(name: str) -> Any:
    """Return the outline of a glyph as quadratic curves."""
    pen = TTGlyphPen(None)
    _han_source().getGlyphSet()[name].draw(Cu2QuPen(pen, _CURVE_ERROR_UNITS, reverse_direction=True))
    return pen.glyph()
