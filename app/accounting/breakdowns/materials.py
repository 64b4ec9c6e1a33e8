"""The materials metrics: packaging by material, and the other materials that go into products and plant."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.accounting.ledger.activity import Activity
from app.accounting.ledger.amounts import Amount
from app.accounting.metrics.breakdown import Line, Slices, line, lines

RAW_MATERIALS = ("process.dolomite", "process.limestone")
REFRIGERANTS = ("refrigerant.*",)


@dataclass(frozen=True, slots=True)
class MaterialsMetrics:
    """Materials of a year: packaging in t, refrigerants topped up or recovered in kg, raw materials in t.

    What an organization has added as a material is among the raw ones, in its own unit.
    """

    packaging: Line
    packaging_by_material: tuple[Line, ...]
    packaging_by_plant: tuple[Line, ...]
    raw_materials: tuple[Line, ...]
    refrigerants: tuple[Line, ...]


def materials_metrics(
    packaging: Amount, raw: Iterable[Amount], refrigerants: Amount, slices: Slices
) -> MaterialsMetrics:
    """Return the metrics of a year's materials; a line for each resource, attributes included."""
    return MaterialsMetrics(
        packaging=line(packaging, slices, {}),
        packaging_by_material=tuple(lines(packaging, slices, _material)),
        packaging_by_plant=tuple(lines(packaging, slices, lambda each: {"plant": each.site.place.plant})),
        raw_materials=tuple(each for amount in raw for each in lines(amount, slices, _resource)),
        refrigerants=tuple(lines(refrigerants, slices, _resource)),
    )


def _material(activity: Activity) -> dict[str, str]:
    return {"material": activity.attributes.get("material", "unclassified")}


def _resource(activity: Activity) -> dict[str, str]:
    return {"resource": activity.resource, **activity.attributes}
