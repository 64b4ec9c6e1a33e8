"""Keeping buckets and the zone rules they were made by together: a new edition marks the days that it moves.

The edition in force is a row of the database. Whoever writes buckets holds it shared and is refused when it is later
than his own; whoever starts with a later one holds it alone, marks the stretches in which a zone's offset is another
now, and puts his own in its place, in one transaction. So no bucket is made by rules that are no longer in force.

Example: the buckets are of 2025b, by which Vancouver goes back to UTC-8 on 2026-11-01T09:00Z; the start with 2026f, by
which it stays at UTC-7, marks the meters of Vancouver's plants from then until their last reading.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from sqlalchemy import delete, insert, select, text
from sqlmodel import Session, col

from app.core.calendar.periods import HOUR_MS, zone_named
from app.core.calendar.zone_rules import EDITION, Offsets, different_spans, offsets_of
from app.core.readings.reading_pages import DamagedPage
from app.core.readings.runs import Runs
from app.models import Meter, Plant, zone_edition_table, zone_rules_table
from app.store.arrivals.marks import append_marks, mark_everything
from app.store.arrivals.packed import UnreadableArrival
from app.store.directory.directory import plant_of_meter
from app.store.readings.standing import spans_told

_LOCK = 0x65736774
_BESIDE_MS = 26 * HOUR_MS
"""By either edition, the day of a reading begins and ends within this time of it."""


class OlderZoneRules(RuntimeError):
    """The buckets were made by a later edition of the zone rules than this program has; it leaves them alone."""


@dataclass(frozen=True, slots=True)
class ZoneChange:
    """A zone's offset is another now from first_ms up to end_ms (UTC), and this many meters have readings there."""

    zone: str
    first_ms: int
    end_ms: int
    meters: int


def edition_in_force(session: Session) -> str | None:
    """Return the edition that stored buckets were made by; None before any was."""
    edition: str | None = session.connection().execute(select(zone_edition_table.c.edition)).scalar()
    return edition


_KEEP = text(
    "INSERT INTO zone_rules (zone, offsets) VALUES (:zone, :offsets) "
    "ON CONFLICT (zone) DO UPDATE SET offsets = excluded.offsets"
)


def lock_zone_rules(session: Session, zones: Iterable[ZoneInfo]) -> None:
    """Keep the edition in force as it is until the transaction ends, and remember what it says of these zones.

    Raises OlderZoneRules when it is later than this program's.
    """
    _lock(session, "pg_advisory_xact_lock_shared")
    edition = edition_in_force(session)
    if edition is not None and edition > EDITION:
        raise OlderZoneRules(f"local days are told by the zone rules {edition}; this program has {EDITION}")
    by_name = {zone.key: zone for zone in zones}
    for name in sorted(by_name.keys() - _known(session, by_name)):
        _keep(session, name, offsets_of(by_name[name]))


def adopt_zone_rules(session: Session, *, back: bool = False) -> list[ZoneChange]:
    """Make this program's edition the one in force, mark what it moves and return where it differs.

    A later edition stays, unless the program is to go `back` behind it. A database that tells no edition was kept by
    whatever files its machine had: it is compared with those of this one.
    """
    _lock(session, "pg_advisory_xact_lock")
    edition = edition_in_force(session)
    if edition == EDITION or (edition is not None and edition > EDITION and not back):
        return []
    before: Callable[[str], Offsets | None] = _machine_offsets
    if edition is not None:
        before = _kept_offsets(session).get
    changes = [change for name in _zones_in_use(session) for change in _mark(session, name, before(name))]
    session.connection().execute(delete(zone_edition_table))
    session.connection().execute(insert(zone_edition_table).values(id=1, edition=EDITION))
    return changes


def _lock(session: Session, function: str) -> None:
    """Take the lock until the transaction ends; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text(f"SELECT {function}(:key)"), {"key": _LOCK})


def _mark(session: Session, name: str, before: Offsets | None) -> Iterator[ZoneChange]:
    """Mark what an edition moves of a zone's readings, and keep what it says."""
    now = offsets_of(zone_named(name))
    _keep(session, name, now)
    differences = [] if before is None else list(different_spans(before, now))
    spans = _spans(session, name) if differences else {}
    for first_ms, end_ms in differences:
        count = 0
        for organization_id, of_meters in spans.items():
            touched = [
                (meter, max(first_ms, first) - _BESIDE_MS, min(end_ms, last) + _BESIDE_MS)
                for meter, (first, last) in of_meters.items()
                if first < end_ms + _BESIDE_MS and first_ms - _BESIDE_MS <= last
            ]
            if touched:
                meter, first, last = np.array(touched, dtype=np.int64).T
                append_marks(session, organization_id, Runs(meter.astype(np.int32), first, last))
            count += len(touched)
        if count:
            yield ZoneChange(name, first_ms, end_ms, count)


def _spans(session: Session, zone: str) -> dict[int, dict[int, tuple[int, int]]]:
    """Return, by organization and meter of a zone's plants, the first and last instant the readings speak of, if any.

    Where something cannot be read, how far it reaches is not known: those meters are marked whole.
    """
    there = select(Meter).join(Plant, plant_of_meter()).where(col(Plant.timezone) == zone)
    meters: dict[int, list[int]] = defaultdict(list)
    for row in session.connection().execute(there):
        meters[row.organization_id].append(row.id)
    spans: dict[int, dict[int, tuple[int, int]]] = {}
    for organization_id, ids in meters.items():
        try:
            spans[organization_id] = spans_told(session, organization_id, ids)
        except (UnreadableArrival, DamagedPage):
            mark_everything(session, organization_id, ids)
    return spans


def _zones_in_use(session: Session) -> list[str]:
    return sorted(set(session.connection().execute(select(col(Plant.timezone))).scalars()))


def _known(session: Session, names: Iterable[str]) -> set[str]:
    zone = zone_rules_table.c.zone
    return set(session.connection().execute(select(zone).where(zone.in_(list(names)))).scalars())


def _kept_offsets(session: Session) -> dict[str, Offsets]:
    rows = session.connection().execute(select(zone_rules_table.c.zone, zone_rules_table.c.offsets))
    return {zone: [(ms, offset) for ms, offset in json.loads(offsets)] for zone, offsets in rows}


def _machine_offsets(name: str) -> Offsets | None:
    """Return what the machine's own files say of a zone, which decided before an edition was kept."""
    try:
        return offsets_of(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _keep(session: Session, name: str, offsets: Offsets) -> None:
    """Keep what an edition says of a zone, which another transaction may be keeping too at this moment."""
    values = {"zone": name, "offsets": json.dumps(offsets, separators=(",", ":"))}
    session.connection().execute(_KEEP, values)
