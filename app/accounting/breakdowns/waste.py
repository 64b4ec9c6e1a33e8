"""The waste metrics: by class, stream and treatment; diverted from disposal or directed to it; on site or elsewhere."""

from dataclasses import dataclass
from decimal import Decimal

from app.accounting.ledger.activity import Activity
from app.accounting.ledger.amounts import Amount
from app.accounting.metrics.breakdown import Line, Slices, line, lines, part_of
from app.accounting.metrics.divisors import share_of

UNCLASSIFIED = "unclassified"


@dataclass(frozen=True, slots=True)
class WasteMetrics:
    """Waste of a year in t; shares are 0 to 1 of what was generated, null where some of that is unknown.

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


def waste_metrics(
    produced: Amount, compliant: Amount, slices: Slices, *, diverted: Amount, directed: Amount
) -> WasteMetrics:
    """Return the metrics of hazardous and non-hazardous waste together, and of what was treated in compliance."""
    return WasteMetrics(
        total=line(produced, slices, {}),
        by_class=tuple(lines(produced, slices, lambda each: {"class": _class(each)})),
        by_stream=tuple(lines(produced, slices, lambda each: _with_class(each, "stream"))),
        by_treatment=tuple(lines(produced, slices, lambda each: _with_class(each, "treatment"))),
        by_plant=tuple(lines(produced, slices, lambda each: {"plant": each.site.place.plant, "class": _class(each)})),
        diverted=line(diverted, slices, {"destination": "diverted"}),
        directed=line(directed, slices, {"destination": "directed"}),
        unclassified=line(_untreated(produced), slices, {"destination": UNCLASSIFIED}),
        onsite=tuple(lines(produced, slices, lambda each: {"onsite": each.attributes.get("onsite", UNCLASSIFIED)})),
        treated_compliant=line(compliant, slices, {}),
        diverted_share=share_of(diverted.value, produced),
        compliant_share=None if compliant.gaps else share_of(compliant.value, produced),
    )


def _untreated(produced: Amount) -> Amount:
    return part_of(produced, lambda each: "treatment" not in each.attributes)


def _class(activity: Activity) -> str:
    return activity.resource.removeprefix("waste.")


def _with_class(activity: Activity, attribute: str) -> dict[str, str]:
    return {attribute: activity.attributes.get(attribute, UNCLASSIFIED), "class": _class(activity)}
