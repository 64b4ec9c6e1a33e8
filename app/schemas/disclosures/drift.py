"""What the drift of a publication looks like from outside."""

from collections.abc import Mapping

from app.disclosure.drift import drift
from app.schemas.disclosures.disclosures import ExactNumber
from app.schemas.disclosures.publications import Publication, publication_from
from app.schemas.wire.base import Shape


class DriftCause(Shape):
    """One cause: a stable code, a sentence that counts, and what it adds in the figure's unit, null when not known."""

    code: str
    detail: str
    amount: ExactNumber | None


class DriftFigure(Shape):
    """A figure that is no longer what was published, both values in the unit it was published in.

    change_percent is null where one of the values is missing, or zero was published: that is always material.
    """

    kpi: str
    key: str
    dimensions: dict[str, str]
    title: str
    unit: str
    published: ExactNumber | None
    published_display: str | None
    published_text: str | None
    live: ExactNumber | None
    live_display: str | None
    live_text: str | None
    change_percent: ExactNumber | None
    material: bool
    causes: list[DriftCause]


class Drift(Shape):
    """The figures that moved since a publication; one is material from `threshold` percent on."""

    publication: Publication
    threshold: ExactNumber
    figures: list[DriftFigure]


def drift_from(organization: str, found: drift.Drift, names: Mapping[str, str]) -> Drift:
    """Return the outside view of a drift; `names` as in `publication_from`."""
    return Drift(
        publication=publication_from(organization, found.publication, names),
        threshold=found.threshold,
        figures=[_figure(each) for each in found.figures],
    )


def _figure(moved: drift.MovedFigure) -> DriftFigure:
    members = {name: getattr(moved, name) for name in DriftFigure.model_fields if name not in ("dimensions", "causes")}
    causes = [DriftCause(code=each.code, detail=each.detail, amount=each.amount) for each in moved.causes]
    return DriftFigure(**members, dimensions=dict(moved.dimensions), causes=causes)
