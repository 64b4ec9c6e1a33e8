"""What the example companies stated goes in with the demo, once, by the functions of the API."""

import io
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from app.accounting.stated.datapoints import Statement
from app.accounting.stated.stating import state, withdraw
from app.demo.load import load_demo
from app.demo.seed import SEED_NAMES, Seed, load_seed
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.reporting.datapoints import DatapointFilter, DatapointRow, datapoint_page
from app.store.upkeep.migrate import migrate

_QUIET = Console(file=io.StringIO())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'demo.db'}")
    migrate(opened)
    yield opened
    opened.close()


def _without_meters() -> list[Seed]:
    return [replace(load_seed(name), meters=()) for name in SEED_NAMES]


def _stated(store: Database, organization: str) -> list[DatapointRow]:
    with store.read() as session:
        organization_id = organization_of(session, organization).id or 0
        return datapoint_page(session, organization_id, DatapointFilter(), cursor=None, limit=1000).items


def test_the_demo_states_what_the_companies_stated(store: Database) -> None:
    load_demo(store, seeds=_without_meters(), console=_QUIET)

    assert (len(_stated(store, "magnets")), len(_stated(store, "magnesium"))) == (150, 5)
    research = [row.datapoint for row in _stated(store, "magnets") if row.datapoint.indicator == "research.expenditure"]
    assert [(each.year, each.value, each.stated_value, each.stated_unit) for each in research] == [
        (2019, Decimal(63_000_000), Decimal(63), "RMB million"),
        (2020, Decimal(103_000_000), Decimal(103), "RMB million"),
        (2021, Decimal(160_160_000), Decimal("160.16"), "RMB million"),
    ]


def test_loading_again_leaves_what_was_stated_or_withdrawn_since(store: Database) -> None:
    load_demo(store, seeds=_without_meters(), console=_QUIET)
    pending = next(row.datapoint for row in _stated(store, "magnets") if row.datapoint.indicator == "patents.pending")
    with store.write() as session:
        organization = organization_of(session, "magnets")
        changed = Statement("patents.granted", 2021, None, {}, Decimal(51), None, "item", "Counted again")
        state(session, organization, changed, key_code="k", now_ms=1_800_000_000_000)
        withdraw(session, organization, pending.code, reason="Unsure", key_code="k", now_ms=1_800_000_000_000)

    load_demo(store, seeds=_without_meters(), console=_QUIET)

    found = {row.datapoint.indicator: row.datapoint for row in _stated(store, "magnets")}
    assert len(_stated(store, "magnets")) == 149
    assert (found["patents.granted"].value, found["patents.granted"].revision) == (Decimal(51), 2)
    assert "patents.pending" not in found
