"""Stating datapoints over HTTP: units, revisions, what stood at an instant, pages, withdrawals, figures."""

import time
from typing import Any

import httpx
import pytest

from app.jobs.figures import tell_figures
from app.store.engine.database import Database
from tests.support.stating import POINTS, STAFF, state
from tests.support.works import ORGANIZATION, answer, figures, get, problems


@pytest.mark.usefixtures("acme")
def test_a_statement_is_answered_with_the_thing_and_its_place(client: httpx.Client) -> None:
    response = client.post(POINTS, json={**STAFF, "dimensions": {"gender": "male"}, "evidence": "Payroll of December"})

    stated = response.json()
    assert response.status_code == 201
    assert response.headers["Location"] == f"{POINTS}/{stated['id']}"
    del stated["id"], stated["stored_at"]
    assert stated == {
        "revision": 1,
        "value": 3529,
        "text": None,
        "unit": "person",
        "stated": {"value": 3529, "unit": "person"},
        "evidence": "Payroll of December",
        "key": "environment",
        "withdrawn": False,
        "indicator": "workforce.total",
        "title": "Employees at the year's end",
        "period": 2021,
        "transition": False,
        "plant": None,
        "dimensions": {"gender": "male"},
    }


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("indicator", "value", "unit", "kept", "in_unit"),
    [
        ("safety.investment", "718.64", "RMB 10,000", "7186400", "CNY"),
        ("research.expenditure", "160.16", "CNY million", "160160000", "CNY"),
        ("efficiency.energy_saved", "118", "MWh", "118000", "kWh"),
        ("ghg.avoided", "34.44", "MtCO2e", "34440000", "tCO2e"),
        ("climate.internal_carbon_price", "0.05", "CNY 1,000/tCO2e", "50", "CNY/tCO2e"),
        ("environment.plantable_area", "0.829239", "ha", "8292.39", "m2"),
        ("training.rate", "0.9981", "fraction", "99.81", "%"),
        ("injuries.fatalities", "0", "case", "0", "number"),
        ("workforce.hours_worked", "30", "min", "0.5", "h"),
    ],
)
def test_a_unit_is_converted_to_the_indicators_own_exactly(
    client: httpx.Client, indicator: str, value: str, unit: str, kept: str, in_unit: str
) -> None:
    body = f'{{"indicator": "{indicator}", "period": 2021, "value": {value}, "unit": "{unit}"}}'

    answered = client.post(POINTS, content=body, headers={"Content-Type": "application/json"})

    assert answered.status_code == 201, answered.text
    assert f'"value":{kept},' in answered.text
    assert answered.json()["unit"] == in_unit
    assert answered.json()["stated"]["unit"] == unit


@pytest.mark.usefixtures("acme")
def test_the_same_again_is_the_stored_one_and_another_value_a_new_revision(client: httpx.Client) -> None:
    first = state(client, **STAFF, evidence="Payroll")
    again = state(client, 200, **{**STAFF, "value": 3529.0}, evidence="Payroll")
    other = state(client, **{**STAFF, "value": 3530}, evidence="Payroll, one more found")
    back = state(client, **STAFF, evidence="Payroll")

    history = get(client, f"{POINTS}/{first['id']}")
    assert again == first
    assert (other["id"], other["revision"], back["revision"]) == (first["id"], 2, 3)
    assert (history["value"], history["revision"]) == (3529, 3)
    assert [(each["revision"], each["value"], each["evidence"]) for each in history["revisions"]] == [
        (3, 3529, "Payroll"),
        (2, 3530, "Payroll, one more found"),
        (1, 3529, "Payroll"),
    ]


@pytest.mark.usefixtures("acme")
def test_an_equal_amount_in_another_unit_is_the_same_and_other_evidence_is_not(client: httpx.Client) -> None:
    donated: dict[str, Any] = {"indicator": "community.donations", "period": 2021}
    state(client, **donated, value=2140, unit="CNY 1,000", evidence="Receipts")

    state(client, 200, **donated, value=2.14, unit="RMB million", evidence="Receipts")
    assert state(client, **donated, value=2.14, unit="RMB million", evidence="Audit")["revision"] == 2


@pytest.mark.usefixtures("acme")
def test_what_stood_at_an_instant_is_shown_by_lists_and_disclosures(client: httpx.Client) -> None:
    before = state(client, **STAFF)["stored_at"]
    time.sleep(0.01)
    state(client, **{**STAFF, "value": 3600})

    assert [each["value"] for each in get(client, POINTS, as_of=before)["items"]] == [3529]
    assert [each["value"] for each in get(client, POINTS)["items"]] == [3600]
    assert figures(client, 2021, as_of=before)["workforce.total"]["display"] == "3529"
    assert figures(client, 2021)["workforce.total"]["display"] == "3600"
    assert get(client, POINTS, as_of="2021-01-01T00:00:00Z")["items"] == []


@pytest.mark.usefixtures("acme")
def test_a_figure_that_is_stated_or_moves_is_told(client: httpx.Client, database: Database) -> None:
    tell_figures(database)
    state(client, **STAFF)
    assert tell_figures(database) == 1
    state(client, 200, **STAFF)
    assert tell_figures(database) == 0
    state(client, **{**STAFF, "value": 3600})
    state(client, indicator="labour.prevention", period=2021, text="Papers are checked")
    assert tell_figures(database) == 1


@pytest.mark.usefixtures("acme")
def test_pages_follow_each_other_by_indicator_and_year(client: httpx.Client) -> None:
    for year in (2021, 2019, 2020):
        state(client, **{**STAFF, "period": year})
        state(client, indicator="patents.pending", period=year, value=35, unit="item")
    state(client, **STAFF, plant="main")

    found: list[dict[str, Any]] = []
    page = get(client, POINTS, limit=3)
    while True:
        found += page["items"]
        if page["next"] is None:
            break
        page = get(client, POINTS, limit=3, cursor=page["next"])

    assert [(each["indicator"], each["period"]) for each in found] == [
        ("patents.pending", 2019),
        ("patents.pending", 2020),
        ("patents.pending", 2021),
        ("workforce.total", 2019),
        ("workforce.total", 2020),
        ("workforce.total", 2021),
        ("workforce.total", 2021),
    ]
    assert len(get(client, POINTS, indicator="workforce.total", year=2021)["items"]) == 2
    assert [each["plant"] for each in get(client, POINTS, plant="main")["items"]] == ["main"]


@pytest.mark.usefixtures("acme")
def test_a_plants_datapoint_is_shown_for_the_plant_alone(client: httpx.Client) -> None:
    state(client, indicator="environment.plantable_area", period=2021, plant="main", value=8292.39, unit="m2")

    assert figures(client, 2021, plant="main")["environment.plantable_area"]["display"] == "8292.39"
    assert figures(client, 2021)["environment.plantable_area"]["display"] is None


@pytest.mark.usefixtures("acme")
def test_a_text_is_shown_as_text_with_its_evidence(client: httpx.Client) -> None:
    words = "Identity papers are checked before anybody is hired.\nNobody under 18 works here."
    state(client, indicator="labour.prevention", period=2021, text=words, evidence="Handbook, page 12")

    figure = figures(client, 2021)["labour.prevention"]
    assert (figure["text"], figure["value"], figure["display"], figure["unit"]) == (words, None, None, "")
    assert (figure["coverage"], figure["checks"]) == (None, [])
    assert figure["flags"][0].endswith(": Handbook, page 12")
    later = figures(client, 2022)["labour.prevention"]
    assert (later["text"], later["coverage"], later["comparatives"][0]["text"]) == (None, 0, words)
    assert [check["code"] for check in later["checks"]] == ["not_stated"]


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("kpi", ["A1.1", "29(a)(i)(1)", "E1-6.AR43c"])
def test_why_a_kpi_has_no_figure_is_stated_by_the_code_its_framework_gives_it(client: httpx.Client, kpi: str) -> None:
    stated = state(client, indicator="explanation", period=2021, dimensions={"kpi": kpi}, text="Nothing is emitted")

    assert stated["dimensions"] == {"kpi": kpi}


@pytest.mark.usefixtures("acme")
def test_the_lineage_of_a_stated_figure_names_who_stated_it_and_on_what(client: httpx.Client) -> None:
    stated = state(
        client,
        indicator="safety.investment",
        period=2021,
        value=718.64,
        unit="RMB 10,000",
        evidence="Ledger 6602",
    )

    path = f"{ORGANIZATION}/disclosures/hkex-2020/2021/figures"
    lineage = get(client, f"{path}/safety.investment/lineage")
    assert (str(lineage["value"]), lineage["unit"], lineage["formula"], lineage["terms"]) == (
        "718.64",
        "CNY 10,000",
        "stated",
        [],
    )
    found = lineage["stated"]
    assert (found["datapoint"], found["revision"], found["key"]) == (stated["id"], 1, "environment")
    assert (str(found["value"]), found["unit"], found["evidence"]) == ("718.64", "RMB 10,000", "Ledger 6602")
    assert found["at"] == stated["stored_at"]
    assert get(client, f"{path}/workforce.total/lineage")["stated"] is None
    answer(client, "GET", f"{path}/workforce.total/lineage", 404, params={"dimension": "drill:fire"})


@pytest.mark.usefixtures("acme")
def test_a_crossing_of_two_dimensions_is_a_figure_with_a_lineage(client: httpx.Client) -> None:
    crossing = {"gender": "female", "region": "baotou"}
    state(client, **{**STAFF, "value": 120}, dimensions=crossing)

    disclosure = get(client, f"{ORGANIZATION}/disclosures/hkex-2020/2021")
    shown = [each for each in disclosure["figures"] if each["dimensions"] == crossing]
    assert [(each["key"], each["display"]) for each in shown] == [("workforce.total", "120")]
    path = f"{ORGANIZATION}/disclosures/hkex-2020/2021/figures/workforce.total/lineage"
    asked = [("dimension", "region:baotou"), ("dimension", "gender:female")]
    assert answer(client, "GET", path, 200, params=asked)["value"] == 120


@pytest.mark.usefixtures("acme")
def test_a_withdrawn_datapoint_is_shown_nowhere_and_keeps_its_history(client: httpx.Client) -> None:
    stated = state(client, **STAFF)
    place = f"{POINTS}/{stated['id']}"

    answer(client, "DELETE", place, 422)
    assert client.delete(place, params={"reason": "Stated for the wrong year"}).status_code == 204
    answer(client, "DELETE", place, 404, params={"reason": "Twice"})

    history = get(client, place)
    assert get(client, POINTS)["items"] == []
    assert figures(client, 2021)["workforce.total"]["display"] is None
    assert [(each["value"], each["evidence"], each["withdrawn"]) for each in history["revisions"]] == [
        (None, "Stated for the wrong year", True),
        (3529, None, False),
    ]
    assert state(client, **STAFF)["revision"] == 3


def test_the_catalogue_says_what_can_be_stated(client: httpx.Client) -> None:
    found = {each["code"]: each for each in get(client, "/v1/indicators")["items"]}

    average = found["training.hours_average"]
    assert (average["kind"], average["unit"], average["ratio"]) == (
        "number",
        "h",
        {"of": "training.hours", "per": "workforce.total", "times": 1},
    )
    assert average["dimensions"][0] == {"name": "gender", "values": ["male", "female", "other", "not_disclosed"]}
    assert found["ghg.scope3"]["dimensions"][0]["values"] == [str(number) for number in range(1, 16)]
    assert found["suppliers.total"]["dimensions"] == [{"name": "region", "values": None}]


@pytest.mark.usefixtures("acme")
def test_a_stated_figure_is_printed_as_the_organization_likes(client: httpx.Client) -> None:
    state(client, indicator="community.donations", period=2021, value=2.147, unit="CNY million")
    setting = {"framework": "hkex-2020", "key": "community.donations", "unit": "currency 1,000", "decimals": 0}

    answer(client, "PUT", f"{ORGANIZATION}/figure-settings", 200, json={"items": [setting]})

    figure = figures(client, 2021)["community.donations"]
    assert (figure["display"], figure["unit"]) == ("2147", "CNY 1,000")
    refused = problems(client, "PUT", "figure-settings", {"items": [{**setting, "unit": "kg"}]})
    assert refused == [(0, "unit", "unit_mismatch")]
