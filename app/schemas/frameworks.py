"""What a reporting framework looks like from outside."""

from pydantic import BaseModel

from app.accounting.metrics import metric_book
from app.disclosure import frameworks
from app.disclosure.frameworks import CodeStatus


class FrameworkSummary(BaseModel):
    """An edition of a framework, and the reporting years it was made for; null is open."""

    code: str
    title: str
    edition: str
    first_year: int | None
    last_year: int | None
    gwp_set: str
    source: str


class FrameworkFigure(BaseModel):
    """A figure a framework asks for: its code, key, unit and printed decimals, and the attributes that break it down.

    An intensity's unit is that of what is divided.
    """

    kpi: str
    key: str
    title: str
    unit: str
    decimals: int
    dimensions: list[str]
    status: CodeStatus


class Framework(FrameworkSummary):
    """A framework with its figures, families expanded over the catalogue."""

    figures: list[FrameworkFigure]


class FrameworkPage(BaseModel):
    """Every framework."""

    items: list[FrameworkSummary]
    next: str | None


def summary_from(framework: frameworks.Framework) -> FrameworkSummary:
    """Return the outside view of a framework without its figures."""
    return FrameworkSummary(**_fields(framework))


def framework_from(framework: frameworks.Framework) -> Framework:
    """Return the outside view of a framework."""
    figures = [
        FrameworkFigure(
            kpi=spec.kpi,
            key=spec.metric.key,
            title=spec.title,
            unit=spec.unit,
            decimals=spec.decimals,
            dimensions=list(spec.dimensions),
            status=spec.status,
        )
        for spec in frameworks.specs_of(framework, metric_book(()))
    ]
    return Framework(**_fields(framework), figures=figures)


def _fields(framework: frameworks.Framework) -> dict[str, object]:
    return {name: getattr(framework, name) for name in FrameworkSummary.model_fields}
