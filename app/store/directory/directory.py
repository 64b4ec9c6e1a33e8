"""The meters of an organization as the rules need them, cached until the inventory changes."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from functools import cached_property
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, text
from sqlmodel import Session, col, select

from app.core.calendar.fiscal_calendar import FiscalCalendar
from app.core.calendar.periods import day_of, day_start_ms, interval_from_iso, zone_named
from app.core.calendar.reading_times import DEFAULT, PlausibleInstants
from app.core.inventory.meters import MeterSpec, Plausibility, RegisterDirection, RegisterReset, TimestampEdge
from app.core.inventory.resources import MeterKind
from app.core.readings.columns import Int32Column, Int64Column
from app.core.units.quantities import EXACT, MICRO, micro_from_decimal
from app.core.units.units import Dimension, UnknownUnit, dimension_of
from app.models import Meter, Organization, Plant
from app.store.directory.fiscal_years import calendar_in
from app.store.engine.database import Database
from app.store.sql.columns import driver
from app.store.sql.conflicts import NotThere

_METERS_A_STATEMENT = 10_000
_USED_UP = (Dimension.ENERGY, Dimension.VOLUME, Dimension.GAS_VOLUME, Dimension.MASS)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a meter is about: its organization, its plant's code, and the resource it measures."""

    meter_id: int
    organization_id: int
    plant: str
    resource: str


@dataclass(frozen=True)
class Directory:
    """The meters of one organization by code and by id, and the instants their readings can have, as of one version of
    its inventory."""

    version: int
    by_code: Mapping[str, MeterSpec]
    by_id: Mapping[int, MeterSpec]
    subjects: Mapping[int, Subject]
    plausible: PlausibleInstants

    @cached_property
    def edges_assumed(self) -> tuple[Int32Column, Int64Column]:
        """The ids, ascending, of the meters whose timestamp edge nobody stated, and the most that their intervals last,
        in milliseconds."""
        assumed = sorted((spec.id, spec.longest_ms) for spec in self.by_id.values() if spec.edge_assumed)
        ids, longest = [each[0] for each in assumed], [each[1] for each in assumed]
        return np.array(ids, dtype=np.int32), np.array(longest, dtype=np.int64)


class DirectoryCache:
    """The latest directory of each organization this process has seen.

    No lock: a directory never changes, and putting one in place of another is one step. It is looked at by its version,
    which each change of the inventory moves in its own transaction, so an old one is never taken for current: who only
    has `latest` holds its version against the database's in the transaction that writes.

    `plausible` are the instants of readings where an organization does not say since when it has any.
    """

    def __init__(self, plausible: PlausibleInstants = DEFAULT) -> None:
        self._plausible = plausible
        self._directories: dict[int, Directory] = {}
        self._organizations: dict[int, int] = {}

    def latest(self, organization_id: int) -> Directory | None:
        """Return what was last seen, to be held against the version in the writing transaction."""
        return self._directories.get(organization_id)

    def specs_of(self, session: Session, organization_id: int, meter_ids: Sequence[int]) -> dict[int, MeterSpec]:
        """Return the specs of these meters of an organization; ids of deleted meters are left out."""
        by_id = self.current(session, organization_id).by_id if meter_ids else {}
        return {meter: by_id[meter] for meter in meter_ids if meter in by_id}

    def subjects_of(self, session: Session, organization_id: int, meter_ids: Collection[int]) -> list[Subject]:
        """Return what these meters of an organization are about, in id order; deleted ones are left out."""
        subjects = self.current(session, organization_id).subjects if meter_ids else {}
        return [subjects[meter] for meter in sorted(meter_ids) if meter in subjects]

    def by_organization(self, session: Session, meter_ids: Collection[int]) -> dict[int, list[int]]:
        """Return the meters by their organization, both in id order; ids of deleted meters are left out."""
        unknown = [meter for meter in meter_ids if meter not in self._organizations]
        for start in range(0, len(unknown), _METERS_A_STATEMENT):
            some = unknown[start : start + _METERS_A_STATEMENT]
            rows = session.exec(select(Meter.id, Meter.organization_id).where(col(Meter.id).in_(some)))
            self._organizations.update((meter, organization) for meter, organization in rows if meter is not None)
        found: dict[int, list[int]] = defaultdict(list)
        for meter in sorted(meter_ids):
            if meter in self._organizations:
                found[self._organizations[meter]].append(meter)
        return dict(sorted(found.items()))

    def current(self, session: Session, organization_id: int) -> Directory:
        """Return the organization's meters as the session sees them; loads them only when the version moved."""
        version = inventory_version(session, organization_id)
        cached = self._directories.get(organization_id)
        if cached is None or cached.version != version:
            cached = load_directory(session, organization_id, version, plausible=self._plausible)
            self._directories[organization_id] = cached
        return cached


def directories(database: Database) -> DirectoryCache:
    """Return the directories that this process keeps of a database."""
    return database.state.of(DirectoryCache, lambda: DirectoryCache(database.state.plausible))


def inventory_version(session: Session, organization_id: int) -> int:
    """Return the number that grows with every change of the organization's plants and meters; raises NotThere."""
    statement = text("SELECT inventory_version FROM organization WHERE id = :id")
    return _version_in(session.connection().execute(statement, {"id": organization_id}).first())


def _version_in(row: Sequence[Any] | None) -> int:
    if row is None:
        raise NotThere("There is no such organization")
    return int(row[0])


def lock_inventory(session: Session, organization_id: int) -> int:
    """Return the inventory version and keep it from moving until the transaction ends; other holders may pass.

    On SQLite the writing transaction itself keeps it. Raises NotThere for an organization that was deleted.
    """
    if session.get_bind().dialect.name == "postgresql":
        connection = driver(session)
        connection.execute("SELECT pg_advisory_xact_lock_shared(1702061357, %s)", [organization_id])
        found = connection.execute("SELECT inventory_version FROM organization WHERE id = %s", [organization_id])
        return _version_in(found.fetchone())
    return inventory_version(session, organization_id)


def lock_inventory_alone(session: Session, organization_id: int) -> None:
    """Wait until nobody else writes readings or inventory of the organization, and keep it so in this transaction."""
    if session.get_bind().dialect.name == "postgresql":
        statement = text("SELECT pg_advisory_xact_lock(1702061357, :id)")
        session.connection().execute(statement, {"id": organization_id})


def load_directory(
    session: Session, organization_id: int, version: int, *, plausible: PlausibleInstants = DEFAULT
) -> Directory:
    """Read every meter of the organization."""
    since = select(col(Organization.history_from)).where(col(Organization.id) == organization_id)
    history_from = session.connection().execute(since).scalar_one()
    statement = (
        select(Meter, Plant.code, Plant.timezone)
        .join(Plant, plant_of_meter())
        .where(Meter.organization_id == organization_id)
    )
    specs: list[MeterSpec] = []
    subjects: dict[int, Subject] = {}
    calendar = calendar_in(session, organization_id)
    plausibility = plausibility_in(session, organization_id)
    for meter, plant, timezone in session.exec(statement):
        spec = spec_of(meter, timezone, calendar, plausibility)
        specs.append(spec)
        subjects[spec.id] = Subject(spec.id, organization_id, plant, meter.resource)
    by_code, by_id = {spec.code: spec for spec in specs}, {spec.id: spec for spec in specs}
    return Directory(version, by_code, by_id, subjects, plausible.since(history_from))


def plant_of_meter() -> ColumnElement[bool]:
    """Return on what a meter is joined with its plant."""
    return (col(Plant.organization_id) == col(Meter.organization_id)) & (col(Plant.id) == col(Meter.plant_id))


def plausibility_in(session: Session, organization_id: int) -> str:
    """Return by what an organization's meters are doubted that do not say it themselves."""
    return session.exec(select(Organization.plausibility).where(Organization.id == organization_id)).one()


def spec_of(meter: Meter, timezone: str, calendar: FiscalCalendar, plausibility: str) -> MeterSpec:
    """Return a stored meter as the rules see it, in its plant's time zone and its organization's reporting periods.

    `plausibility` is the organization's.
    """
    assert meter.id is not None  # noqa: S101 - a stored row has its key
    return MeterSpec(
        id=meter.id,
        code=meter.code,
        organization_id=meter.organization_id,
        plant_id=meter.plant_id,
        kind=MeterKind(meter.kind),
        zone=zone_named(timezone),
        interval=interval_from_iso(meter.interval) if meter.interval else None,
        edge=TimestampEdge(meter.timestamp_edge or TimestampEdge.INTERVAL_START),
        modulus_micro=None if meter.register_modulus is None else _micro(meter.register_modulus),
        max_rate_micro=None if meter.max_rate is None else meter.max_rate * MICRO,
        dip_tolerance_micro=0 if meter.dip_tolerance is None else _micro(meter.dip_tolerance),
        calendar=calendar,
        in_service_from=meter.in_service_from,
        in_service_to=meter.in_service_to,
        estimates_gaps=meter.estimates_gaps,
        edge_assumed=meter.edge_assumed,
        direction=RegisterDirection(meter.register_direction or RegisterDirection.UP),
        reset=RegisterReset(meter.register_reset) if meter.register_reset else None,
        by_history=(meter.plausibility or plausibility) == Plausibility.HISTORY,
        annual_micro=None if meter.annual_expectation is None else meter.annual_expectation * MICRO,
        interval_changes=tuple(
            (
                day_start_ms(zone_named(timezone), day_of(date.fromisoformat(each["valid_from"]))),
                interval_from_iso(each["interval"]),
            )
            for each in meter.interval_changes or ()
        ),
        is_used_up=_is_used_up(meter.unit),
    )


def _is_used_up(unit: str) -> bool:
    """Tell whether an amount in a unit is used up: energy, volumes and masses are, money and heads are not."""
    try:
        return dimension_of(unit) in _USED_UP
    except UnknownUnit:  # the currency of an organization
        return False


def _micro(units: Decimal) -> int:
    with localcontext(EXACT):
        return micro_from_decimal(units) if abs(units) < 2**32 else int(units * MICRO)
