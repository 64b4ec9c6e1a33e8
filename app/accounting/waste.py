"""The waste metrics: by class, stream and treatment; diverted from disposal or directed to it; on site or elsewhere."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from app.accounting.activity import Activity
from app.accounting.amounts import Amount
from app.accounting.breakdown import Line, Slices, line, lines, part_of
from app.accounting.exact import quotient

DIVERTED = ("reuse", "recycling", "other_recovery")
DIRECTED = ("incineration_energy", "incineration", "landfill", "other")
UNCLASSIFIED = "unclassified"


@dataclass(frozen=True, slots=True)
class WasteMetrics:
    """Waste of a year in t; shares are 0 to 1 of what was generated.

    What no treatment is stated for is neither diverted nor directed: it is unclassified.
    """

    total: Line
    by_class: tuple[Line, ...]
    by_stream: tuple[Line, ...]
    by_treatment: tuple[Line, ...]
    by_plant: tuple[Line, ...]
    diverted: Line
    directed: Line
    unclassified: Line
    onsite: tuple[Line, ...]
    treated_compliant: Line
    diverted_share: Decimal | None
    compliant_share: Decimal | None


def waste_metrics(produced: Amount, compliant: Amount, slices: Slices) -> WasteMetrics:
    """Return the metrics of hazardous and non-hazardous waste together, and of what was treated in compliance."""
    diverted = _treated(produced, DIVERTED)
    return WasteMetrics(
        total=line(produced, slices, {}),
        by_class=tuple(lines(produced, slices, lambda each: {"class": _class(each)})),
        by_stream=tuple(lines(produced, slices, lambda each: _with_class(each, "stream"))),
        by_treatment=tuple(lines(produced, slices, lambda each: _with_class(each, "treatment"))),
        by_plant=tuple(lines(produced, slices, lambda each: {"plant": each.site.place.plant, "class": _class(each)})),
        diverted=line(diverted, slices, {"destination": "diverted"}),
        directed=line(_treated(produced, DIRECTED), slices, {"destination": "directed"}),
        unclassified=line(_untreated(produced), slices, {"destination": UNCLASSIFIED}),
        onsite=tuple(lines(produced, slices, lambda each: {"onsite": each.attributes.get("onsite", UNCLASSIFIED)})),
        treated_compliant=line(compliant, slices, {}),
        diverted_share=_share(diverted.value, produced.value),
        compliant_share=_share(compliant.value, produced.value),
    )


def _treated(produced: Amount, treatments: Collection[str]) -> Amount:
    return part_of(produced, lambda each: each.attributes.get("treatment") in treatments)


def _untreated(produced: Amount) -> Amount:
    return part_of(produced, lambda each: "treatment" not in each.attributes)


def _class(activity: Activity) -> str:
    return activity.resource.removeprefix("waste.")


def _with_class(activity: Activity, attribute: str) -> dict[str, str]:
    return {attribute: activity.attributes.get(attribute, UNCLASSIFIED), "class": _class(activity)}


def _share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    return quotient(part, whole) if part is not None and whole else None
