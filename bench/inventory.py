"""The organization under load: ten plants in China, 1,000 quarter-hour electricity meters."""

from decimal import Decimal

from sqlalchemy import text

from app.models import Meter, Organization, Plant
from app.store.engine.database import Database
from bench.rows import meter_code
from bench.sizes import METERS

ORGANIZATION = "bench"
PLANTS = 10


def store_meters(
    database: Database,
    count: int = METERS,
    interval: str = "PT15M",
    *,
    organization_code: str = ORGANIZATION,
    ids_before: int = 0,
) -> None:
    """Store an organization in a migrated database; its meter number n has the id `ids_before` + n."""
    with database.write() as session:
        organization = Organization(
            code=organization_code,
            name="Bench",
            timezone="Asia/Shanghai",
            currency="CNY",
            fiscal_year_start_month=1,
            fiscal_year_label="start",
            consolidation="operational_control",
            rounding="half_up",
            factor_set=None,
            created_at=0,
        )
        session.add(organization)
        session.flush()
        plants = [_plant(organization.id or 0, number) for number in range(PLANTS)]
        session.add_all(plants)
        session.flush()
        session.add_all(
            _meter(number, ids_before + number, plants[number % PLANTS], interval) for number in range(1, count + 1)
        )
        session.flush()
        if not database.is_sqlite:  # its sequence knows nothing of ids that are given
            session.connection().execute(
                text(f"SELECT setval(pg_get_serial_sequence('meter', 'id'), {ids_before + count})")
            )


def _plant(organization_id: int, number: int) -> Plant:
    return Plant(
        organization_id=organization_id,
        code=f"plant{number}",
        name=f"Plant {number}",
        country="CN",
        region=None,
        timezone="Asia/Shanghai",
        grid_region=None,
        equity_share=Decimal(1),
        operational_control=True,
        financial_control=True,
        created_at=0,
    )


def _meter(number: int, meter_id: int, plant: Plant, interval: str) -> Meter:
    return Meter(
        id=meter_id,
        organization_id=plant.organization_id,
        plant_id=plant.id or 0,
        code=meter_code(number),
        name=meter_code(number),
        resource="electricity.grid",
        attributes={},
        kind="interval",
        unit="kWh",
        interval=interval,
        timestamp_edge=None,
        multiplier=Decimal(1),
        register_modulus=None,
        max_rate=None,
        dip_tolerance=None,
        parent_id=None,
        counts=True,
        replaces_id=None,
        in_service_from=None,
        in_service_to=None,
        created_at=0,
    )
