"""With how many decimals the numbers of a target are shown: on these it is judged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlmodel import Session

from app.accounting.metrics.vocabulary import MetricBook, metric_book
from app.accounting.targets.target_rules import in_unit
from app.accounting.targets.targets import Printed
from app.core.units.quantities import Rounding
from app.core.units.units import DimensionMismatch, UnknownUnit
from app.disclosure.frameworks.figure_settings import Setting, as_set, figures_as_set, setting_from
from app.disclosure.frameworks.frameworks import FigureSpec, Framework, frameworks
from app.disclosure.frameworks.stated_specs import StatedSpec
from app.models import Organization, id_of
from app.store.directory.metered import metered
from app.store.inventory.resources import catalogue_of
from app.store.reporting.figure_settings import figure_settings
from app.store.reporting.targets import TargetRow

_MOST = 20


def measurable(session: Session, organization_id: int) -> MetricBook:
    """Return the metrics of an organization by what is metered, and the masses that stacks' concentrations may give."""
    found = {each.resource for each in metered(session, organization_id)}
    found |= {resource.replace(".concentration", ".mass") for resource in found}
    return metric_book(found, catalogue_of(session, organization_id))


@dataclass(frozen=True, slots=True)
class TargetPrinting:
    """How an organization prints the figures of frameworks, the first of which that has a target's figure decides."""

    organization: Organization
    book: MetricBook
    settings: tuple[Setting, ...]
    order: tuple[Framework, ...]
    specs: dict[str, Mapping[str, FigureSpec | StatedSpec]] = field(default_factory=dict, hash=False)

    @classmethod
    def of(
        cls, session: Session, organization: Organization, book: MetricBook, preferred: Sequence[Framework]
    ) -> "TargetPrinting":
        """Return how the organization prints, by the preferred frameworks and then by any other in order of code."""
        settings = tuple(setting_from(each) for each in figure_settings(session, id_of(organization)))
        others = [each for each in frameworks().values() if each not in preferred]
        return cls(organization, book, settings, (*preferred, *others))

    def printed(self, row: TargetRow) -> Printed | None:
        """Return how a target is shown: with its own decimals, or with those of the figure it is about.

        A figure that is printed in another unit is shown just as finely in the target's: whole m3 are ML with three
        decimals; never more coarsely than whole units, nor than the goal is stated. None where no framework prints it.
        """
        target, rounding = row.target, Rounding(self.organization.rounding)
        if target.decimals is not None:
            return Printed(target.decimals, rounding, "target")
        for code, spec in self._figures(row):
            decimals = self._decimals(spec, target.unit)
            if decimals is not None:
                finest = max(decimals, 0 if target.goal is None else places_of(target.goal))
                return Printed(finest, spec.rounding or rounding, code)
        return None

    def _figures(self, row: TargetRow) -> Iterator[tuple[str, FigureSpec | StatedSpec]]:
        if row.target.denominator is not None:
            return
        for framework in self.order:
            if framework.code not in self.specs:
                found: dict[str, FigureSpec | StatedSpec] = {}
                for spec in figures_as_set(framework, self.book, self.settings):
                    found[spec.key] = spec
                for stated in as_set(framework.stated, self.settings, framework=framework.code):
                    found[stated.key] = stated
                self.specs[framework.code] = found
            if row.target.metric in self.specs[framework.code]:
                yield framework.code, self.specs[framework.code][row.target.metric]

    def _decimals(self, spec: FigureSpec | StatedSpec, unit: str) -> int | None:
        """Return the fewest decimals in `unit` that are as fine as the figure is printed; None in no such unit."""
        finest = Decimal(1).scaleb(-spec.decimals)
        try:
            step = in_unit(finest, spec.unit, unit, currency=self.organization.currency)
        except (UnknownUnit, DimensionMismatch):
            return None
        return next((places for places in range(_MOST) if Decimal(1).scaleb(-places) <= step), _MOST)


def places_of(value: Decimal) -> int:
    """Return with how many decimals a number is stated."""
    exponent = value.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0
