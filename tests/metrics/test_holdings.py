"""Plants that are held in part, or not at all, from a day on: figures, lineage, bridges, targets, on both databases."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.metrics.holdings import EVERY_MONTH, held, hold, powered
from tests.metrics.world import World, added, by
from tests.support.examples import Service


def _figures(service: Service, world: World, year: int) -> dict[str, dict[str, Any]]:
    return {each["key"]: each for each in service.get(f"{world.path}/disclosures/hkex-2020/{year}")["figures"]}


ALONE = {"joint_operation": False, "ownership_chain": None}


def test_holdings_are_put_and_read_as_one_list_and_the_plants_own_fields_hold_before(
    service: Service, client: httpx.Client
) -> None:
    world = powered(service)
    path = f"{world.path}/plants/main"
    assert service.get(f"{path}/holdings")["items"] == []
    stored = hold(service, world, held("2023-01-01", 0), held("2021-07-01", 0.6, operational=False))
    assert stored == service.get(f"{path}/holdings")
    assert stored["items"] == [
        {**held("2021-07-01", operational=False), "equity_share": Decimal("0.6"), **ALONE},
        {**held("2023-01-01", 0), **ALONE},
    ]
    assert client.patch(path, json={"equity_share": 0.9}).json()["equity_share"] == 0.9
    undated = {"equity_share": Decimal("0.9"), "operational_control": True, "financial_control": True}
    assert service.get(f"{path}/holdings")["undated"] == {**undated, **ALONE}
    assert client.delete(f"{world.path}/meters/grid").status_code == 204
    assert client.delete(path).status_code == 204


REFUSED: list[tuple[list[dict[str, Any]], tuple[int, str, str]]] = [
    ([held("2021-07-01"), held("2021-07-01", 0.6)], (1, "valid_from", "repeated_day")),
    ([held("2021-07-01", 1.2)], (0, "equity_share", "less_than_equal")),
    ([held("2021-07-01", -0.1)], (0, "equity_share", "greater_than_equal")),
    (
        [{"valid_from": "2021-07-01", "equity_share": 1, "operational_control": True}],
        (0, "financial_control", "missing"),
    ),
    ([held("July")], (0, "valid_from", "day")),
    ([{**held("2021-07-01"), "valid_to": "2022-01-01"}], (0, "valid_to", "extra_forbidden")),
]


def test_a_bad_holding_is_named_and_changes_nothing(service: Service, client: httpx.Client) -> None:
    world = powered(service)
    for items, problem in REFUSED:
        answer = client.put(f"{world.path}/plants/main/holdings", json={"items": items})
        assert answer.status_code == 422
        errors = answer.json()["errors"]
        assert [(error["index"], error["field"], error["code"]) for error in errors] == [problem]
    assert service.get(f"{world.path}/plants/main/holdings")["items"] == []
    assert client.put(f"{world.path}/plants/none/holdings", json={"items": []}).status_code == 404


def test_sixty_percent_from_the_first_of_july(service: Service) -> None:
    world = powered(service, y2021=1000)
    hold(service, world, held("2021-07-01", 0.6))
    energy = world.metrics("energy")
    assert energy["plants"] == [
        {"plant": "main", "share": 1, "valid_from": None, "valid_to": "2021-07-01"},
        {"plant": "main", "share": Decimal("0.6"), "valid_from": "2021-07-01", "valid_to": None},
    ]
    # Six months of 1,000 kWh, and six of 600.
    assert energy["total"]["kwh"] == 9_600
    assert [month["kwh"] for month in energy["total"]["months"]] == [1000] * 6 + [600] * 6
    assert (energy["total"]["coverage"], energy["total"]["checks"]) == (1, [])
    assert energy["total"]["flags"] == [
        "plant main enters with a share of 1 from 2021-01-01 to 2021-06-30",
        "plant main enters with a share of 0.6 from 2021-07-01 to 2021-12-31",
    ]
    assert world.metrics("energy", plant="main")["total"]["kwh"] == 12_000
    # 3,000 kWh x 1 kg + 3,000 x 2 kg + 6,000 x 0.6 x 2 kg, in t.
    emissions = world.metrics("emissions")
    assert by(emissions["by_scope"], "scope", "method")["2", "location"] == Decimal("16.2")
    assert [month["value"] for month in emissions["total_location"]["months"]][2:7] == [
        1,
        2,
        2,
        2,
        Decimal("1.2"),
    ]
    figure = _figures(service, world, 2021)["ghg.scope2"]
    assert figure["value"] == Decimal("16.2")
    assert "plant main enters with a share of 0.6 from 2021-07-01 to 2021-12-31" in figure["flags"]
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    past = service.get(f"{world.path}/disclosures/hkex-2020/2021", as_of=now)["figures"]
    assert [each["value"] for each in past if each["key"] == "ghg.scope2"] == [Decimal("16.2")]

    terms = service.get(f"{world.path}/disclosures/hkex-2020/2021/figures/ghg.scope2/lineage")["terms"]
    assert [
        (term["period"]["start"], term["share"], term["quantity"], term["factor"]["code"], term["value"])
        for term in terms
    ] == [
        ("2020-12-31T16:00:00Z", 1, 3000, "one", 3),
        ("2021-03-31T16:00:00Z", 1, 3000, "two", 6),
        ("2021-06-30T16:00:00Z", Decimal("0.6"), 6000, "two", Decimal("7.2")),
    ]
    path = f"{world.path}/disclosures/hkex-2020/2021/figures/ghg.scope2/lineage"
    months = service.get(path, by="month")["terms"]
    assert [(term["share"], term["value"]) for term in months][5:7] == [(1, 2), (Decimal("0.6"), Decimal("1.2"))]
    assert added(term["value"] for term in months) == Decimal("16.2")


def test_a_share_that_changes_within_a_month_is_followed_by_day(service: Service) -> None:
    world = World(service, consolidation="equity_share")
    world.plant()
    world.meter("river", "water.withdrawal", "m3", interval="P1D")
    world.read(("river", f"2021-07-{day:02}T00:00:00", 10) for day in range(1, 32))
    hold(service, world, held("2021-07-16", 0.6))
    withdrawal = world.metrics("water")["withdrawal"]
    # 15 days of 10 m3, and 16 of 6.
    assert (withdrawal["value"], withdrawal["months"][6]["value"]) == (246, 246)
    assert withdrawal["months"][6]["coverage"] == 1


@pytest.mark.parametrize(
    ("consolidation", "kwh", "months"),
    [
        ("operational_control", 6_000, [1000] * 6 + [None] * 6),
        ("financial_control", 9_000, [1000] * 9 + [None] * 3),
        ("equity_share", 7_200, [600] * 12),
    ],
)
def test_control_that_ends_takes_the_plant_out_from_its_day(
    service: Service, consolidation: str, kwh: int, months: list[int | None]
) -> None:
    world = powered(service, consolidation, y2021=1000)
    assert service.get(f"{world.path}/plants/main")["equity_share"] == 1
    hold(
        service,
        world,
        held("2020-01-01", 0.6),
        held("2021-07-01", 0.6, operational=False),
        held("2021-10-01", 0.6, operational=False, financial=False),
    )
    total = world.metrics("energy")["total"]
    assert (total["kwh"], [month["kwh"] for month in total["months"]]) == (kwh, months)
    # What lies outside the boundary is not expected of it.
    assert (total["coverage"], [check["code"] for check in total["checks"]]) == (1, [])
    assert world.metrics("energy", 2019)["plants"] == [
        {"plant": "main", "share": 1, "valid_from": None, "valid_to": None}
    ]


def test_a_plant_that_was_bought_counts_from_its_day_and_its_head_count_by_days(service: Service) -> None:
    world = World(service)
    world.plant(operational_control=False)
    world.meter("river", "water.withdrawal", "m3")
    world.meter("staff", "headcount", "person", kind="stock", interval=None, timestamp_edge=None)
    world.months("river", 2021, dict.fromkeys(EVERY_MONTH, 50))
    world.read([("staff", "2021-03-31T00:00:00", 100), ("staff", "2021-09-10T00:00:00", 100)])
    hold(service, world, held("2021-07-01"))
    (found,) = world.metrics("intensity", metric="water.total", denominator="headcount")["items"]
    assert found["numerator"]["value"] == 300
    # 100 people on 184 of 365 days; in March the plant was not held, in September it was.
    assert found["divisor"]["value"] == Decimal("50.410958904109589041")
    assert [month["value"] for month in found["divisor"]["months"]][2:9:3] == [None, None, 100]
    assert found["ratio"]["months"][8]["value"] == Decimal("0.5")
    assert found["divisor"]["flags"] == ["plant main enters with a share of 1 from 2021-07-01 to 2021-12-31"]


def test_a_stacks_mass_enters_with_the_share_of_its_day(service: Service) -> None:
    world = World(service, consolidation="equity_share")
    world.plant()
    at_stack = {"attributes": {"stack": "s1"}}
    world.meter("so2", "air.so2.concentration", "mg/m3", kind="gauge", interval="PT1H", **at_stack)
    world.meter("flow", "air.flow", "m3", interval="PT1H", **at_stack)
    for day in ("2021-06-30", "2021-07-01"):
        world.read([("so2", f"{day}T08:00:00", 100), ("flow", f"{day}T08:00:00", 1_000_000)])
    hold(service, world, held("2021-07-01", 0.6))
    (so2,) = world.metrics("emissions")["air"]
    # 100 mg/m3 x 1,000,000 m3 are 100 kg on either day.
    assert so2["value"] == 160
    assert [month["value"] for month in so2["months"]][5:7] == [100, 60]
    lineage = service.get(f"{world.path}/disclosures/hkex-2020/2021/figures/air.so2/lineage")
    assert [(term["share"], term["quantity"]) for term in lineage["terms"]] == [(1, 100), (Decimal("0.6"), 100)]


def test_an_instrument_covers_whole_plants_and_the_share_of_the_day_takes_its_part(service: Service) -> None:
    world = powered(service, y2022=1000)
    hold(service, world, held("2022-07-01", 0.6))
    mix = {"code": "mix", "resource": "electricity.grid", "region": "CN-JX", "method": "market", "per": "kWh"}
    service.post(f"{world.path}/factors", {**mix, "kg_co2": 1, "valid_from": "2020-01-01", "source": "a supplier"})
    contract = {"code": "ppa", "kind": "green_power_contract", "region": "main", "amount": 2, "unit": "MWh"}
    service.post(
        f"{world.path}/instruments",
        {**contract, "valid_from": "2022-07-01", "valid_to": "2023-01-01", "source": "contract"},
    )
    # 6,000 kWh whole; then 6,000 of which 2,000 are covered, and 0.6 of the rest: 6 + 2.4 t.
    assert _figures(service, world, 2022)["ghg.scope2.market"]["value"] == Decimal("8.4")


def test_two_years_are_bridged_with_the_change_of_share_as_boundary(service: Service) -> None:
    world = powered(service, y2019=1000, y2020=1000)
    hold(service, world, held("2020-07-01", 0.6))
    found = service.get(f"{world.path}/disclosures/hkex-2020/2020/bridge", from_year="2019")["figures"]
    bridges = {each["key"]: each for each in found}
    electricity = bridges["consumption.electricity"]
    assert (electricity["from_value"], electricity["to_value"]) == (12, Decimal("9.6"))
    assert electricity["bridge"] == {"boundary": Decimal("-2.4"), "activity": 0, "factors": 0, "gwp_set": 0}


def test_growth_is_told_from_the_change_of_share(service: Service) -> None:
    world = powered(service, y2022=1000, y2023=1100)
    hold(service, world, held("2023-07-01", 0.6))
    found = service.get(f"{world.path}/disclosures/hkex-2020/2023/bridge", from_year="2022")["figures"]
    scope2 = next(each for each in found if each["key"] == "ghg.scope2")
    # 12,000 kWh, then 9,600 with 2023's shares, then 6,600 + 3,960, all at 2 kg.
    assert (scope2["from_value"], scope2["to_value"]) == (24, Decimal("21.12"))
    assert scope2["bridge"] == {
        "boundary": Decimal("-4.8"),
        "activity": Decimal("1.92"),
        "factors": 0,
        "gwp_set": 0,
    }


def test_another_consolidation_is_previewed_with_the_dated_shares(service: Service) -> None:
    world = powered(service, "operational_control", y2022=1000)
    hold(service, world, held("2022-07-01", 0.6))
    body = {"years": [2022], "consolidation": "equity_share"}
    (year,) = service.ask(f"{world.path}/previews", body)["years"]
    scope2 = next(each for each in year["figures"] if each["key"] == "ghg.scope2")
    assert (scope2["current"], scope2["proposed"]) == (24, Decimal("19.2"))
    assert scope2["bridge"]["boundary"] == scope2["difference"] == Decimal("-4.8")


def test_a_sale_is_previewed_as_boundary_and_not_stored(service: Service, client: httpx.Client) -> None:
    world = powered(service, y2022=1000)
    hold(service, world, held("2022-07-01", 0.9))
    sale = {**held("2022-07-01", 0.6), "plant": "main"}
    (year,) = service.ask(f"{world.path}/previews", {"years": [2022], "holdings": [sale]})["years"]
    scope2 = next(each for each in year["figures"] if each["key"] == "ghg.scope2")
    # 12,000 kg to the end of June, then 10,800 or 7,200.
    assert (scope2["current"], scope2["proposed"]) == (Decimal("22.8"), Decimal("19.2"))
    assert scope2["bridge"] == {"boundary": Decimal("-3.6"), "activity": 0, "factors": 0, "gwp_set": 0}
    assert "plant main enters with a share of 0.6 from 2022-07-01 to 2022-12-31" in scope2["flags"]
    assert _figures(service, world, 2022)["ghg.scope2"]["value"] == Decimal("22.8")
    refused = client.post(f"{world.path}/previews", json={"holdings": [sale, sale, {**sale, "plant": "none"}]})
    assert [(error["index"], error["field"], error["code"]) for error in refused.json()["errors"]] == [
        (1, "holdings.valid_from", "repeated_day"),
        (2, "holdings.plant", "unknown_plant"),
    ]
