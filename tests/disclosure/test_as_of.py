"""What was believed at a past instant: readings, own factors and meters of then."""

import time
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.works import DISCLOSURE, ORGANIZATION, YEARLY, answer, figures, get, send


def _now() -> str:
    """Return an instant after everything sent so far and before everything sent from now on."""
    time.sleep(0.005)
    instant = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    time.sleep(0.005)
    return instant


@pytest.mark.usefixtures("powered")
def test_a_figure_is_asked_for_as_it_was_before_a_correction(
    client: httpx.Client, database: Database, make_meter: Make
) -> None:
    before = _now()
    send(client, database, "grid,2020-01-01T00:00:00+08:00,500\ngrid,2021-01-01T00:00:00+08:00,1000\n")
    signed = _now()
    send(client, database, "grid,2021-01-01T00:00:00+08:00,4000\n")
    make_meter(code="late", **YEARLY)
    send(client, database, "late,2021-01-01T00:00:00+08:00,100\n")
    factor = {"code": "own", "resource": "electricity.grid", "region": "main", "per": "kWh", "method": "location"}
    body = {**factor, "kg_co2": 1, "valid_from": "2021-01-01", "source": "x"}
    answer(client, "POST", f"{ORGANIZATION}/factors", 201, json=body)

    now = figures(client, 2021)
    assert (now["consumption.electricity"]["value"], now["ghg.scope2"]["value"]) == (Decimal("4.1"), Decimal("4.1"))
    then = figures(client, 2021, as_of=signed)
    assert then["consumption.electricity"]["value"] == 1
    assert then["consumption.electricity"]["coverage"] == 1
    assert then["ghg.scope2"]["value"] == Decimal("0.5835")
    assert then["ghg.scope2"]["comparatives"][0]["value"] == Decimal("0.30505")
    assert figures(client, 2021, as_of=before)["consumption.electricity"]["value"] is None

    whole = get(client, f"{DISCLOSURE}/2021", as_of=signed)
    assert whole["as_of"] == signed
    told = [check["code"] for check in whole["checks"] if check["code"] != "kpi_missing"]
    assert told == ["as_of", "factor_family_changed", "factor_family_changed"]
    lineage = get(client, f"{DISCLOSURE}/2021/figures/ghg.scope2/lineage", as_of=signed)
    assert (lineage["value"], lineage["terms"][0]["quantity"]) == (Decimal("0.5835"), 1000)
    monthly = get(client, f"{DISCLOSURE}/2021/figures/ghg.scope2/lineage", as_of=signed, by="month")
    assert (len(monthly["terms"]), monthly["value"]) == (12, Decimal("0.5835"))


@pytest.mark.usefixtures("powered")
def test_as_of_now_is_what_is_stored_now(client: httpx.Client, database: Database) -> None:
    send(client, database, "grid,2021-01-01T00:00:00+08:00,1000\ncoal,2021-01-01T00:00:00+08:00,3.3\n")
    then = figures(client, 2021, as_of=_now())
    assert then == figures(client, 2021)


@pytest.mark.usefixtures("powered")
def test_an_instant_without_an_offset_is_refused(client: httpx.Client) -> None:
    answer(client, "GET", f"{DISCLOSURE}/2021", 422, params={"as_of": "2021-01-01T00:00:00"})
