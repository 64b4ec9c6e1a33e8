"""What an instrument looks like from outside."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from app import models
from app.accounting.factors.need import Place
from app.accounting.ledger.instrument import Carrier, EnergySource, InstrumentKind
from app.accounting.ledger.instrument_problems import InstrumentDefinition, instrument_problems
from app.core.calendar.periods import instant_from_ms
from app.core.inventory.inventory import FieldProblem
from app.core.inventory.meters import HeatingValue
from app.core.serials import registry_key, serial_of
from app.schemas.wire.base import Received, Shape
from app.schemas.wire.instants import Day, Instant
from app.schemas.wire.numbers import ExactNumber, NonNegativeNumber, PositiveNumber
from app.schemas.wire.texts import Code, Name, Sentence, Word


class InstrumentCreate(Received):
    """A new certificate or contract over `amount` of energy won in [valid_from, valid_to).

    `region` is where its consumption lies: a plant's code, a region, grid_region, country, group of countries such as
    AIB, or GLOBAL; the issuing_area where it is omitted. `issuing_area` is where it was issued: a country, a region of
    one or a group; it serves one market. `energy_source` is what the energy was won from: where it is omitted or
    `unspecified`, nothing of it counts as renewable. An amount of gas states its `basis`. A certificate names its
    registry and first serial number, the last one when it is more than one, with or without leading zeros.
    """

    code: Code
    kind: InstrumentKind
    energy_source: EnergySource | None = None
    issuing_area: Word | None = None
    region: Word | None = None
    valid_from: Day
    valid_to: Day
    amount: PositiveNumber
    unit: Word
    basis: HeatingValue | None = None
    kg_co2e_per_kwh: NonNegativeNumber = Decimal(0)
    registry: Name | None = None
    first_serial: Annotated[Name | None, Field(description="Such as GEC-2021-000001.")] = None
    last_serial: Name | None = None
    source: Sentence


class InstrumentWithdrawalCreate(Received):
    """Why an instrument is withdrawn."""

    reason: Sentence


class InstrumentWithdrawal(Shape):
    """When, by whose key and why an instrument was withdrawn."""

    at: Instant
    key: str | None
    reason: str


class Instrument(Shape):
    """A certificate or contract; one that was withdrawn covers nothing, and is kept."""

    code: str
    kind: InstrumentKind
    energy_source: EnergySource | None
    issuing_area: str | None
    region: str
    valid_from: Day
    valid_to: Day
    amount: ExactNumber
    unit: str
    basis: HeatingValue | None
    kg_co2e_per_kwh: ExactNumber
    registry: str | None
    first_serial: str | None
    last_serial: str | None
    source: str
    created_at: Instant
    withdrawal: InstrumentWithdrawal | None


class InstrumentPage(Shape):
    """Some instruments, and the cursor of those that follow."""

    items: list[Instrument]
    next: str | None


def instrument_from(row: models.Instrument) -> Instrument:
    """Return the outside view of a stored instrument."""
    return Instrument(
        code=row.code,
        kind=InstrumentKind(row.kind),
        energy_source=EnergySource(row.energy_source) if row.energy_source else None,
        issuing_area=row.issuing_area,
        region=row.region,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        amount=row.amount,
        unit=row.unit,
        basis=HeatingValue(row.basis) if row.basis else None,
        kg_co2e_per_kwh=row.kg_co2e_per_kwh,
        registry=row.registry_name,
        first_serial=row.first_serial,
        last_serial=row.last_serial,
        source=row.source,
        created_at=instant_from_ms(row.created_at),
        withdrawal=_withdrawal(row),
    )


def _withdrawal(row: models.Instrument) -> InstrumentWithdrawal | None:
    if row.withdrawn_at is None:
        return None
    at = instant_from_ms(row.withdrawn_at)
    return InstrumentWithdrawal(at=at, key=row.withdrawn_by, reason=row.withdrawal_reason or "")


def columns_of(body: InstrumentCreate) -> dict[str, Any]:
    """Return the columns of an instrument that has no problems."""
    first, last = body.first_serial, body.last_serial or body.first_serial
    fields = body.model_dump(exclude={"registry", "first_serial", "last_serial"})
    if body.kind.carrier is Carrier.GAS and body.energy_source is None:
        fields["energy_source"] = EnergySource.BIOGAS
    return {
        **fields,
        "region": body.region or body.issuing_area,
        "registry_name": body.registry,
        "registry_key": None if body.registry is None else registry_key(body.registry),
        "first_serial": first,
        "last_serial": last,
        "serial_prefix": serial_of(first).prefix if first else None,
        "serial_first": _number(first),
        "serial_last": _number(last),
    }


def _number(serial: str | None) -> int | None:
    """Return the number at the end of a serial; -1 where there is none, so that only its equal meets it."""
    if serial is None:
        return None
    number = serial_of(serial).number
    return -1 if number is None else number


def problems_of(body: InstrumentCreate, plants: Iterable[Place]) -> Iterator[FieldProblem]:
    """Yield what is wrong with a new instrument of an organization with these plants, beyond the form of its fields."""
    names = ("kind", "energy_source", "issuing_area", "region", "valid_from", "valid_to", "unit", "basis", "registry")
    stated = {name: getattr(body, name) for name in (*names, "first_serial", "last_serial")}
    states_emissions = "kg_co2e_per_kwh" in body.model_fields_set
    return instrument_problems(InstrumentDefinition(**stated, states_emissions=states_emissions), plants)
