"""What an instrument looks like from outside."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, Field

from app import models
from app.accounting.instruments import InstrumentKind
from app.core.inventory import FieldProblem, unit_problem
from app.core.periods import instant_from_ms
from app.core.units import Dimension
from app.schemas.base import Received
from app.schemas.instants import Day, Instant
from app.schemas.numbers import ExactNumber, NonNegativeNumber, PositiveNumber
from app.schemas.texts import Code, Name, Sentence, Word

_SERIAL = re.compile(r"(.*?)(\d{1,18})", re.ASCII | re.DOTALL)
_LONGEST_DAYS = 1_100


class InstrumentCreate(Received):
    """A new certificate or green power contract over `amount` of electricity generated in [valid_from, valid_to).

    `region` is where its consumption lies: a plant's code, a region, grid_region, country or GLOBAL. A certificate
    names its registry and first serial number, the last one when it is more than one.
    """

    code: Code
    kind: InstrumentKind
    region: Word
    valid_from: Day
    valid_to: Day
    amount: PositiveNumber
    unit: Word
    kg_co2e_per_kwh: NonNegativeNumber = Decimal(0)
    registry: Name | None = None
    first_serial: Annotated[Name | None, Field(description="Such as GEC-2021-000001.")] = None
    last_serial: Name | None = None
    source: Sentence


class InstrumentWithdrawalCreate(Received):
    """Why an instrument is withdrawn."""

    reason: Sentence


class InstrumentWithdrawal(BaseModel):
    """When, by whose key and why an instrument was withdrawn."""

    at: Instant
    key: str | None
    reason: str


class Instrument(BaseModel):
    """A certificate or green power contract; one that was withdrawn covers nothing, and is kept."""

    code: str
    kind: InstrumentKind
    region: str
    valid_from: Day
    valid_to: Day
    amount: ExactNumber
    unit: str
    kg_co2e_per_kwh: ExactNumber
    registry: str | None
    first_serial: str | None
    last_serial: str | None
    source: str
    created_at: Instant
    withdrawal: InstrumentWithdrawal | None


class InstrumentPage(BaseModel):
    """Some instruments, and the cursor of those that follow."""

    items: list[Instrument]
    next: str | None


def instrument_from(row: models.Instrument) -> Instrument:
    """Return the outside view of a stored instrument."""
    return Instrument(
        code=row.code,
        kind=InstrumentKind(row.kind),
        region=row.region,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        amount=row.amount,
        unit=row.unit,
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
    prefix, number = _parts(first) if first else (None, None)
    fields = body.model_dump(exclude={"registry", "first_serial", "last_serial"})
    return {
        **fields,
        "registry_name": body.registry,
        "first_serial": first,
        "last_serial": last,
        "serial_prefix": prefix,
        "serial_first": number,
        "serial_last": _parts(last)[1] if last else None,
    }


def instrument_problems(body: InstrumentCreate) -> Iterator[FieldProblem]:
    """Yield what is wrong with a new instrument, beyond the form of its fields."""
    if problem := unit_problem(body.unit, Dimension.ENERGY):
        yield problem
    elif not body.unit.endswith("Wh"):
        yield FieldProblem("unit", "unit_mismatch", "electricity is stated in Wh, kWh, MWh or GWh")
    if body.valid_to <= body.valid_from:
        yield FieldProblem("valid_to", "invalid_period", "valid_to is the day after the last; it lies after valid_from")
    elif (body.valid_to - body.valid_from).days > _LONGEST_DAYS:
        yield FieldProblem("valid_to", "invalid_period", "an instrument covers three years at the most")
    yield from _serial_problems(body)


def _serial_problems(body: InstrumentCreate) -> Iterator[FieldProblem]:
    if body.kind is InstrumentKind.CERTIFICATE and (body.registry is None or body.first_serial is None):
        field = "registry" if body.registry is None else "first_serial"
        yield FieldProblem(field, "missing", "a certificate names its registry and serial number")
    elif (body.registry is None) != (body.first_serial is None) or (body.last_serial and not body.first_serial):
        yield FieldProblem("first_serial", "missing", "a registry and a first serial number go together")
    elif body.first_serial and body.last_serial:
        (prefix, first), (other, last) = _parts(body.first_serial), _parts(body.last_serial)
        if prefix != other or len(body.first_serial) != len(body.last_serial) or last < first:
            words = "the last serial number is the first with a higher number at its end"
            yield FieldProblem("last_serial", "invalid_range", words)


def _parts(serial: str) -> tuple[str, int]:
    """Return what precedes the number at the end of a serial, and that number; 0 where it ends otherwise."""
    match = _SERIAL.fullmatch(serial)
    return (match[1].upper(), int(match[2])) if match else (serial.upper(), 0)
