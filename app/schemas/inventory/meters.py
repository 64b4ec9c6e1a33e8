"""What a meter looks like from outside."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from app.core.calendar.periods import INTERVAL_PATTERN, instant_from_ms
from app.core.inventory.meters import HeatingValue, Plausibility, RegisterDirection, RegisterReset, TimestampEdge
from app.core.inventory.resources import MeterKind
from app.core.units.gas_volumes import ReferenceConditions
from app.schemas.wire.attributes import Attributes
from app.schemas.wire.base import Change, Flag, Received, Shape, unsent
from app.schemas.wire.instants import Day, Instant
from app.schemas.wire.numbers import NonNegativeNumber, PositiveNumber
from app.schemas.wire.texts import Code, Name, Word
from app.store.inventory.meters import MeterRow

Interval = Annotated[
    str, StringConstraints(pattern=INTERVAL_PATTERN), Field(description="ISO 8601 duration of one unit.")
]
Basis = Annotated[HeatingValue, Field(description="On which heating value a fuel's energy is; needed then.")]
State = Annotated[
    ReferenceConditions,
    Field(description="The state of a gas volume, at 101.325 kPa; Nm3, Sm3 and scf stand for 0C, 15C and 60F."),
]
Direction = Annotated[RegisterDirection, Field(description="Which way a register counts; null: up.")]
Reset = Annotated[RegisterReset, Field(description="When a counter returns to zero by itself, at local midnight.")]
Doubt = Annotated[Plausibility, Field(description="Whether readings far outside are doubted; null: as organization.")]
ResourceKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]


class IntervalChange(Received):
    """An interval that a meter's readings have from a local day on."""

    valid_from: Day
    interval: Interval


Changes = Annotated[
    list[IntervalChange],
    Field(max_length=50, description="Intervals from a day on, in order; what was stamped before keeps its own."),
]


class MeterCreate(Received):
    """A new measuring point or ledger. Limits are in its unit before the multiplier, max_rate in unit per hour."""

    code: Code
    plant: Code
    name: Name | None = None
    resource: ResourceKey
    attributes: Attributes = Field(default_factory=dict)
    kind: MeterKind
    unit: Word
    basis: Basis | None = None
    reference_conditions: State | None = None
    interval: Interval | None = None
    timestamp_edge: TimestampEdge | None = None
    multiplier: PositiveNumber = Decimal(1)
    register_modulus: PositiveNumber | None = None
    max_rate: NonNegativeNumber | None = None
    dip_tolerance: NonNegativeNumber | None = None
    parent: Code | None = None
    counts: Flag = True
    replaces: Code | None = None
    in_service_from: Day | None = None
    in_service_to: Day | None = None
    estimates_gaps: Flag = Field(default=False, description="Fill gaps of an interval meter, flagged as estimated.")
    register_direction: Direction | None = None
    register_reset: Reset | None = None
    plausibility: Doubt | None = None
    annual_expectation: PositiveNumber | None = None
    interval_changes: Changes = Field(default_factory=list)

    def values(self) -> dict[str, Any]:
        """Return the fields as they are stored."""
        return {**self.model_dump(), "name": self.name or self.code, "interval_changes": _stored(self.interval_changes)}


class MeterUpdate(Change):
    """What may change of a meter; what its readings mean is fixed once it has any."""

    plant: Code = unsent()
    name: Name = unsent()
    resource: ResourceKey = unsent()
    attributes: Attributes = unsent()
    kind: MeterKind = unsent()
    unit: Word = unsent()
    basis: Basis | None = unsent()
    reference_conditions: State | None = unsent()
    interval: Interval | None = unsent()
    timestamp_edge: TimestampEdge | None = unsent()
    multiplier: PositiveNumber = unsent()
    register_modulus: PositiveNumber | None = unsent()
    max_rate: NonNegativeNumber | None = unsent()
    dip_tolerance: NonNegativeNumber | None = unsent()
    parent: Code | None = unsent()
    counts: Flag = unsent()
    replaces: Code | None = unsent()
    in_service_from: Day | None = unsent()
    in_service_to: Day | None = unsent()
    estimates_gaps: Flag = unsent()
    register_direction: Direction | None = unsent()
    register_reset: Reset | None = unsent()
    plausibility: Doubt | None = unsent()
    annual_expectation: PositiveNumber | None = unsent()
    interval_changes: Changes = unsent()

    def values(self) -> Mapping[str, Any]:
        """Return the fields that were sent, as they are stored."""
        sent = self.sent()
        return {**sent, "interval_changes": _stored(self.interval_changes)} if "interval_changes" in sent else sent


class Meter(Shape):
    """A measuring point or ledger."""

    code: str
    plant: str
    name: str
    resource: str
    attributes: Attributes
    kind: MeterKind
    unit: str
    basis: HeatingValue | None
    reference_conditions: ReferenceConditions | None
    interval: str | None
    timestamp_edge: TimestampEdge | None
    edge_assumed: bool = Field(
        description="Nobody stated timestamp_edge; it can be stated although there are readings."
    )
    multiplier: PositiveNumber
    register_modulus: PositiveNumber | None
    max_rate: NonNegativeNumber | None
    dip_tolerance: NonNegativeNumber | None
    parent: str | None
    counts: bool
    replaces: str | None
    in_service_from: Day | None
    in_service_to: Day | None
    estimates_gaps: bool
    register_direction: RegisterDirection | None
    register_reset: RegisterReset | None
    plausibility: Plausibility | None
    annual_expectation: PositiveNumber | None
    interval_changes: list[IntervalChange]
    created_at: Instant


class MeterPage(Shape):
    """Some meters, and the cursor of those that follow."""

    items: list[Meter]
    next: str | None


def _stored(changes: Sequence[IntervalChange] | None) -> list[dict[str, str]] | None:
    """Return changes of the interval as they are stored: days as text, none as null."""
    return [each.model_dump(mode="json") for each in changes or ()] or None


def meter_from(row: MeterRow) -> Meter:
    """Return the outside view of a stored meter."""
    meter = row.meter
    return Meter(
        code=meter.code,
        plant=row.plant,
        name=meter.name,
        resource=meter.resource,
        attributes=meter.attributes,
        kind=MeterKind(meter.kind),
        unit=meter.unit,
        basis=HeatingValue(meter.basis) if meter.basis else None,
        reference_conditions=ReferenceConditions(meter.reference_conditions) if meter.reference_conditions else None,
        interval=meter.interval,
        timestamp_edge=TimestampEdge(meter.timestamp_edge) if meter.timestamp_edge else None,
        edge_assumed=meter.edge_assumed,
        multiplier=meter.multiplier,
        register_modulus=meter.register_modulus,
        max_rate=meter.max_rate,
        dip_tolerance=meter.dip_tolerance,
        parent=row.parent,
        counts=meter.counts,
        replaces=row.replaces,
        in_service_from=meter.in_service_from,
        in_service_to=meter.in_service_to,
        estimates_gaps=meter.estimates_gaps,
        register_direction=RegisterDirection(meter.register_direction) if meter.register_direction else None,
        register_reset=RegisterReset(meter.register_reset) if meter.register_reset else None,
        plausibility=Plausibility(meter.plausibility) if meter.plausibility else None,
        annual_expectation=meter.annual_expectation,
        interval_changes=[IntervalChange.model_validate(each) for each in meter.interval_changes or ()],
        created_at=instant_from_ms(meter.created_at),
    )
