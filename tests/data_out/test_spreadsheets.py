"""The guide to spreadsheets holds: what its query asks for is answered, and has the columns that it types."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.conftest import Make

ORGANIZATION = "/v1/organizations/acme"


@pytest.fixture(autouse=True)
def acme(client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    """A plant that has used 12.5 kWh on 2 March 2025."""
    make_organization()
    make_plant()
    make_meter(interval="P1D", timestamp_edge="interval_start")
    row = {"meter": "grid", "timestamp": "2025-03-02T00:00:00+08:00", "value": 12.5}
    assert client.post(f"{ORGANIZATION}/readings", json={"readings": [row]}).json()["inserted"] == 1
    roll_pending(database)


@pytest.fixture(scope="module")
def query(pytestconfig: pytest.Config) -> str:
    """The query of the guide."""
    guide = (pytestconfig.rootpath / "docs" / "spreadsheets.md").read_text()
    (found,) = re.findall(r"```powerquery\n(.*?)```", guide, re.DOTALL)
    return str(found)


def _requested(query: str, year: str) -> tuple[str, dict[str, str], str]:
    """Return the path, the parameters and the name of the header that the query asks with for a year."""
    (organization,) = re.findall(r'Organization = "(\w+)"', query)
    (path,) = re.findall(r"RelativePath = (.*),\n", query)
    (parameters,) = re.findall(r"Query = \[(.*?)\]", query)
    (header,) = re.findall(r'Headers = \[#"([\w-]+)" = Key\]', query)
    pairs = dict(each.strip().split(" = ") for each in parameters.split(","))
    assert pairs.pop("year") == "Year"
    written = {name: value.strip('"') for name, value in pairs.items()}
    joined = "".join(re.findall(r'"([^"]*)"', path.replace("Organization", f'"{organization}"')))
    return f"/{joined}", {"year": year, **written}, header


def test_what_the_query_asks_for_is_answered_with_a_key_that_may_only_read(client: httpx.Client, query: str) -> None:
    asked = {"name": "workbook", "scopes": ["read"], "organizations": ["acme"], "expires_at": "2099-12-31T00:00:00Z"}
    made = client.post("/v1/keys", json=asked)
    assert made.status_code == 201, made.text
    years = re.findall(r"\"(\d{4})\"", re.findall(r"Years = \{(.*)\}", query)[0])
    assert years == ["2024", "2025"]
    rows: list[dict[str, str]] = []
    for year in years:
        path, parameters, header = _requested(query, year)
        answer = client.get(path, params=parameters, headers={header: made.json()["key"]})
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
        assert "key" not in str(answer.request.url).lower()
        rows += csv.DictReader(io.StringIO(answer.text))
    asked_for = ("energy.total", "", "2025-03")
    (found,) = (row for row in rows if (row["metric"], row["plant"], row["period"]) == asked_for)
    assert (found["value"], found["unit"], found["standing"]) == ("12.5", "kWh", "live")
    assert {row["value"] for row in rows if row["year"] == "2024"} == {""}


def test_the_columns_that_the_query_types_hold_such_values(client: httpx.Client, query: str) -> None:
    typed = dict(re.findall(r'\{"(\w+)", type (\w+)\}', query))
    assert set(typed.values()) == {"date", "number", "logical"}
    path, parameters, _ = _requested(query, "2025")
    rows = list(csv.DictReader(io.StringIO(client.get(path, params=parameters).text)))
    read: dict[str, Callable[[str], Any]] = {
        "date": date.fromisoformat,
        "number": Decimal,
        "logical": ["true", "false"].index,
    }
    for name, kind in typed.items():
        assert [read[kind](row[name]) for row in rows if row[name]] != []


def test_a_key_in_the_address_is_refused(client: httpx.Client, query: str) -> None:
    path, parameters, _ = _requested(query, "2025")
    answer = client.get(path, params={**parameters, "key": "test-administrator"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_parameter")
