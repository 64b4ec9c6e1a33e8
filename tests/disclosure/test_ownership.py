"""Joint operations enter by share under either control approach; a chain of owners gives the product of its shares."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.shared import client, database, database_url, shared, shared_settings, vacant
from tests.support.works import ORGANIZATION, YEARLY, answer, figures, get, problems, put, send

__all__ = ["client", "database", "database_url", "shared", "shared_settings", "vacant"]
CHAIN = [{"entity": "Holding", "share": 0.5}, {"entity": "Smelter Ltd", "share": 0.83}]


@pytest.fixture
def smelter(
    request: pytest.FixtureRequest,
    client: httpx.Client,
    database: Database,
    make_organization: Make,
    make_plant: Make,
    make_meter: Make,
) -> None:
    """An organization with one plant of 1,000 MWh, held as the test says."""
    consolidation, held = request.param
    make_organization(consolidation=consolidation)
    make_plant(region="CN-JX", grid_region="CN-CENTRAL", **held)
    make_meter(**YEARLY)
    send(client, database, "grid,2021-01-01T00:00:00+08:00,1000000\n")


def power(client: httpx.Client) -> Any:
    return figures(client, 2021)["consumption.electricity"]["value"]


@pytest.mark.parametrize(
    ("smelter", "expected"),
    [
        (("operational_control", {"joint_operation": True, "equity_share": 0.4}), 400),
        (("financial_control", {"joint_operation": True, "equity_share": 0.4}), 400),
        (("equity_share", {"joint_operation": True, "equity_share": 0.4}), 400),
        (("operational_control", {"joint_operation": True, "operational_control": False, "equity_share": 0.4}), 400),
        (("operational_control", {"equity_share": 0.4}), 1000),
        (("equity_share", {"ownership_chain": CHAIN}), 415),
        (("financial_control", {"ownership_chain": CHAIN, "joint_operation": True}), 415),
        (("financial_control", {"ownership_chain": CHAIN}), 1000),
    ],
    indirect=["smelter"],
)
@pytest.mark.usefixtures("smelter")
def test_a_plant_enters_with_its_share(client: httpx.Client, expected: int) -> None:
    assert power(client) == expected


@pytest.mark.parametrize("smelter", [("equity_share", {"ownership_chain": CHAIN})], indirect=True)
@pytest.mark.usefixtures("smelter")
def test_a_share_and_a_chain_take_each_others_place(client: httpx.Client) -> None:
    path = f"{ORGANIZATION}/plants/main"
    plant = get(client, path)
    assert (plant["equity_share"], plant["ownership_chain"][1]["entity"]) == (Decimal("0.415"), "Smelter Ltd")
    plant = answer(client, "PATCH", path, 200, json={"equity_share": 0.6})
    assert (plant["equity_share"], plant["ownership_chain"]) == (Decimal("0.6"), None)
    assert power(client) == 600
    answer(client, "PATCH", path, 200, json={"ownership_chain": [{"entity": "A", "share": 0.25}]})
    assert power(client) == 250


@pytest.mark.parametrize("smelter", [("operational_control", {})], indirect=True)
@pytest.mark.usefixtures("smelter")
def test_joint_operations_are_dated_too_and_named_in_a_publication(client: httpx.Client) -> None:
    put(
        client,
        "plants/main/holdings",
        {
            "valid_from": "2021-01-01",
            "ownership_chain": CHAIN,
            "operational_control": True,
            "financial_control": True,
            "joint_operation": True,
        },
    )
    assert power(client) == 415
    made = answer(client, "POST", f"{ORGANIZATION}/disclosures/hkex-2020/2021/publications", 201, json={})
    read = get(client, f"{ORGANIZATION}/disclosures/hkex-2020/2021/publications/{made['number']}")
    (held,) = read["document"]["basis"]["plants"][0]["holdings"]
    assert (held["joint_operation"], held["ownership_chain"][0]) == (True, {"entity": "Holding", "share": "0.5"})


@pytest.mark.parametrize("smelter", [("operational_control", {})], indirect=True)
@pytest.mark.usefixtures("smelter")
def test_a_share_beside_a_chain_that_gives_another_is_refused(client: httpx.Client) -> None:
    plant = {"code": "second", "country": "CN", "equity_share": 0.5, "ownership_chain": CHAIN}
    assert problems(client, "POST", "plants", plant) == [(None, "equity_share", "contradicts_chain")]
    item = {"valid_from": "2021-01-01", "operational_control": True, "financial_control": True}
    assert problems(client, "PUT", "plants/main/holdings", {"items": [item]}) == [(0, "equity_share", "missing")]
    items = [{**item, "ownership_chain": None}]
    assert problems(client, "PUT", "plants/main/holdings", {"items": items}) == [(0, "equity_share", "missing")]
    item |= {"equity_share": 0.4, "ownership_chain": CHAIN}
    found = problems(client, "PUT", "plants/main/holdings", {"items": [item]})
    assert found == [(0, "equity_share", "contradicts_chain")]
