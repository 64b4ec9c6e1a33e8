"""The worked examples of fiscal years come out over HTTP, whether the readings come before the settings or after."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.works import send
from tests.years.company import MONTHLY, columns, publish, put_fiscal_years, send_months

_CASES = yaml.safe_load((Path(__file__).parent / "worked.yaml").read_text("utf-8"))


@pytest.mark.parametrize("settings_first", [False, True], ids=["readings, then settings", "settings, then readings"])
@pytest.mark.parametrize("case", _CASES, ids=lambda case: case["title"])
def test_every_day_is_in_one_column(
    client: httpx.Client,
    database: Database,
    make_organization: Make,
    make_plant: Make,
    make_meter: Make,
    case: dict[str, Any],
    *,
    settings_first: bool,
) -> None:
    make_organization()
    make_plant(region="CN-JX", grid_region="CN-CENTRAL")
    make_meter(**MONTHLY if "months" in case else {"interval": "P1D", "timestamp_edge": "interval_start"})
    if settings_first:
        put_fiscal_years(client, *case["fiscal_years"])
    _send(client, database, case)
    for year in case.get("published", ()):
        publish(client, year)
    if not settings_first:
        put_fiscal_years(client, *case["fiscal_years"])
    for table in case["tables"]:
        found = columns(client, table["year"], transition=table.get("transition", False))
        assert found == [
            (name, first, last, kind, None if value is None else Decimal(value))
            for name, first, last, kind, value in table["columns"]
        ]


def _send(client: httpx.Client, database: Database, case: dict[str, Any]) -> None:
    if "months" in case:
        send_months(client, database, case["months"])
        return
    days = case["days"]
    day, last = date.fromisoformat(days["from"]), date.fromisoformat(days["to"])
    rows = ""
    while day <= last:
        rows += f"grid,{day}T00:00:00+08:00,{days['kwh']}\n"
        day += timedelta(days=1)
    send(client, database, rows)
