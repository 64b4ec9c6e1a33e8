"""The example companies' figures are computed again from their assurance packs, on both databases."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from app.demo.load import load_demo
from app.store.engine.database import Database
from tests.support.databases import postgresql_database, postgresql_url, sqlite_database
from tests.support.recomputing import recomputed_here, seed_of_one_year, written

__all__ = ["postgresql_database", "postgresql_url", "sqlite_database"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_example_companies_come_out_again(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    database: Database = request.getfixturevalue(f"{kind}_database")
    load_demo(
        database,
        seeds=[seed_of_one_year("magnets", 2021), seed_of_one_year("magnesium", 2020)],
        console=Console(file=io.StringIO()),
    )

    for code, framework, year, key in (
        ("magnets", "hkex-2020", 2021, "ghg.scope1"),
        ("magnets", "esrs", 2021, "energy.fossil.gas"),
        ("magnesium", "hkex-2020", 2020, "ghg.intensity.product.output"),
    ):
        folder = tmp_path / f"{code}-{framework}"
        folder.mkdir()
        again = recomputed_here(written(database, code, framework, year, folder))
        assert (again.status, again.different) == (0, []), again.output
        assert key in again.same, again.output
