"""Keys that are bound to plants and meters post readings of these, by whatever way, and of no other."""

import json
from typing import Any

import httpx
import pytest

from tests.api.test_keys import with_key
from tests.conftest import Make

READINGS = "/v1/organizations/acme/readings"


@pytest.fixture(autouse=True)
def works(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    """Two plants, `north` with the meters n1 and n2, `south` with s1 and s2."""
    make_organization()
    for plant in ("north", "south"):
        make_plant(code=plant)
        for number in (1, 2):
            make_meter(code=f"{plant[0]}{number}", plant=plant)


def bound(client: httpx.Client, **to: list[str]) -> dict[str, str]:
    body = {"name": "gateway", "scopes": ["ingest"], "organizations": ["acme"], **to}
    answer = client.post("/v1/keys", json=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["plants"], made["meters"]) == (to.get("plants"), to.get("meters"))
    return with_key(made["key"])


def row(meter: str, hour: int = 0) -> dict[str, Any]:
    return {"meter": meter, "timestamp": f"2021-03-01T{hour:02}:00:00+08:00", "value": 1}


def stored(client: httpx.Client) -> list[str]:
    return [item["meter"] for item in client.get(READINGS).json()["items"]]


def refused(answer: httpx.Response) -> list[tuple[int, str, str]]:
    return [(each["index"], each["field"], each["code"]) for each in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("to", "taken"),
    [
        ({"plants": ["north"]}, ["n1", "n2"]),
        ({"meters": ["n2", "s1"]}, ["n2", "s1"]),
        ({"plants": ["south"], "meters": ["n1"]}, ["n1", "s1", "s2"]),
    ],
)
def test_a_bound_key_posts_of_its_meters_and_plants_alone(
    client: httpx.Client, to: dict[str, list[str]], taken: list[str]
) -> None:
    key = bound(client, **to)
    meters = ["n1", "n2", "s1", "s2", "nothing"]

    answer = client.post(READINGS, json={"readings": [row(meter) for meter in meters]}, headers=key)

    beyond = [(at, "meter", "unknown_meter") for at, meter in enumerate(meters) if meter not in taken]
    assert (answer.status_code, refused(answer)) == (200, beyond)
    assert stored(client) == taken


def test_nobody_learns_from_a_refusal_whether_there_is_such_a_meter(client: httpx.Client) -> None:
    key = bound(client, plants=["north"])

    answer = client.post(READINGS, json={"readings": [row("s1"), row("zz")]}, headers=key)

    assert answer.status_code == 422
    assert [each["detail"] for each in answer.json()["errors"]] == [
        "no meter 's1' among those that this key may post readings of",
        "no meter 'zz' among those that this key may post readings of",
    ]


@pytest.mark.parametrize("hours", [1, 23], ids=["small", "large"])
@pytest.mark.parametrize("kind", ["text/csv", "application/x-ndjson"])
def test_bodies_of_every_size_and_format_are_held_to_it(client: httpx.Client, kind: str, hours: int) -> None:
    key = bound(client, meters=["s2"])
    rows = [row(meter, hour) for hour in range(hours) for meter in ("n1", "s2", "s1")]
    padding = "\n" * (9 * 2**20 if hours > 1 else 1)  # what is longer than 8 MiB is taken piece by piece
    if kind == "text/csv":
        lines = ["meter,timestamp,value", *(f"{each['meter']},{each['timestamp']},1" for each in rows)]
    else:
        lines = [json.dumps(each) for each in rows]
    body = "\n".join(lines[:3]) + padding + "\n".join(lines[3:])

    answer = client.post(READINGS, content=body, headers={**key, "Content-Type": kind})

    assert (answer.status_code, answer.json()["inserted"]) == (200, hours), answer.text[:300]
    assert {each["code"] for each in answer.json()["errors"]} == {"unknown_meter"}
    assert set(stored(client)) == {"s2"}


def test_a_meter_that_is_added_to_a_bound_plant_is_in_reach(client: httpx.Client, make_meter: Make) -> None:
    key = bound(client, plants=["north"])
    make_meter(code="n3", plant="north")

    assert client.post(READINGS, json={"readings": [row("n3")]}, headers=key).json()["inserted"] == 1


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"scopes": ["ingest", "read"]}, "scopes", "not_bindable"),
        ({"scopes": ["admin"]}, "scopes", "not_bindable"),
        ({"scopes": ["amend"], "plants": None, "meters": ["n1"]}, "scopes", "not_bindable"),
        ({"organizations": None}, "organizations", "one_organization"),
        ({"organizations": ["acme", "other"]}, "organizations", "one_organization"),
        ({"plants": ["north", "west"]}, "plants", "unknown_plant"),
        ({"meters": ["n1", "n9"]}, "meters", "unknown_meter"),
        ({"plants": []}, "plants", "too_short"),
        ({"meters": []}, "meters", "too_short"),
    ],
)
def test_what_a_key_cannot_be_bound_to_is_named(
    client: httpx.Client, make_organization: Make, change: dict[str, Any], field: str, code: str
) -> None:
    make_organization(code="other")
    body = {"name": "k", "scopes": ["ingest"], "organizations": ["acme"], "plants": ["north"], **change}

    answer = client.post("/v1/keys", json=body)

    assert answer.status_code == 422
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [(field, code)]
