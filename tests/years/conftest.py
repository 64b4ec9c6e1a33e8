"""One running application on each database for each file of these tests, and a company with one electricity meter."""

import httpx
import pytest

from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.shared import client, database, database_url, shared, shared_settings, vacant
from tests.years.company import APRIL, MONTHLY, put_fiscal_years, send_months

__all__ = ["client", "database", "database_url", "shared", "shared_settings", "vacant"]


@pytest.fixture
def company(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> httpx.Client:
    """Calendar years from 2022 on, 222 MWh of electricity in 2023, 78 MWh in January to March 2024, then 20 a month."""
    make_organization()
    make_plant(region="CN-JX", grid_region="CN-CENTRAL")
    make_meter(**MONTHLY)
    send_months(client, database, {"2023": 18_500, "2024-01": 26_000, "2024-02": 26_000, "2024-03": 26_000})
    send_months(client, database, {f"2024-{month:02}": 20_000 for month in range(4, 13)})
    send_months(client, database, {f"2025-{month:02}": 21_000 for month in range(1, 4)})
    return client


@pytest.fixture
def moved(company: httpx.Client) -> httpx.Client:
    """The company with years that begin in April from 2024 on."""
    put_fiscal_years(company, APRIL)
    return company
