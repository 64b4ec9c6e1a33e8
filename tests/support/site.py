"""Organizations, plants and meters put straight into the tables, for tests below the API."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import select

from app.core.calendar.periods import Grain
from app.core.inventory.meters import MeterSpec
from app.core.readings.columns import NO_START
from app.core.readings.versions import StoredColumns
from app.ingest.writing.intake import IngestOptions, IngestOutcome, ingest_readings
from app.models import Meter, Organization, Plant, revision_table
from app.store.arrivals.entered import entered
from app.store.directory.directory import directories
from app.store.engine.database import Database
from app.store.inventory.inventory import change_inventory
from app.store.readings.standing import EVER, standing_of
from app.store.rollups.rollups import buckets
from tests.support.bodies import FORMATS, Row, body

NOW_MS = 1_750_000_000_000
_clock = count(NOW_MS + 3_600_000, 3_600_000)
_RESOURCES = {
    "interval": ("electricity.grid", "kWh"),
    "register": ("electricity.grid", "kWh"),
    "event": ("waste.nonhazardous", "t"),
    "stock": ("headcount", "person"),
    "gauge": ("air.so2.concentration", "mg/m3"),
}


@dataclass(frozen=True, slots=True)
class Site:
    """An organization of a test's own on a database."""

    database: Database
    organization_id: int

    def meter(self, kind: str = "interval", *, zone: str = "Asia/Shanghai", **fields: Any) -> MeterSpec:
        """Create a plant in the zone with one meter; an interval meter reads every quarter of an hour if not told."""
        resource, unit = _RESOURCES[kind]
        interval = fields.pop("interval", "PT15M" if kind == "interval" else None)
        for name in ("register_modulus", "max_rate", "dip_tolerance", "annual_expectation"):
            fields[name] = None if fields.get(name) is None else Decimal(fields[name])
        with self.database.write() as session:
            change_inventory(session, self.organization_id)
            plant = _plant(self.organization_id, zone)
            session.add(plant)
            session.flush()
            assert plant.id is not None
            meter = Meter(
                organization_id=self.organization_id,
                plant_id=plant.id,
                code=fields.pop("code", f"m-{secrets.token_hex(6)}"),
                name="A meter",
                resource=resource,
                attributes={},
                kind=kind,
                unit=unit,
                interval=interval,
                timestamp_edge=fields.pop("edge", None),
                multiplier=Decimal(fields.pop("multiplier", "1")),
                parent_id=None,
                counts=True,
                replaces_id=None,
                in_service_from=None,
                in_service_to=None,
                created_at=0,
                **fields,
            )
            session.add(meter)
            session.flush()
        with self.database.read() as session:
            return directories(self.database).current(session, self.organization_id).by_code[meter.code]

    def post(self, rows: Iterable[Row], *, form: str = "ndjson", now_ms: int = NOW_MS, **options: Any) -> IngestOutcome:
        """Send rows as one body of the format."""
        return self.send(body(rows, form), FORMATS[form], now_ms=now_ms, **options)

    def send(self, content: bytes, content_type: str, *, now_ms: int = NOW_MS, **options: Any) -> IngestOutcome:
        """Send a body as it is."""
        return ingest_readings(
            self.database,
            organization_id=self.organization_id,
            key_code="test",
            body=content,
            content_type=content_type,
            content_encoding=None,
            limit_bytes=100_000_000,
            options=IngestOptions(**options),
            now_ms=now_ms,
        )


def counts(outcome: IngestOutcome) -> tuple[int, int, int]:
    """Return inserted, replaced and duplicate."""
    assert outcome.received == outcome.inserted + outcome.replaced + outcome.duplicate + outcome.rejected
    return outcome.inserted, outcome.replaced, outcome.duplicate


def later_ms() -> int:
    """Return an instant an hour after the one before: batch numbers of a process never go back."""
    return next(_clock)


def new_site(database: Database, *, fiscal_start_month: int = 1) -> Site:
    """Create an organization with a code of its own."""
    organization = Organization(
        code=f"o-{secrets.token_hex(6)}",
        name="An organization",
        timezone="Asia/Shanghai",
        currency="CNY",
        fiscal_year_start_month=fiscal_start_month,
        fiscal_year_label="start",
        consolidation="operational_control",
        rounding="half_up",
        factor_set=None,
        created_at=0,
    )
    with database.write() as session:
        session.add(organization)
        session.flush()
        assert organization.id is not None
        return Site(database, organization.id)


def rollups(database: Database, meter: MeterSpec) -> list[tuple[Any, ...]]:
    """Return every bucket of the meter: its grain and all it says but the meter's id, by grain and day."""
    ever = {"first_day": -(2**31), "end_day": 2**31 - 1}
    with database.read() as session:
        return [
            (int(grain), *astuple(bucket)[1:])
            for grain in (Grain.DAY, Grain.MONTH, Grain.YEAR)
            for bucket in buckets(session, meter.organization_id, meter_ids=[meter.id], grain=grain, **ever)
        ]


def quantities(database: Database, meter: MeterSpec, grain: int) -> dict[int, int | None]:
    """Return the quantity of each bucket of a grain, by first day."""
    return {each[1]: each[2] for each in rollups(database, meter) if each[0] == grain}


def stored(database: Database, meter: MeterSpec) -> list[tuple[Any, ...]]:
    """Return the meter's readings as (at, value, quality, start, revision), in order."""
    rows = standing(database, meter)
    starts = [None if start == NO_START else start for start in rows.start.tolist()]
    return list(
        zip(rows.at.tolist(), rows.value.tolist(), rows.quality.tolist(), starts, rows.revision.tolist(), strict=True)
    )


def standing(database: Database, meter: MeterSpec) -> StoredColumns:
    """Return what stands of the meter's readings, withdrawn ones too, in order."""
    with entered(database) as session:
        return standing_of(session, meter.organization_id, meter.id, *EVER)


def revisions(database: Database, meter: MeterSpec) -> list[tuple[Any, ...]]:
    """Return the meter's superseded versions as (at, value, quality, start, revision), in order."""
    table = revision_table.c
    columns = [table.at, table.value, table.quality, table.start_at, table.revision]
    statement = select(*columns).where(table.meter_id == meter.id).order_by(table.at, table.revision)
    with entered(database) as session:
        return [tuple(each) for each in session.connection().execute(statement)]


def row(meter: MeterSpec, timestamp: str, value: str | int, **stated: str) -> Mapping[str, str]:
    """Return a reading as it is sent."""
    return {"meter": meter.code, "timestamp": timestamp, "value": str(value), **stated}


def _plant(organization_id: int, zone: str) -> Plant:
    return Plant(
        organization_id=organization_id,
        code=f"p-{secrets.token_hex(6)}",
        name="A plant",
        country="CN",
        region=None,
        timezone=zone,
        grid_region=None,
        equity_share=Decimal(1),
        operational_control=True,
        financial_control=True,
        created_at=0,
    )
