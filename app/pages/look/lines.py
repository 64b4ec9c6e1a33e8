"""Drawing lines over the months of a year as SVG: a page has it without a script, and print too."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.disclosure.drawings import compact

WIDTH, HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 110, 12, 26
_STEPS = 4
_NICE = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_LETTERS = 14
"""The least distance between two lines of words at the right."""


@dataclass(frozen=True, slots=True)
class Series:
    """A line: a value for each place from the left, None where there is none; `kind` is the class of its colour."""

    label: str
    kind: str
    values: Sequence[Decimal | None]


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line as it is drawn: its path, its label with where it stands, and a dot for each value."""

    label: str
    kind: str
    path: str
    text_y: float
    dots: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Lines, and the values at the left with the height of each."""

    strokes: tuple[Stroke, ...]
    ticks: tuple[tuple[float, str], ...]
    columns: tuple[tuple[float, str], ...]
    right: int = WIDTH - _RIGHT


def picture(columns: Sequence[str], series: Sequence[Series]) -> Picture:
    """Return the picture of some series over named columns; its foot is zero, or below what is less."""
    known = [value for each in series for value in each.values if value is not None]
    most, least = max(known, default=Decimal(1)), min([*known, Decimal(0)])
    step = _step((most - least) or Decimal(1))
    foot = (least / step).to_integral_value(rounding="ROUND_FLOOR") * step
    top = max((most / step).to_integral_value(rounding="ROUND_CEILING") * step, foot + step)

    def y(value: Decimal) -> float:
        share = float((value - foot) / (top - foot))
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)

    def x(number: int) -> float:
        return round(_LEFT + (number + 0.5) * (WIDTH - _LEFT - _RIGHT) / len(columns), 1)

    lines = [(each, [(x(n), y(v)) for n, v in enumerate(each.values) if v is not None]) for each in series]
    count = int((top - foot) / step) + 1
    return Picture(
        tuple(_strokes([(each, dots, _path(each.values, x, y)) for each, dots in lines if dots])),
        tuple((y(foot + step * number), compact(foot + step * number)) for number in range(count)),
        tuple((x(number), name) for number, name in enumerate(columns)),
    )


def _step(span: Decimal) -> Decimal:
    """Return a round distance of which about `_STEPS` make the span: 1, 2, 2.5 or 5 of a power of ten."""
    rough = span / _STEPS
    power = Decimal(10) ** rough.adjusted()
    return next(nice * power for nice in _NICE if nice * power >= rough)


def _path(values: Sequence[Decimal | None], x: Callable[[int], float], y: Callable[[Decimal], float]) -> str:
    """Return the path of a line, broken where a value is missing."""
    parts, pen_is_up = [], True
    for number, value in enumerate(values):
        if value is not None:
            parts.append(f"{'M' if pen_is_up else 'L'}{x(number)} {y(value)}")
        pen_is_up = value is None
    return "".join(parts)


def _strokes(lines: Sequence[tuple[Series, list[tuple[float, float]], str]]) -> list[Stroke]:
    """Return the lines with their labels, which are moved down where they would lie on each other."""
    found, before = [], float("-inf")
    for each, dots, path in sorted(lines, key=lambda line: line[1][-1][1]):
        before = max(dots[-1][1] + 4, before + _LETTERS)
        found.append(Stroke(each.label, each.kind, path, round(before, 1), tuple(dots)))
    return found
