"""Targets from before their bases were frozen are adopted by the migration."""

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from app.jobs.base_years import freeze_base_years
from app.main import create_app
from app.rollup.rolling.roller import roll_pending
from app.settings import Settings
from app.store.engine.database import Database
from tests.conftest import ADMIN_KEY
from tests.support.client import running
from tests.support.examples import Service

BEFORE_BASES = "0013"


@pytest.fixture
def older(empty_database_url: str) -> Iterator[Database]:
    """A database from before bases were frozen, with a target in it."""
    database = Database(empty_database_url)
    config = Config()
    config.set_main_option("script_location", "app:migrations")
    with database.write() as session:
        config.attributes["connection"] = session.connection()
        command.upgrade(config, BEFORE_BASES)
    with database.write() as session:
        for statement in (
            "INSERT INTO organization (id, code, name, timezone, currency, fiscal_year_start_month, fiscal_year_label, "
            "consolidation, rounding, inventory_version, created_at) VALUES (1, 'old', 'Old', 'Asia/Shanghai', 'CNY', "
            "1, 'start', 'operational_control', 'half_up', 0, 0)",
            "INSERT INTO plant (id, organization_id, code, name, country, timezone, equity_share, operational_control, "
            "financial_control, created_at) VALUES (1, 1, 'main', 'Main', 'CN', 'Asia/Shanghai', '1', true, true, 0)",
            "INSERT INTO target (organization_id, code, name, metric, base_year, yearly_reduction, compounding, "
            "direction, unit, recalculation_threshold, base_shares, created_at) VALUES (1, 'water', 'water', "
            "'water.total', 2020, '0.05', true, 'decrease', 'm3', '0.05', '[[\"main\", \"1\", null, null]]', 0)",
        ):
            session.connection().execute(text(statement))
        if not database.is_sqlite:
            for table in ("organization", "plant"):
                session.connection().execute(text(f"SELECT setval('{table}_id_seq', 1)"))
    yield database
    database.close()


def test_a_target_from_before_bases_were_frozen_is_adopted_with_an_entry_that_says_so(older: Database) -> None:
    url = older.url.render_as_string(hide_password=False)
    with running(create_app(Settings(database_url=url, admin_key=ADMIN_KEY)), key=ADMIN_KEY) as client:
        service = Service(client, lambda: roll_pending(older))
        meter = {"code": "river", "plant": "main", "resource": "water.withdrawal", "unit": "m3", "kind": "interval"}
        path = "/v1/organizations/old"
        service.post(f"{path}/meters", {**meter, "interval": "P1Y", "timestamp_edge": "interval_start"})
        rows = "river,2020-01-01T00:00:00+08:00,1000\nriver,2021-01-01T00:00:00+08:00,900\n"
        service.post_csv("old", f"meter,timestamp,value\n{rows}".encode())
        service.roll()
        kept = service.get(f"{path}/targets/water")
        assert (kept["base"], kept["dimensions"], kept["denominator"], kept["decimals"]) == (None, {}, None, None)
        (found,) = service.get(f"{path}/metrics/targets", year="2021")["items"]
        assert (found["base"]["value"], [each["code"] for each in found["checks"]]) == (1000, ["base_not_frozen"])
        freeze_base_years(older)
        (entry,) = service.get(f"{path}/targets/water/recalculations")["items"]
        reason = "the base year is over and its readings are complete"
        assert (entry["kind"], entry["after"], entry["key"], entry["reason"]) == (
            "initial",
            1000,
            "job:base-years",
            reason,
        )
        assert client.delete(f"{path}/targets/water").status_code == 204
