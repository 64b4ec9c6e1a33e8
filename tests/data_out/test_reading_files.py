"""Readings leave as CSV, NDJSON, Arrow and Parquet: the same rows, typed, with units and zones beside them."""

import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pyarrow
import pyarrow.parquet
import pytest

from tests.conftest import Make

READINGS = "/v1/organizations/acme/readings"
ROWS = """meter,timestamp,value,quality,start
grid,2021-03-01T00:15:00+08:00,-0.000001,measured,
grid,2021-03-01T00:30:00+08:00,4294967296,estimated,2021-03-01T00:20:00+08:00
gas,2021-03-01T01:00:00+08:00,16777217.000001,manual,
"""


@pytest.fixture(autouse=True)
def acme(client: httpx.Client, make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    """A plant with a meter of power in kWh and one of gas in m3, which have said three values in all."""
    make_organization()
    make_plant()
    make_meter(timestamp_edge="interval_end")
    make_meter(code="gas", resource="fuel.natural_gas", kind="event", unit="m3", interval=None, multiplier=10)
    sent = client.post(READINGS, content=ROWS, headers={"Content-Type": "text/csv"})
    assert sent.json()["inserted"] == 3, sent.text


def _table(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    if answer.headers["Content-Type"] == "application/vnd.apache.arrow.stream":
        return pyarrow.ipc.open_stream(answer.content).read_all()
    assert answer.headers["Content-Type"] == "application/vnd.apache.parquet"
    return pyarrow.parquet.read_table(io.BytesIO(answer.content))


@pytest.mark.parametrize("wanted", ["arrow", "parquet"])
def test_columns_are_typed_and_hold_what_was_sent(client: httpx.Client, wanted: str) -> None:
    table = _table(client.get(READINGS, params={"format": wanted}))
    assert str(table.schema.field("timestamp").type) == "timestamp[ms, tz=UTC]"
    assert str(table.schema.field("value").type) == "decimal128(18, 6)"
    found = table.select(["meter", "timestamp", "value", "unit", "quality", "start", "revision", "reference"])
    assert [tuple(row.values()) for row in found.to_pylist()] == [
        (
            *("grid", datetime(2021, 2, 28, 16, 15, tzinfo=UTC), Decimal("-0.000001"), "kWh", "measured"),
            *(None, 1, None),
        ),
        (
            *("grid", datetime(2021, 2, 28, 16, 30, tzinfo=UTC), Decimal("4294967296.000000"), "kWh", "estimated"),
            *(datetime(2021, 2, 28, 16, 20, tzinfo=UTC), 1, None),
        ),
        ("gas", datetime(2021, 2, 28, 17, tzinfo=UTC), Decimal("16777217.000001"), "m3", "manual", None, 1, None),
    ]


@pytest.mark.parametrize("wanted", ["arrow", "parquet"])
def test_units_and_time_zones_are_beside_the_columns(client: httpx.Client, wanted: str) -> None:
    schema = _table(client.get(READINGS, params={"format": wanted})).schema
    assert json.loads(schema.metadata[b"esg-metrics"]) == {
        "format": 1,
        "content": "readings",
        "organization": "acme",
        "meters": {
            "grid": {
                "plant": "main",
                "resource": "electricity.grid",
                "unit": "kWh",
                "multiplier": "1",
                "time_zone": "Asia/Shanghai",
            },
            "gas": {
                "plant": "main",
                "resource": "fuel.natural_gas",
                "unit": "m3",
                "multiplier": "10",
                "time_zone": "Asia/Shanghai",
            },
        },
    }
    assert schema.field("value").metadata[b"unit_column"] == b"unit"
    assert schema.field("timestamp").metadata[b"time_zone"] == b"UTC"
    of_gas = _table(client.get(READINGS, params={"format": wanted, "meter": "gas"})).schema
    assert of_gas.field("value").metadata[b"unit"] == b"m3"


def test_every_format_has_the_same_batches_and_instants_of_storing(client: httpx.Client) -> None:
    told = [(each["batch"], each["stored_at"]) for each in client.get(READINGS).json()["items"]]
    lines = client.get(READINGS, params={"format": "ndjson"}).text.splitlines()
    assert [(row["batch"], row["stored_at"]) for row in map(json.loads, lines)] == told
    for wanted in ("arrow", "parquet"):
        rows = _table(client.get(READINGS, params={"format": wanted})).select(["batch", "stored_at"]).to_pylist()
        written = [(each["batch"], each["stored_at"].isoformat(timespec="milliseconds")) for each in rows]
        exact = [(batch, datetime.fromisoformat(at).isoformat(timespec="milliseconds")) for batch, at in told]
        assert written == exact


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.stream"),
        ("text/csv;q=0.5, application/x-ndjson;q=0.9", "application/x-ndjson"),
        ("application/json, text/csv", "application/json"),
        ("image/png, */*", "application/json"),
        ("text/csv;q=0, */*;q=0.1", "application/json"),
    ],
)
def test_the_accept_header_chooses_the_format(client: httpx.Client, accept: str, media: str) -> None:
    assert client.get(READINGS, headers={"Accept": accept}).headers["Content-Type"] == media


def test_a_stated_format_counts_before_the_accept_header(client: httpx.Client) -> None:
    answer = client.get(READINGS, params={"format": "csv"}, headers={"Accept": "application/json"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="acme_readings.csv"'
    assert answer.text.splitlines()[3].startswith("gas,2021-02-28T17:00:00Z,16777217.000001,manual,,")


def test_a_format_that_there_is_not_is_a_problem_that_lists_those_there_are(client: httpx.Client) -> None:
    answer = client.get(READINGS, params={"format": "xlsx"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["errors"][0]["field"] == "format"
    assert "'json', 'csv', 'ndjson', 'arrow' or 'parquet'" in answer.json()["detail"]


@pytest.mark.parametrize("wanted", ["csv", "ndjson", "arrow", "parquet"])
def test_no_reading_at_all_is_a_file_without_rows(client: httpx.Client, wanted: str) -> None:
    answer = client.get(READINGS, params={"format": wanted, "start": "2022-01-01T00:00:00Z"})
    if wanted in ("arrow", "parquet"):
        table = _table(answer)
        assert (table.num_rows, table.schema.names[:3]) == (0, ["meter", "timestamp", "value"])
    else:
        assert len(answer.text.splitlines()) == (1 if wanted == "csv" else 0)
