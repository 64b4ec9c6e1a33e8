"""What figures that would move look like from outside."""

from app.disclosure.live.figure_moves import Move
from app.schemas.wire.base import Shape
from app.schemas.wire.numbers import ExactNumber


class FigureMove(Shape):
    """A figure that moves: as it is, and as it would be; null where it has no value."""

    framework: str
    kpi: str
    key: str
    dimensions: dict[str, str]
    title: str
    unit: str
    current: ExactNumber | None
    current_display: str | None
    proposed: ExactNumber | None
    proposed_display: str | None


def move_from(move: Move) -> FigureMove:
    """Return the outside view of a figure that moves."""
    return FigureMove(**{name: getattr(move, name) for name in FigureMove.model_fields})
