"""Metrics as rows of a table: one for each line and period, of the year first and of its months then."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from app.schemas.metrics.metric_lines import MetricLine, MetricsHead
from app.schemas.metrics.metrics import EnergyLine
from app.schemas.wire.tables import Column, Kind, Row, TableKind

PLACES = 20
"""What was divided is carried to twenty places; a decimal128 has eighteen digits before them."""

_ENERGY_UNITS = {"kwh": "kWh", "mwh": "MWh", "gj": "GJ", "tce": "tce"}
_UNITS = {"renewable_energy_kwh": "kWh", "quantity": "m3", "unclassified": "m3"}
_HEAD = frozenset(MetricsHead.model_fields)
_COLUMNS = (
    Column("organization"),
    Column("plant"),
    Column("year", Kind.WHOLE),
    Column("metric"),
    Column("line"),
    Column("dimensions", Kind.TEXTS),
    Column("period"),
    Column("unit"),
    Column("value", Kind.EXACT, places=PLACES, with_text=True, facts={"unit_column": "unit"}),
    *(Column(name, Kind.EXACT, places=PLACES, with_text=True) for name in ("coverage", "measured_share")),
    Column("estimated_share", Kind.EXACT, places=PLACES, with_text=True),
    Column("flags", Kind.TEXTS),
)


def metrics_table(answer: MetricsHead, metric: str, zone: str) -> TableKind:
    """Return what the table of an answer is; `zone` is the organization's time zone."""
    facts = {"organization": answer.organization, "metric": metric, "year": answer.period.name, "time_zone": zone}
    return TableKind("metrics", _COLUMNS, facts)


def metrics_rows(answer: MetricsHead, metric: str) -> list[Row]:
    """Return every number of an answer: each line's year, then its months; what is no line has a year alone.

    The `period` is the year's name or a month such as `2021-03`. Of `dimensions`, each `name:value`, the plant has a
    column of its own too.
    """
    return [
        [
            answer.organization,
            dimensions.get("plant", answer.plant),
            answer.year,
            metric,
            name,
            _pairs(dimensions),
            *rest,
        ]
        for name, dimensions, rest in _lines(answer, "", {}, answer.period.name)
    ]


_Found = tuple[str, dict[str, str], list[Any]]


def _lines(model: BaseModel, path: str, dimensions: dict[str, str], year: str) -> Iterator[_Found]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if (not path and name in _HEAD) or name == "step":
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, MetricLine):
                yield from _of_line(each, f"{path}{name}", {**dimensions, **each.dimensions}, year)
            elif isinstance(each, EnergyLine):
                yield from _of_energy(each, f"{path}{name}", {**dimensions, **each.dimensions}, year)
            elif isinstance(each, BaseModel) and "code" not in type(each).model_fields:
                named = {key: getattr(each, key) for key in ("metric", "denominator") if hasattr(each, key)}
                yield from _lines(each, f"{path}{name}.", {**dimensions, **named}, year)
            elif isinstance(each, Decimal) or (each is None and Decimal in _types(field.annotation)):
                yield f"{path}{name}", dimensions, [year, _UNITS.get(name, "1"), each, None, None, None, []]


def _types(annotation: Any) -> tuple[Any, ...]:
    """Return the types that a field may have, those within annotations too."""
    inner = getattr(annotation, "__args__", ())
    return (annotation, *(found for each in inner for found in _types(each)))


def _of_line(line: MetricLine, name: str, dimensions: dict[str, str], year: str) -> Iterator[_Found]:
    shares = [line.coverage, line.measured_share, line.estimated_share]
    yield name, dimensions, [year, line.unit, line.value, *shares, line.flags]
    for month in line.months:
        of_month = [month.coverage, month.measured_share, month.estimated_share]
        yield name, dimensions, [f"{month.month:%Y-%m}", line.unit, month.value, *of_month, []]


def _of_energy(line: EnergyLine, name: str, dimensions: dict[str, str], year: str) -> Iterator[_Found]:
    shares = [line.coverage, line.measured_share, line.estimated_share]
    for member, unit in _ENERGY_UNITS.items():
        yield name, dimensions, [year, unit, getattr(line, member), *shares, line.flags]
        for month in line.months:
            yield (
                name,
                dimensions,
                [f"{month.month:%Y-%m}", unit, getattr(month, member), month.coverage, None, None, []],
            )


def _pairs(dimensions: dict[str, str]) -> list[str]:
    return [f"{name}:{value}" for name, value in dimensions.items()]
