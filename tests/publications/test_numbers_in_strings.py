"""Decimal numbers go in as strings and come out as strings on request, digit for digit what they are as numbers."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.desk import Desk
from tests.support.works import DISCLOSURE, ORGANIZATION, YEARLY, answer

HARD = (
    *("16777217", "0.1", "4294967295.999999", "123456789.123456", "-0.000001", "0.30000000000000004", "1E+2"),
    *("2147483647.000001", "99999999.9999995"),
)
"""Numbers that a float, a double or a careless text of one would change."""
KEPT = (
    *("16777217", "0.1", "4294967295.999999", "123456789.123456", "-0.000001", "0.3", "100"),
    *("2147483647.000001", "100000000"),
)
"""The same, as readings keep them: six decimals, half to even."""
STRINGS = {"Accept": "application/json; numbers=string"}
COUNTED = {
    "count",
    "covered_seconds",
    "decimals",
    "expected_seconds",
    "fiscal_year_start_month",
    "format",
    "from_year",
    "meters",
    "number",
    "readings",
    "replaces",
    "revision",
    "year",
}
"""What is a number of things, and stays one."""
PATHS = (
    f"{ORGANIZATION}/meters",
    f"{ORGANIZATION}/plants",
    f"{ORGANIZATION}/readings",
    f"{ORGANIZATION}/rollups?grain=year",
    f"{ORGANIZATION}/metrics/energy?year=2021",
    f"{ORGANIZATION}/metrics/emissions?year=2021",
    f"{ORGANIZATION}/metrics/completeness?year=2021",
    f"{DISCLOSURE}/2021",
    f"{DISCLOSURE}/2021/figures/ghg.scope2/lineage",
    f"{DISCLOSURE}/2021/publications/1",
)


def _pairs(number: Any, string: Any, name: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield each member of two answers that are alike but for how numbers are written."""
    if isinstance(number, dict):
        assert list(number) == list(string)
        for member in number:
            yield from _pairs(number[member], string[member], member)
    elif isinstance(number, list):
        assert len(number) == len(string)
        for one, other in zip(number, string, strict=True):
            yield from _pairs(one, other, name)
    else:
        yield name, number, string


def _not_in_a_string(digits: str) -> Any:
    raise AssertionError(f"{digits} is no string")


@pytest.mark.parametrize("path", PATHS)
def test_every_decimal_of_an_answer_is_a_string_on_request(desk: Desk, client: httpx.Client, path: str) -> None:
    desk.prepare()
    number, string = client.get(path), client.get(path, headers=STRINGS)
    assert (number.status_code, string.status_code) == (200, 200), string.text
    assert number.headers["content-type"] == "application/json"
    assert string.headers["content-type"] == "application/json; numbers=string"
    assert number.headers["vary"] == string.headers["vary"] == "Accept, Accept-Encoding"
    told = json.loads(number.text, parse_float=Decimal)
    strings = 0
    for name, one, other in _pairs(told, json.loads(string.text, parse_float=_not_in_a_string)):
        if type(one) in (int, Decimal) and name not in COUNTED:
            assert isinstance(other, str), (name, one)
            assert Decimal(other) == one
            assert "E" not in other
            strings += 1
        else:
            assert other == one
    assert strings > 0


def test_hard_values_go_in_and_come_out_as_strings(
    make_organization: Make, make_plant: Make, make_meter: Make, client: httpx.Client, database: Database
) -> None:
    make_organization()
    make_plant(equity_share="0.12345678901234567890")
    make_meter(code="bill", kind="event", interval=None, multiplier="1.000000000000001")
    rows = [
        {"meter": "bill", "timestamp": f"2021-01-0{at + 1}T00:00:00Z", "value": each} for at, each in enumerate(HARD)
    ]
    assert answer(client, "POST", f"{ORGANIZATION}/readings", 200, json={"readings": rows})["inserted"] == 9
    lines = "\n".join(json.dumps({**row, "timestamp": row["timestamp"].replace("-01-", "-02-")}) for row in rows)
    as_lines = {"Content-Type": "application/x-ndjson"}
    assert answer(client, "POST", f"{ORGANIZATION}/readings", 200, content=lines, headers=as_lines)["inserted"] == 9
    roll_pending(database)
    page = answer(client, "GET", f"{ORGANIZATION}/readings", 200, headers=STRINGS)
    assert [each["value"] for each in page["items"]] == [*KEPT, *KEPT]
    stream = client.get(f"{ORGANIZATION}/readings", headers={"Accept": "application/x-ndjson;numbers=string"})
    assert stream.headers["content-type"] == "application/x-ndjson; numbers=string"
    assert [json.loads(line)["value"] for line in stream.text.splitlines()] == [*KEPT, *KEPT]
    plain = client.get(f"{ORGANIZATION}/readings", headers={"Accept": "application/x-ndjson"})
    assert [json.loads(line, parse_float=str, parse_int=str)["value"] for line in plain.text.splitlines()] == [
        *KEPT,
        *KEPT,
    ]
    as_file = client.get(
        f"{ORGANIZATION}/readings/latest?format=ndjson", headers={"Accept": stream.headers["content-type"]}
    )
    assert json.loads(as_file.text)["value"] == KEPT[-1]
    meter = answer(client, "GET", f"{ORGANIZATION}/meters/bill", 200, headers=STRINGS)
    assert meter["multiplier"] == "1.000000000000001"
    plant = answer(client, "GET", f"{ORGANIZATION}/plants/main", 200, headers=STRINGS)
    assert plant["equity_share"] == "0.1234567890123456789"


def test_factors_are_stated_in_strings(works: None, client: httpx.Client) -> None:
    factor = {
        "code": "own",
        "resource": "electricity.grid",
        "region": "CN",
        "method": "location",
        "per": "kWh",
        "kg_co2": "0.581012345678901234",
        "other_gases": {"SF6": "1e-12"},
        "valid_from": "2020-01-01",
        "source": "a letter",
        "edition": "2020",
    }
    made = answer(client, "POST", f"{ORGANIZATION}/factors", 201, json=factor, headers=STRINGS)
    assert made["kg_co2"] == "0.581012345678901234"
    assert made["other_gases"] == {"SF6": "0.000000000001"}
    many = answer(
        client, "POST", f"{ORGANIZATION}/factors", 200, json={"items": [{**factor, "code": "own-2", "region": "CN-JX"}]}
    )
    assert many["added"] == ["own-2"]


@pytest.mark.parametrize("text", ["", " 1", "1 ", "+1", ".5", "5.", "007", "1,5", "1_0", "NaN", "Infinity", "٣", "0x1"])
def test_a_string_that_holds_no_plain_number_is_refused(works: None, client: httpx.Client, text: str) -> None:
    body = {"code": "other", "name": "Other", "country": "CN", "equity_share": text}
    refused = answer(client, "POST", f"{ORGANIZATION}/plants", 422, json=body)
    assert [(each["field"], each["code"]) for each in refused["errors"]] == [("equity_share", "number_type")]


@pytest.mark.parametrize(
    ("accept", "strings"),
    [
        ("application/json;numbers=string", True),
        ('APPLICATION/JSON; Numbers="String"; q=0.9', True),
        ("application/json, application/json; numbers=string", True),
        ("text/html, application/json; numbers=string; q=0.2", True),
        ("application/json, application/json; numbers=string; q=0.5", False),
        ("application/json, application/json; numbers=string; q=0", False),
        ("application/json; numbers=number", False),
        ("*/*", False),
    ],
)
def test_the_accept_header_decides(works: None, client: httpx.Client, accept: str, strings: bool) -> None:
    plant = answer(client, "GET", f"{ORGANIZATION}/plants/main", 200, headers={"Accept": accept})
    assert plant["equity_share"] == ("1" if strings else 1)


def test_one_answer_in_strings_leaves_the_next_as_it_is(works: None, client: httpx.Client) -> None:
    make = {**YEARLY, "code": "other", "plant": "main", "name": "M", "resource": "electricity.grid", "unit": "kWh"}
    made = answer(client, "POST", f"{ORGANIZATION}/meters", 201, json={**make, "kind": "interval"}, headers=STRINGS)
    assert made["multiplier"] == "1"
    assert answer(client, "GET", f"{ORGANIZATION}/meters/other", 200)["multiplier"] == 1
