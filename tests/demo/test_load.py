"""The example companies go in like any caller's data, once."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from app.core.calendar.periods import Grain, day_of
from app.demo.load import DemoRefused, load_demo
from app.demo.seed import SEED_NAMES, Seed, load_seed
from app.ingest.writing.intake import IngestOptions, ingest_readings
from app.rollup.rolling.roller import roll_pending
from app.store.directory.directory import load_directory
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.reporting.factors import factor_pins
from app.store.reporting.imported import imported_page
from app.store.rollups.rollups import buckets
from app.store.upkeep.migrate import migrate

_FINE = ("PT15M", "PT1H")
_QUIET = Console(file=io.StringIO())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'demo.db'}")
    migrate(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def small_seeds() -> list[Seed]:
    """Both companies without their quarter-hour and hourly meters: some 5,000 readings."""
    return [
        replace(seed, meters=tuple(meter for meter in seed.meters if meter.definition.get("interval") not in _FINE))
        for seed in map(load_seed, SEED_NAMES)
    ]


def test_loading_stores_every_reading_and_rolls_the_printed_totals(store: Database, small_seeds: list[Seed]) -> None:
    outcome = load_demo(store, seeds=small_seeds, console=_QUIET)

    assert (outcome.inserted, outcome.present) == (4_488, 0)
    years = _years(store, "magnets")
    assert years["ganzhou-water", 2021] == 694_345_000_000
    assert years["product-revenue", 2020] == 2_270_000_000_000_000
    assert years["hazardous-manifests", 2021] == 407_000_000
    assert years["baotou-staff", 2021] is None
    assert _years(store, "magnesium")["recycled-dust", 2020] == 339_800_000


def test_loading_again_stores_nothing_and_leaves_a_correction_alone(store: Database, small_seeds: list[Seed]) -> None:
    load_demo(store, seeds=small_seeds, console=_QUIET)
    _correct(store, b"meter,timestamp,value\npackaging,2020-01-01T00:00:00+08:00,9\n")

    outcome = load_demo(store, seeds=small_seeds, console=_QUIET)

    assert (outcome.inserted, outcome.present) == (0, 4_488)
    assert _years(store, "magnesium")["packaging", 2020] == 22_799_000


def test_a_load_that_was_cut_short_is_completed(store: Database, small_seeds: list[Seed]) -> None:
    load_demo(store, seeds=small_seeds[:1], console=_QUIET)

    outcome = load_demo(store, seeds=small_seeds, console=_QUIET)

    assert outcome.inserted + outcome.present == 4_488
    assert outcome.inserted == 1_038


def test_the_pins_behind_the_printed_table_are_set(store: Database, small_seeds: list[Seed]) -> None:
    load_demo(store, seeds=small_seeds, console=_QUIET)

    with store.read() as session:
        pins = factor_pins(session, organization_of(session, "magnets").id or 0)
    assert [(pin.resource, pin.factor) for pin in pins] == [
        ("electricity.*", "cn_grid_regional_2012_central"),
        ("fuel.natural_gas", "ef_cn_ndrc_mg_2013_natural_gas"),
    ]


def test_a_rejected_reading_stops_the_load(store: Database, small_seeds: list[Seed]) -> None:
    seed = small_seeds[1]
    packaging = next(meter for meter in seed.meters if meter.code == "packaging")
    beyond_limit = replace(packaging, totals={2020: 10**18})

    with pytest.raises(DemoRefused, match="packaging 2020"):
        load_demo(store, seeds=[replace(seed, meters=(beyond_limit,))], console=_QUIET)


def _years(store: Database, organization: str) -> dict[tuple[str, int], int | None]:
    """Return each meter's quantity a year, in micro-units."""
    with store.read() as session:
        own = organization_of(session, organization).id or 0
        meters = load_directory(session, own, 0).by_id
        found = buckets(
            session, own, meter_ids=list(meters), grain=Grain.YEAR, first_day=0, end_day=day_of(date(2100, 1, 1))
        )
    return {(meters[each.meter_id].code, 1970 + round(each.start_day / 365.25)): each.quantity for each in found}


def _correct(store: Database, body: bytes) -> None:
    with store.read() as session:
        organization_id = organization_of(session, "magnesium").id or 0
    outcome = ingest_readings(
        store,
        organization_id=organization_id,
        key_code=None,
        body=body,
        content_type="text/csv",
        content_encoding=None,
        limit_bytes=10_000,
        options=IngestOptions(),
        now_ms=1_800_000_000_000,
    )
    assert outcome.replaced == 1
    roll_pending(store)


def test_the_printed_tables_are_stored_once(store: Database, small_seeds: list[Seed]) -> None:
    load_demo(store, seeds=small_seeds, console=_QUIET)
    load_demo(store, seeds=small_seeds, console=_QUIET)

    with store.read() as session:
        ids = [organization_of(session, seed.code).id or 0 for seed in small_seeds]
        found = [imported_page(session, each, cursor=None, limit=10).items for each in ids]
    assert [[head.code for head in heads] for heads in found] == [["esg-report-2021"], ["esg-report-2020"]]
