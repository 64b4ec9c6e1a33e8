"""What was changed since it was read is not overwritten: If-Match on everything that can be changed or deleted."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.conftest import Make
from tests.support.problems import assert_problem
from tests.support.works import ORGANIZATION

WEBHOOK = {"code": "hook", "url": "https://example.com/hook"}
HELD = {"valid_from": "2021-01-01", "equity_share": 0.5, "operational_control": True, "financial_control": True}
YEARS = {"valid_from": "2023-04-01", "start_month": 4, "transition": "short"}
PIN = {"resource": "electricity.*", "factor": "cn_grid_regional_2012_central"}
SETTING = {"framework": "hkex-2020", "key": "energy.total", "unit": "GJ"}
CHANGES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("", "PATCH", {"name": "First"}, {"name": "Second"}),
    ("/plants/main", "PATCH", {"equity_share": 0.5}, {"equity_share": 0.25}),
    ("/plants/main/holdings", "PUT", {"items": [HELD]}, {"items": []}),
    ("/meters/grid", "PATCH", {"name": "First", "multiplier": 1.50}, {"multiplier": 2}),
    ("/webhooks/hook", "PATCH", {"max_attempts": 3}, {"max_attempts": 4}),
    ("/fiscal-years", "PUT", {"items": []}, {"items": [YEARS]}),
    ("/figure-settings", "PUT", {"items": [SETTING]}, {"items": [{**SETTING, "unit": "MWh"}]}),
    ("/gwp-sets", "PUT", {"items": [{"framework": "hkex-2020", "gwp_set": "AR6"}]}, {"items": []}),
    ("/factor-pins", "PUT", {"items": [PIN]}, {"items": []}),
]
STRINGS = "application/json; numbers=string"


@pytest.fixture(autouse=True)
def acme(client: httpx.Client, make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    make_organization()
    make_plant()
    make_meter()
    assert client.post(f"{ORGANIZATION}/webhooks", json=WEBHOOK).status_code == 201


@pytest.mark.parametrize(("path", "method", "first", "second"), CHANGES, ids=[path or "/" for path, *_ in CHANGES])
def test_of_two_who_read_the_same_only_one_changes_it(
    client: httpx.Client, path: str, method: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    place = ORGANIZATION + path
    tag = client.get(place).headers["ETag"]

    changed = client.request(method, place, json=first, headers={"If-Match": f'"other", {tag}'})
    assert changed.status_code == 200, changed.text
    assert changed.headers["ETag"] == client.get(place).headers["ETag"]
    if changed.headers["ETag"] != tag:
        late = client.request(method, place, json=second, headers={"If-Match": tag})
        assert "ETag" in assert_problem(late, 412, "precondition_failed")["detail"]
        assert client.get(place).json() == changed.json()

    again = client.request(method, place, json=second, headers={"If-Match": changed.headers["ETag"]})
    assert again.status_code == 200, again.text
    assert client.request(method, place, json=first, headers={"If-Match": "*"}).status_code == 200
    assert client.request(method, place, json=second).status_code == 200
    weak = client.request(method, place, json=second, headers={"If-Match": f"W/{again.headers['ETag']}"})
    assert weak.status_code == 412


@pytest.mark.parametrize("path", ["/plants/main", "/meters/grid", "/webhooks/hook", ""])
def test_what_was_changed_since_is_not_deleted(client: httpx.Client, path: str) -> None:
    place = ORGANIZATION + path
    tag = client.get(place).headers["ETag"]
    assert client.patch(place, json={"name": "Another"}).status_code == 200
    assert_problem(client.delete(place, headers={"If-Match": tag}), 412, "precondition_failed")
    assert client.get(place).json()["name"] == "Another"
    kept = client.delete(place, headers={"If-Match": client.get(place).headers["ETag"]})
    assert kept.status_code == (204 if path in ("/meters/grid", "/webhooks/hook") else 409)
    assert_problem(client.delete(f"{ORGANIZATION}/plants/no", headers={"If-Match": tag}), 404, "not_found")


def test_a_tag_counts_in_whatever_form_the_thing_was_read(client: httpx.Client) -> None:
    place = f"{ORGANIZATION}/meters/grid"
    tag = client.get(place, headers={"Accept": STRINGS}).headers["ETag"]
    assert tag != client.get(place).headers["ETag"]
    changed = client.patch(place, json={"multiplier": 3}, headers={"If-Match": f'{tag[:-1]}-gzip"'})
    assert changed.status_code == 200
    assert client.patch(place, json={"multiplier": 4}, headers={"If-Match": tag}).status_code == 412


def test_of_many_at_once_one_changes_it(client: httpx.Client) -> None:
    place = f"{ORGANIZATION}/plants/main"
    tag = client.get(place).headers["ETag"]

    def change(number: int) -> int:
        return client.patch(place, json={"name": f"Works {number}"}, headers={"If-Match": tag}).status_code

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(change, range(8))) == [200, *[412] * 7]
