"""What a reporting framework looks like from outside."""

from app.accounting.metrics.vocabulary import catalogue_book
from app.accounting.stated.indicators import Kind
from app.disclosure.frameworks import frameworks
from app.disclosure.frameworks.frameworks import FigureSpec
from app.disclosure.frameworks.stated_specs import CodeStatus, StatedSpec
from app.schemas.wire.base import Shape


class FrameworkSummary(Shape):
    """An edition of a framework, and the reporting years it was made for; null is open.

    `family` is what its editions have in common; `default` ones are reported by where nothing is chosen. `gwp_set` is
    what its emissions are stated by unless another is chosen, fossil methane by a potential of its own where it
    `splits_methane`.
    """

    code: str
    family: str
    default: bool
    title: str
    edition: str
    first_year: int | None
    last_year: int | None
    gwp_set: str
    splits_methane: bool
    source: str


class FrameworkFigure(Shape):
    """A figure a framework asks for: its code, key, unit and printed decimals, and the attributes that break it down.

    An intensity's unit is that of what is divided. `asks` says what is stated of a figure that no meter gives, null of
    one that meters do; a text has neither unit nor decimals. `also` are further codes that ask for the same figure.
    """

    kpi: str
    key: str
    title: str
    unit: str
    decimals: int
    dimensions: list[str]
    status: CodeStatus
    also: list[str]
    asks: Kind | None


class Framework(FrameworkSummary):
    """A framework with its figures, families expanded over the catalogue."""

    figures: list[FrameworkFigure]


class FrameworkPage(Shape):
    """Every framework."""

    items: list[FrameworkSummary]
    next: str | None


def summary_from(framework: frameworks.Framework) -> FrameworkSummary:
    """Return the outside view of a framework without its figures."""
    return FrameworkSummary(**_fields(framework))


def framework_from(framework: frameworks.Framework) -> Framework:
    """Return the outside view of a framework."""
    specs: list[FigureSpec | StatedSpec] = [*frameworks.specs_of(framework, catalogue_book()), *framework.stated]
    figures = [
        FrameworkFigure(
            kpi=spec.kpi,
            key=spec.key,
            title=spec.title,
            unit=spec.unit,
            decimals=spec.decimals,
            dimensions=list(spec.dimensions),
            status=spec.status,
            also=list(spec.also),
            asks=spec.indicator.kind if isinstance(spec, StatedSpec) else None,
        )
        for spec in sorted(specs, key=lambda spec: spec.place)
    ]
    return Framework(**_fields(framework), figures=figures)


def _fields(framework: frameworks.Framework) -> dict[str, object]:
    return {name: getattr(framework, name) for name in FrameworkSummary.model_fields}
