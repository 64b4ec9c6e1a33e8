"""What cannot be stated, who may not state it, and what datapoints keep in place."""

from typing import Any

import httpx
import pytest

from tests.support.stating import POINTS, STAFF, state
from tests.support.works import ORGANIZATION, answer, get, problems


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"indicator": "workforce.moonlighters"}, "indicator", "unknown_indicator"),
        ({"dimensions": {"shoe_size": "43"}}, "dimensions", "unknown_dimension"),
        ({"dimensions": {"gender": "m"}}, "dimensions", "unknown_dimension_value"),
        ({"dimensions": {"region": "two words"}}, "dimensions", "unknown_dimension_value"),
        ({"unit": "kg"}, "unit", "unit_mismatch"),
        ({"unit": "heads"}, "unit", "unknown_unit"),
        ({"unit": None}, "unit", "missing"),
        ({"value": None}, "value", "number_expected"),
        ({"value": 10**18 + 1}, "value", "out_of_range"),
        ({"text": "many"}, "text", "number_expected"),
        ({"plant": "moon"}, "plant", "unknown_plant"),
        ({"indicator": "labour.prevention"}, "value", "text_expected"),
        ({"indicator": "community.donations", "unit": "USD million"}, "unit", "unit_mismatch"),
        ({"indicator": "community.donations", "unit": "CNY gazillion"}, "unit", "unknown_unit"),
        ({"indicator": "ghg.scope3", "unit": "t"}, "unit", "unit_mismatch"),
        (
            {"indicator": "ghg.scope3", "unit": "tCO2e", "dimensions": {"category": "16"}},
            "dimensions",
            "unknown_dimension_value",
        ),
    ],
)
def test_what_cannot_be_stated_is_refused_with_field_and_code(
    client: httpx.Client, change: dict[str, Any], field: str, code: str
) -> None:
    found = problems(client, "POST", "datapoints", {**STAFF, **change})

    assert (None, field, code) in found
    assert get(client, POINTS)["items"] == []


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(("text", "status"), [("yes", 201), ("no", 201), ("perhaps", 422)])
def test_a_question_is_answered_by_yes_or_no(client: httpx.Client, text: str, status: int) -> None:
    answered = state(client, status, indicator="assertion.intensities_decreased", period=2021, text=text)

    if status == 422:
        assert [each["code"] for each in answered["errors"]] == ["flag_expected"]


@pytest.mark.usefixtures("acme")
def test_a_reader_may_not_state_and_nobody_reads_what_is_not_there(client: httpx.Client) -> None:
    key = answer(client, "POST", "/v1/keys", 201, json={"name": "reader", "scopes": ["read"]})["key"]

    refused = answer(client, "POST", POINTS, 403, json=STAFF, headers={"X-API-Key": key})
    assert refused["code"] == "forbidden"
    assert answer(client, "GET", f"{POINTS}/{'0' * 20}", 404)["code"] == "not_found"


@pytest.mark.usefixtures("acme")
def test_an_organization_with_datapoints_keeps_itself_its_plant_and_its_currency(client: httpx.Client) -> None:
    state(client, indicator="community.donations", period=2021, plant="main", value=2, unit="CNY million")

    answer(client, "PATCH", ORGANIZATION, 409, json={"currency": "HKD"})
    answer(client, "DELETE", f"{ORGANIZATION}/plants/main", 409)
    answer(client, "DELETE", ORGANIZATION, 409)
