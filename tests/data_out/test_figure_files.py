"""Rollups, metrics, disclosures and monthly figures leave as rows: the JSON's numbers, in every format."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pyarrow
import pyarrow.parquet
import pytest

from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.conftest import Make

ORGANIZATION = "/v1/organizations/acme"
ROLLUPS, MONTHLY = f"{ORGANIZATION}/rollups", f"{ORGANIZATION}/metrics/monthly"


@pytest.fixture(autouse=True)
def acme(client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    """Two plants; of each a meter of bought power, 1 and 2 MWh on 2 March 2025, and at `main` one of water, 10 m3."""
    make_organization()
    rows = ["meter,timestamp,value"]
    for plant, power in (("main", 1000), ("north", 2000)):
        make_plant(code=plant, region="CN-JX")
        make_meter(code=f"{plant}-grid", plant=plant, interval="P1D", timestamp_edge="interval_start")
        rows.append(f"{plant}-grid,2025-03-02T00:00:00+08:00,{power}")
    make_meter(code="water", resource="water.withdrawal", unit="m3", interval="P1D", multiplier=2.5)
    rows.append("water,2025-03-02T00:00:00+08:00,4")
    sent = client.post(f"{ORGANIZATION}/readings", content="\n".join(rows), headers={"Content-Type": "text/csv"})
    assert sent.json()["inserted"] == 3, sent.text
    roll_pending(database)


def _get(client: httpx.Client, path: str, **query: Any) -> httpx.Response:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer


def _csv(client: httpx.Client, path: str, **query: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_get(client, path, format="csv", **query).text)))


def _table(client: httpx.Client, path: str, wanted: str, **query: Any) -> Any:
    content = _get(client, path, format=wanted, **query).content
    if wanted == "arrow":
        return pyarrow.ipc.open_stream(content).read_all()
    return pyarrow.parquet.read_table(io.BytesIO(content))


def test_rollups_have_the_same_rows_in_every_format(client: httpx.Client) -> None:
    query = {"grain": "month", "meter": "water"}
    items = _get(client, ROLLUPS, **query).json()["items"]
    assert [(each["quantity"], each["count"]) for each in items] == [(10, 1)]
    lines = _get(client, ROLLUPS, format="ndjson", **query).text.splitlines()
    assert [json.loads(line) for line in lines] == items
    (row,) = _csv(client, ROLLUPS, **query)
    assert (row["meter"], row["quantity"], row["unit"], row["minimum"], row["flags"]) == ("water", "10", "m3", "", "")
    assert (row["start"], row["end"]) == ("2025-02-28T16:00:00Z", "2025-03-31T16:00:00Z")
    for wanted in ("arrow", "parquet"):
        table = _table(client, ROLLUPS, wanted, **query)
        assert str(table.schema.field("quantity").type) == "decimal128(38, 14)"
        found = table.to_pylist()[0]
        assert (found["quantity"], found["unit"], found["count"]) == (Decimal(10), "m3", 1)
        assert (found["start"], found["minimum"]) == (datetime(2025, 2, 28, 16, tzinfo=UTC), None)
        facts = json.loads(table.schema.metadata[b"esg-metrics"])
        assert facts["meters"]["water"]["time_zone"] == "Asia/Shanghai"
        assert (facts["content"], facts["grain"], facts["meters"]["water"]["multiplier"]) == ("rollups", "month", "2.5")


def test_hours_of_many_meters_leave_whole_however_many_are_read_at_once(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.routers.readings.rollups._ROWS_AT_ONCE", 7)
    rows = _csv(client, ROLLUPS, grain="hour")
    assert len(rows) == 72
    assert sum(Decimal(row["quantity"]) for row in rows if row["unit"] == "kWh") == Decimal(3000)
    assert [row["meter"] for row in rows] == ["main-grid"] * 24 + ["north-grid"] * 24 + ["water"] * 24


def test_a_quantity_that_may_not_be_exact_is_refused_before_the_first_row(
    client: httpx.Client, make_meter: Make
) -> None:
    make_meter(code="odd", interval="P1D", multiplier=0.123456789)
    answer = client.get(ROLLUPS, params={"grain": "month", "format": "parquet"})
    assert answer.status_code == 422
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [("format", "too_many_digits")]
    assert "'odd', whose multiplier is 0.123456789" in answer.json()["detail"]
    assert len(_csv(client, ROLLUPS, grain="month")) == 3
    assert _table(client, ROLLUPS, "parquet", grain="month", meter=["water", "main-grid"]).num_rows == 2


def test_metrics_leave_as_a_row_for_each_line_and_period(client: httpx.Client) -> None:
    rows = _csv(client, f"{ORGANIZATION}/metrics/energy", year=2025)
    found = {(row["line"], row["dimensions"], row["plant"], row["period"], row["unit"]): row["value"] for row in rows}
    assert found["total", "", "", "2025", "MWh"] == "3"
    assert found["total", "", "", "2025-03", "kWh"] == "3000"
    assert found["total", "", "", "2025-04", "kWh"] == ""
    assert found["by_plant", "plant:north", "north", "2025-03", "tce"] == "0.2458"
    assert found["renewable_share", "", "", "2025", "1"] == ""
    assert {row["metric"] for row in rows} == {"energy"}


@pytest.mark.parametrize("metric", ["energy", "water", "waste", "emissions", "materials", "intensity"])
def test_every_metric_leaves_in_every_format(client: httpx.Client, metric: str) -> None:
    path = f"{ORGANIZATION}/metrics/{metric}"
    query = {"year": 2025} | ({"metric": "water.total", "denominator": "headcount"} if metric == "intensity" else {})
    told = [(row["line"], row["period"], row["value"]) for row in _csv(client, path, **query)]
    assert told
    for wanted in ("arrow", "parquet"):
        rows = _table(client, path, wanted, **query).to_pylist()
        assert [(row["line"], row["period"], row["value_exact"] or "") for row in rows] == told


def test_a_disclosure_leaves_with_its_comparatives(client: httpx.Client) -> None:
    path = f"{ORGANIZATION}/disclosures/hkex-2025/2025"
    figure = next(each for each in _get(client, path).json()["figures"] if each["key"] == "energy.total")
    rows = [row for row in _csv(client, path) if row["key"] == "energy.total" and not row["dimensions"]]
    assert [(row["period"], row["comparative"]) for row in rows] == [
        ("2025", "false"),
        ("2024", "true"),
        ("2023", "true"),
    ]
    assert [rows[0][name] for name in ("value", "display", "unit", "status")] == ["3", "3", figure["unit"], "live"]
    assert (rows[1]["value"], rows[1]["source"]) == ("", "live")
    table = _table(client, path, "parquet")
    assert json.loads(table.schema.metadata[b"esg-metrics"])["framework"] == "hkex-2025"
    assert str(table.schema.field("value").type) == "decimal128(38, 20)"
    exact = [row for row in table.to_pylist() if row["key"] == "energy.total" and not row["dimensions"]]
    assert [(row["value"], row["value_exact"]) for row in exact] == [(Decimal(3), "3"), (None, None), (None, None)]


def test_monthly_figures_are_flat_and_add_up(client: httpx.Client) -> None:
    rows = _csv(client, MONTHLY, year=2025, metric=["energy.total", "ghg.scope2", "water.total"])
    assert len(rows) == 3 * 12 + 2 * 12 + 2 * 12 + 12
    march = {(row["metric"], row["plant"]): (row["value"], row["unit"]) for row in rows if row["period"] == "2025-03"}
    assert march["energy.total", ""] == ("3000", "kWh")
    assert march["energy.total", "north"] == ("2000", "kWh")
    assert march["water.total", "main"] == ("10", "m3")
    assert Decimal(march["ghg.scope2", "main"][0]) * 3 == Decimal(march["ghg.scope2", ""][0])
    assert march["ghg.scope2", ""][1] == "tCO2e"
    assert {row["value"] for row in rows if row["period"] == "2025-04"} == {""}
    (line,) = (row for row in rows if (row["metric"], row["plant"], row["period"]) == ("water.total", "", "2025-03"))
    assert (line["organization"], line["year"], line["start"], line["end"]) == (
        "acme",
        "2025",
        "2025-03-01",
        "2025-04-01",
    )
    assert (line["standing"], line["interim"], line["measured_share"]) == ("live", "false", "1")


def test_monthly_figures_in_pages_are_those_of_the_file(client: httpx.Client) -> None:
    query: dict[str, Any] = {"year": [2025, 2024], "plant": ["main"], "metric": ["energy.total", "water.total"]}
    lines = _get(client, MONTHLY, format="ndjson", **query).text.splitlines()
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = _get(client, MONTHLY, limit=7, **query, **cursor).json()
        found += page["items"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == [json.loads(line) for line in lines]
    assert [each["year"] for each in found] == ["2024"] * 24 + ["2025"] * 24
    assert {each["plant"] for each in found} == {"main"}


def test_monthly_figures_of_the_whole_alone_or_of_plants_alone(client: httpx.Client) -> None:
    query = {"year": 2025, "metric": ["energy.total", "water.total"]}
    assert {row["plant"] for row in _csv(client, MONTHLY, by="organization", **query)} == {""}
    assert {row["plant"] for row in _csv(client, MONTHLY, by="plant", **query)} == {"main", "north"}
    assert len(_csv(client, MONTHLY, **query)) == 2 * 12 + 3 * 12


def test_a_difference_has_no_part_by_plant_and_is_null_where_a_side_is(client: httpx.Client) -> None:
    rows = _csv(client, MONTHLY, year=2025, metric="water.consumption")
    assert [(row["plant"], row["value"]) for row in rows] == [("", "")] * 12


def test_monthly_figures_as_parquet_have_days_and_exact_numbers(client: httpx.Client) -> None:
    table = _table(client, MONTHLY, "parquet", year=2025, metric="water.total", plant="main")
    found = table.slice(2, 1).to_pylist()[0]
    assert (found["start"], found["end"]) == (date(2025, 3, 1), date(2025, 4, 1))
    assert (found["value"], found["value_exact"]) == (Decimal(10), "10")
    assert json.loads(table.schema.metadata[b"esg-metrics"])["time_zone"] == "Asia/Shanghai"


@pytest.mark.parametrize(
    ("query", "status", "code", "field"),
    [
        ({}, 422, "invalid_request", "year"),
        ({"year": "20x5"}, 422, "invalid_request", "year"),
        ({"year": "2024T"}, 404, "unknown_period", None),
        ({"year": "2025", "plant": "nowhere"}, 404, "not_found", None),
        ({"year": "2025", "metric": "energy.totl"}, 422, "invalid_fields", "metric"),
        ({"year": "2025", "metric": "ghg.intensity.headcount"}, 422, "invalid_fields", "metric"),
    ],
)
@pytest.mark.parametrize("wanted", ["json", "csv", "parquet"])
def test_what_there_is_not_is_a_problem(
    client: httpx.Client, query: dict[str, str], status: int, code: str, field: str | None, wanted: str
) -> None:
    answer = client.get(MONTHLY, params={**query, "format": wanted})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert [each["field"] for each in answer.json()["errors"]] == ([] if field is None else [field])
