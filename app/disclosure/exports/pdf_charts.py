"""Bar charts of main figures in a PDF: the years side by side, each with its printed digits above it."""

from decimal import Decimal

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable

from app.disclosure.exports.main_figures import MainFigure
from app.disclosure.exports.pdf_fonts import BOLD, REGULAR

ACCENT, PALE, QUIET, LINE, FAINT, INK = map(
    HexColor, ("#0d6448", "#9ec1b5", "#57645c", "#d5d8d2", "#eef3f0", "#18211c")
)
_LABEL_ROOM, _AXIS_ROOM = 12.0, 13.0
_BAR_SHARE = 0.62
_FONT_SIZE = 7.5


class BarChart(Flowable):  # type: ignore[misc]  # of an untyped library
    """A figure's years as bars; a year without a figure has a dash in place of a bar. Sizes are in points."""

    def __init__(self, figure: MainFigure, *, width: float, height: float) -> None:
        super().__init__()
        self.width, self.height = width, height
        self._figure = figure

    def draw(self) -> None:
        """Draw the bars from a common zero, below which negative ones hang."""
        figure = self._figure
        values = [Decimal(0), *(value for value in figure.values if value is not None)]
        low, high = float(min(values)), float(max(values))
        scale = (self.height - _LABEL_ROOM - _AXIS_ROOM) / (high - low or 1)
        zero = _AXIS_ROOM - low * scale
        slot = self.width / len(figure.years)
        for at, (year, value, shown) in enumerate(zip(figure.years, figure.values, figure.shown, strict=True)):
            middle, is_last = slot * (at + 0.5), at == len(figure.years) - 1
            length = float(value or 0) * scale
            self.canv.setFillColor(ACCENT if is_last else PALE)
            self.canv.rect(middle - slot * _BAR_SHARE / 2, zero, slot * _BAR_SHARE, length, stroke=0, fill=1)
            self.canv.setFillColor(INK)
            self.canv.setFont(BOLD if is_last else REGULAR, _FONT_SIZE)
            self.canv.drawCentredString(middle, zero + max(length, 0) + 3, shown or "–")
            self.canv.setFillColor(QUIET)
            self.canv.setFont(REGULAR, _FONT_SIZE)
            self.canv.drawCentredString(middle, 2, str(year))
        self.canv.setStrokeColor(LINE)
        self.canv.setLineWidth(0.6)
        self.canv.line(0, zero, self.width, zero)
