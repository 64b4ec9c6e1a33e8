"""What a datapoint looks like from outside."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from app.accounting.stated.datapoints import Statement
from app.accounting.stated.indicators import Indicator, Kind
from app.accounting.stated.stated_units import printed_unit
from app.accounting.stated.stating import is_withdrawn
from app.core.calendar.fiscal_years import period_name
from app.core.calendar.periods import instant_from_ms
from app.schemas.wire.attributes import Attributes
from app.schemas.wire.base import Flag, Received, Shape
from app.schemas.wire.instants import Instant
from app.schemas.wire.numbers import ExactNumber, Number, WholeNumber
from app.schemas.wire.texts import Code, Word
from app.store.reporting.datapoints import DatapointRow

IndicatorCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
_NO_CONTROLS = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
Paragraphs = Annotated[
    str, StringConstraints(min_length=1, max_length=20_000, strip_whitespace=True, pattern=_NO_CONTROLS)
]
"""Words of any length up to twenty thousand characters, line ends and tabs among them."""


class DatapointCreate(Received):
    """Something stated of a reporting year: a number with its unit, or a text, as the indicator asks.

    `period` is the reporting year's name, with `transition` that of the transition period with its number; `plant` is
    null for the whole organization, `dimensions` {} for the total.
    """

    indicator: IndicatorCode
    period: Annotated[WholeNumber, Field(ge=1973, le=9000)]
    transition: Flag = False
    plant: Code | None = None
    dimensions: Attributes = Field(default_factory=dict)
    value: Number | None = None
    text: Paragraphs | None = None
    unit: Word | None = None
    evidence: Paragraphs | None = None


class AsStated(Shape):
    """A number as it was sent, before it was converted to the indicator's unit."""

    value: ExactNumber
    unit: str


class DatapointVersion(Shape):
    """One version of a datapoint: `value` in the indicator's unit, or `text`; `key` stated it.

    Of a withdrawn one both are null, and `evidence` is the reason.
    """

    revision: int
    value: ExactNumber | None
    text: str | None
    unit: str | None
    stated: AsStated | None
    evidence: str | None
    key: str | None
    stored_at: Instant
    withdrawn: bool


class Datapoint(DatapointVersion):
    """What stands stated of an indicator, reporting year, plant and dimensions."""

    id: str
    indicator: str
    title: str
    period: int
    transition: bool
    plant: str | None
    dimensions: dict[str, str]


class DatapointHistory(Datapoint):
    """A datapoint as it stands, with every version it ever had, newest first."""

    revisions: list[DatapointVersion]


class DatapointPage(Shape):
    """Some datapoints, and the cursor of those that follow."""

    items: list[Datapoint]
    next: str | None


class IndicatorDimension(Shape):
    """A dimension and its values; null where any code is one."""

    name: str
    values: list[str] | None


class IndicatorRatio(Shape):
    """The indicators a number is made from: `of` over `per`, times `times`."""

    of: str
    per: str
    times: ExactNumber


class StatedIndicator(Shape):
    """Something that can be stated; `unit` is null for a text and a flag, which is `yes` or `no` given as text."""

    code: str
    title: str
    kind: Kind
    unit: str | None
    dimensions: list[IndicatorDimension]
    ratio: IndicatorRatio | None


class IndicatorPage(Shape):
    """Every indicator."""

    items: list[StatedIndicator]
    next: str | None


def statement_from(body: DatapointCreate) -> Statement:
    """Return what was sent as the rules see it."""
    return Statement(
        indicator=body.indicator,
        year=period_name(body.period, transition=body.transition),
        plant=body.plant,
        dimensions=body.dimensions,
        value=body.value,
        text=body.text,
        unit=body.unit,
        evidence=body.evidence,
    )


def datapoint_from(row: DatapointRow, indicator: Indicator, *, currency: str) -> Datapoint:
    """Return the outside view of a datapoint's version in an organization that reports in `currency`."""
    stored = row.datapoint
    return Datapoint(
        **dict(_version(row, currency)),
        id=stored.code,
        indicator=stored.indicator,
        title=indicator.title,
        period=stored.year,
        transition=stored.transition,
        plant=row.plant,
        dimensions=json.loads(stored.dimensions),
    )


def history_from(rows: Sequence[DatapointRow], indicator: Indicator, *, currency: str) -> DatapointHistory:
    """Return a datapoint with its versions, which come oldest first."""
    newest = datapoint_from(rows[-1], indicator, currency=currency)
    return DatapointHistory(**dict(newest), revisions=[_version(row, currency) for row in reversed(rows)])


def indicator_from(indicator: Indicator) -> StatedIndicator:
    """Return the outside view of an indicator."""
    ratio = indicator.ratio
    return StatedIndicator(
        code=indicator.code,
        title=indicator.title,
        kind=indicator.kind,
        unit=indicator.unit,
        dimensions=[
            IndicatorDimension(name=each.name, values=None if each.values is None else list(each.values))
            for each in indicator.dimensions
        ],
        ratio=None if ratio is None else IndicatorRatio(of=ratio.of, per=ratio.per, times=ratio.times),
    )


def _version(row: DatapointRow, currency: str) -> DatapointVersion:
    stored = row.datapoint
    return DatapointVersion(
        revision=stored.revision,
        value=stored.value,
        text=stored.text,
        unit=None if stored.unit is None else printed_unit(stored.unit, currency=currency),
        stated=_as_stated(stored.stated_value, stored.stated_unit),
        evidence=stored.evidence,
        key=stored.key_code,
        stored_at=instant_from_ms(stored.stored_at),
        withdrawn=is_withdrawn(stored),
    )


def _as_stated(value: Decimal | None, unit: str | None) -> AsStated | None:
    return None if value is None or unit is None else AsStated(value=value, unit=unit)
