"""Numbers of any exponent in other bodies than readings: a zero is 0, the rest is a problem, none is written out."""

from typing import Any

import httpx
import pytest

from tests.conftest import Make

ACME = "/v1/organizations/acme"
JSON = {"Content-Type": "application/json"}
ZEROS = ("0e-999999999", "-0e999999999", "0.0e-999999999999999")
FAR = ("1e999999999", "1e-999999999", "-1e999999999999999999", "1e18446744073709551616")
PLANT = '{"code": "other", "name": "Other", "country": "CN", "equity_share": NUMBER}'
FACTOR = (
    '{"code": "own", "resource": "electricity.grid", "region": "CN", "method": "location", "per": "kWh",'
    ' "kg_co2": NUMBER, "other_gases": {"SF6": NUMBER}, "valid_from": "2020-01-01", "source": "a letter",'
    ' "edition": "2020"}'
)
METER = (
    '{"code": "other", "plant": "main", "name": "M", "resource": "electricity.grid", "kind": "register", "unit": "kWh",'
    ' "attributes": {"renewable_share": NUMBER}, "dip_tolerance": NUMBER}'
)
CONNECTOR = (
    '{"code": "other", "url": "https://historian.example/", "schedule": "0 0 1 1 *", "mapping": {"format": "csv",'
    ' "meter": {"constant": "grid"}, "timestamp": {"field": "at"}, "value": {"field": "v", "factor": NUMBER}}}'
)


@pytest.fixture(autouse=True)
def acme(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    make_organization()
    make_plant()
    make_meter()


def post(client: httpx.Client, path: str, body: str, number: str) -> httpx.Response:
    return client.post(f"{ACME}/{path}", content=body.replace("NUMBER", number).encode(), headers=JSON)


@pytest.mark.parametrize("number", FAR)
@pytest.mark.parametrize(
    ("path", "body"),
    [("plants", PLANT), ("factors", FACTOR), ("meters", METER), ("connectors", CONNECTOR)],
    ids=["plant", "factor", "meter", "connector"],
)
def test_a_number_far_out_of_range_is_refused(client: httpx.Client, path: str, body: str, number: str) -> None:
    answer = post(client, path, body, number)
    assert answer.status_code == (400 if number == FAR[-1] else 422), answer.text
    assert len(answer.content) < 10_000


@pytest.mark.parametrize("number", ZEROS)
def test_a_zero_of_any_exponent_is_0(client: httpx.Client, number: str) -> None:
    plant = post(client, "plants", PLANT, number)
    factor = post(client, "factors", FACTOR, number)
    kept: list[Any] = [plant.json()["equity_share"], factor.json()["kg_co2"], factor.json()["other_gases"]["SF6"]]
    assert (plant.status_code, factor.status_code) == (201, 201), factor.text
    assert kept == [0, 0, 0]
    assert post(client, "connectors", CONNECTOR, number).status_code == 422
    assert post(client, "meters", METER, number).status_code in (201, 422)
