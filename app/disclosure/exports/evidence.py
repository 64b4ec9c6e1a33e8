"""What a publication's figures were added up from: meters, exchanges, and the readings as they stood at its instant.

Each reading says which stretch of time it tells of, so that whoever adds them up needs no calendar and no rule beside.
The readings of an instant never change, so a publication's evidence is the same on every day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from sqlmodel import Session

from app.accounting.factors.measure import CURRENCY, Measure
from app.core.calendar.periods import LONGEST_SEGMENT_MS, SECOND_MS, instant_from_ms, ms_from_instant, rfc3339
from app.core.inventory.exchanges import Exchange
from app.core.inventory.resources import Catalogue, MeterKind
from app.core.readings.batches import batch_code, stored_at_ms
from app.core.readings.columns import COUNTS_BELOW, NO_START, QUALITIES, STANDING_STEP, Standing
from app.core.readings.versions import StoredColumns
from app.core.units.quantities import decimal_from_micro
from app.core.units.units import ratio
from app.disclosure.exports.published import Published, instant
from app.disclosure.exports.tables import Cell, Table, terms_of
from app.rollup.buckets.stretches import Stretch, gaps_filled, reach_of_register, stretches_of, stretches_to_exchanges
from app.rollup.segments.levels import hold_ms
from app.rollup.segments.segment import Reading
from app.store.arrivals.entered import entered
from app.store.directory.metered import Metered, metered
from app.store.engine.database import Database
from app.store.inventory.resources import catalogue_of
from app.store.readings.readback import ReadbackQuery, read_back_all
from app.store.readings.standing import meters_with_own_starts

READING_COLUMNS = (
    "meter",
    "timestamp",
    "value",
    "quality",
    "mark",
    "start",
    "from",
    "to",
    "how",
    "reference",
    "revision",
    "batch",
    "stored_at",
)
_METER_COLUMNS = (
    "meter",
    "plant",
    "resource",
    "kind",
    "unit",
    "multiplier",
    "measured_in",
    "unit_ratio",
    "timestamp_edge",
    "direction",
    "modulus",
    "time_zone",
)
_EXCHANGE_COLUMNS = ("meter", "at", "final_value", "first_value", "from", "how")
_MARKS = {Standing.COUNTED: "counted", Standing.ACCEPTED: "accepted", Standing.SUSPECT: "suspect"}
_FILLED = "filled"
_GAPS_TOGETHER_MS = 31 * 24 * 3_600 * SECOND_MS

Span = tuple[int, int]
"""UTC ms [start, end)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The meters of a publication's terms, the exchanges of their instruments, and their readings, some at a time."""

    meters: Table
    exchanges: Table
    readings: Iterator[Table]


def evidence_of(database: Database, organization_id: int, of: Published) -> Evidence | None:
    """Return the evidence of a publication; None of one of before publications told how to add it up.

    The readings are read while they are iterated over, in short transactions, and some thousand are held at a time.
    """
    if any(figure["lineage"] is None or "unit_ratio" not in figure["lineage"] for figure in of.figures):
        return None
    spans, units = spans_of(of), _units_of_terms(of)
    as_of_ms = ms_from_instant(instant(of.document["as_of"]))
    with entered(database, organization_id) as session:
        catalogue = catalogue_of(session, organization_id)
        meters = metered(session, organization_id, meters=list(spans)) if spans else []
        read = [(each, _reach(session, each, spans[each.spec.code], as_of_ms)) for each in meters]
        exchanged = [
            _exchange(each, *found)
            for each, reach in read
            if each.spec.kind is MeterKind.REGISTER
            for found in stretches_to_exchanges(session, each.spec, *reach, belief=as_of_ms)
        ]
    return Evidence(
        meters=Table(_METER_COLUMNS, tuple(_meter(each, catalogue, units) for each in meters)),
        exchanges=Table(_EXCHANGE_COLUMNS, tuple(exchanged)),
        readings=_readings(database, read, spans, as_of_ms),
    )


def spans_of(of: Published) -> dict[str, Span]:
    """Return from when to when readings of each meter enter any figure."""
    spans: dict[str, Span] = {}
    for figure in of.figures:
        for term in terms_of(figure):
            start, end = (ms_from_instant(instant(each)) for each in of.readings_span(term))
            for meter in term["meters"]:
                first, last = spans.get(meter, (start, end))
                spans[meter] = min(first, start), max(last, end)
    return spans


def _units_of_terms(of: Published) -> dict[str, str]:
    """Return the unit in which the terms of each meter are, but for those of a stack's mass."""
    terms = [term for figure in of.figures for term in terms_of(figure) if term["metered_as"] != "hourly_mass"]
    return {meter: term["unit"] for term in terms for meter in term["meters"]}


def _reach(session: Session, of: Metered, span: Span, as_of_ms: int) -> Span:
    """Return the first and the last instant at which a reading may be stamped that tells of a span, both included.

    Those with a start of their own that are stamped behind it come apart.
    """
    spec, (start, end) = of.spec, span
    match spec.kind:
        case MeterKind.REGISTER:
            return reach_of_register(session, spec, start_ms=start, end_ms=end, belief=as_of_ms)
        case MeterKind.INTERVAL:
            return start - spec.longest_ms, end + spec.longest_ms
        case MeterKind.GAUGE:
            return start - hold_ms(spec), end + hold_ms(spec)
    return start, end - 1


def _meter(of: Metered, catalogue: Catalogue, units: Mapping[str, str]) -> tuple[Cell, ...]:
    spec = of.spec
    measured_in = units.get(spec.code) or catalogue.named(of.resource).unit
    # Money is never converted, whatever it is called.
    in_it = 1 if measured_in == CURRENCY else ratio(Measure(of.unit).plain.unit, measured_in)
    is_register, has_edge = spec.kind is MeterKind.REGISTER, spec.kind in (MeterKind.INTERVAL, MeterKind.GAUGE)
    return (
        spec.code,
        of.plant,
        of.resource,
        spec.kind.value,
        of.unit,
        of.multiplier,
        measured_in,
        str(in_it),
        spec.edge.value if has_edge else None,
        spec.direction.value if is_register else None,
        None if spec.modulus_micro is None else _units(spec.modulus_micro),
        spec.zone.key,
    )


def _exchange(of: Metered, exchange: Exchange, told: Stretch | None) -> tuple[Cell, ...]:
    shown = _units(exchange.final_value), _units(exchange.first_value)
    stretch = (None, None) if told is None else (_instant(told.start_ms), told.how or None)
    return (of.spec.code, _instant(exchange.at), *shown, *stretch)


def _readings(
    database: Database, meters: Sequence[tuple[Metered, Span]], spans: Mapping[str, Span], as_of_ms: int
) -> Iterator[Table]:
    """Yield the readings of meters by instant, the estimates of a meter's gaps behind them."""
    for of, (first, last) in meters:
        spec, span = of.spec, spans[of.spec.code]
        yield from _stamped_within(database, of, first, last + 1, span, as_of_ms)
        if spec.kind is not MeterKind.INTERVAL:
            continue
        with entered(database, spec.organization_id) as session:
            bills = bool(meters_with_own_starts(session, spec.organization_id, [spec.id]))
        if bills:
            end = span[1] + LONGEST_SEGMENT_MS
            yield from _stamped_within(database, of, last + 1, end, span, as_of_ms, bills_alone=True)
        if spec.estimates_gaps:
            yield from _gaps(database, of, span, as_of_ms)


def _stamped_within(
    database: Database, of: Metered, start_ms: int, end_ms: int, span: Span, as_of_ms: int, *, bills_alone: bool = False
) -> Iterator[Table]:
    """Yield the readings stamped in [start_ms, end_ms) that tell of a span; with `bills_alone` those with a start."""
    spec = of.spec
    query = ReadbackQuery(start_ms, end_ms, as_of_ms)
    for rows in read_back_all(database, spec.organization_id, [of], query):
        chosen = rows.take(rows.start != NO_START) if bills_alone else rows
        counted = chosen.take(chosen.quality < COUNTS_BELOW)
        starts = [None if start == NO_START else start for start in counted.start.tolist()]
        columns = (counted.at.tolist(), counted.value.tolist(), counted.quality.tolist(), starts)
        readings = [Reading(*each) for each in zip(*columns, strict=True)]
        with entered(database, spec.organization_id) as session:
            told = iter(stretches_of(session, spec, readings, belief=as_of_ms))
        found = [
            _reading(spec.code, chosen, place, stretch)
            for place, stored in enumerate(chosen.quality.tolist())
            for stretch in [next(told) if stored < COUNTS_BELOW else None]
            if _tells_of(of, stretch, int(chosen.at[place]), span)
        ]
        if found:
            yield Table(READING_COLUMNS, tuple(found))


def _tells_of(of: Metered, stretch: Stretch | None, at: int, span: Span) -> bool:
    """Tell whether a reading belongs to a span; of a register each does that was asked for."""
    start, end = span
    if of.spec.kind is MeterKind.REGISTER:
        return True
    if stretch is None:
        return start <= at <= end
    return stretch.start_ms < end and (stretch.end_ms > start or stretch.start_ms == stretch.end_ms >= start)


def _reading(code: str, rows: StoredColumns, place: int, told: Stretch | None) -> tuple[Cell, ...]:
    stored, start = int(rows.quality[place]), int(rows.start[place])
    batch = int(rows.batch[place])
    stretch = (None, None, None) if told is None else (_instant(told.start_ms), _instant(told.end_ms), told.how or None)
    return (
        code,
        _instant(int(rows.at[place])),
        _units(int(rows.value[place])),
        QUALITIES[stored % STANDING_STEP].value,
        _MARKS[Standing(stored // STANDING_STEP)],
        None if start == NO_START else _instant(start),
        *stretch,
        None if rows.reference is None else rows.reference[place] or None,
        str(rows.revision[place]),
        batch_code(batch),
        _instant(stored_at_ms(batch)),
    )


def _gaps(database: Database, of: Metered, span: Span, as_of_ms: int) -> Iterator[Table]:
    spec, (start, end) = of.spec, span
    # What fills a gap may begin before the span and reach into it.
    for begin in range(start - spec.longest_ms, end, _GAPS_TOGETHER_MS):
        until = min(begin + _GAPS_TOGETHER_MS, end)
        with entered(database, spec.organization_id) as session:
            filled = gaps_filled(session, spec, start_ms=begin, end_ms=until, belief=as_of_ms)
        rows = tuple(
            (
                spec.code,
                None,
                _units(each.quantity or 0),
                QUALITIES[each.quality].value,
                _FILLED,
                None,
                _instant(each.start_s * SECOND_MS),
                _instant(each.end_s * SECOND_MS),
                *[None] * 5,
            )
            for each in filled
            if each.end_s * SECOND_MS > start
        )
        if rows:
            yield Table(READING_COLUMNS, rows)


def _units(micro: int) -> Decimal:
    """Return a value in its meter's unit, without trailing zeros."""
    return decimal_from_micro(micro).normalize()


@lru_cache(maxsize=64)
def _instant(ms: int) -> str:
    return rfc3339(instant_from_ms(ms))
