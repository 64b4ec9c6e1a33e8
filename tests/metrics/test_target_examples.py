"""Targets come out as worked out by hand, through the HTTP API, on both databases."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.metrics.world import World
from tests.support.examples import Service

CASES = yaml.safe_load(Path(__file__).with_name("targets.yaml").read_text("utf-8"))
YEARLY = {"plant": "main", "interval": "P1Y", "timestamp_edge": "interval_start"}


@pytest.mark.parametrize("case", [pytest.param(case, id=case["title"]) for case in CASES])
def test_the_target_comes_out(service: Service, client: httpx.Client, case: dict[str, Any]) -> None:
    world = World(service, **case.get("organization", {}))
    world.plant()
    for code, fields in case["meters"].items():
        times = {"interval": None, "timestamp_edge": None} if fields.get("kind") == "stock" else {}
        world.meter(code, **{**YEARLY, **fields, **times})
    for step in case["steps"]:
        (name, content), *more = step.items()
        _STEPS[name](world, client, content, **dict(more))


def _readings(world: World, _client: httpx.Client, rows: list[str]) -> None:
    lines = (row.split(",") for row in rows)
    body = "".join(f"{meter},{year}-01-01T00:00:00+08:00,{value}\n" for meter, year, value in lines)
    outcome = world.service.post_csv(world.code, f"meter,timestamp,value\n{body}".encode())
    assert outcome["inserted"] + outcome["replaced"] == outcome["received"], outcome
    world.service.roll()


def _stated(world: World, client: httpx.Client, body: dict[str, Any]) -> None:
    answer = client.post(f"{world.path}/datapoints", json=body)
    assert answer.status_code == 201, answer.text


def _target(world: World, _client: httpx.Client, body: dict[str, Any], base: Any = None) -> None:
    numbers = {"goal": Decimal(body["goal"])} if "goal" in body else {}
    made = world.service.post(
        f"{world.path}/targets", {**body, **{name: float(each) for name, each in numbers.items()}}
    )
    if base is not None:
        assert {name: made["base"][name] for name in base} == _exact(base)


def _request(method: str) -> Any:
    def send(world: World, client: httpx.Client, content: dict[str, Any]) -> None:
        answer = client.request(method, f"{world.path}/{content['path']}", json=content["body"])
        assert answer.is_success, answer.text

    return send


def _delete(world: World, client: httpx.Client, path: str) -> None:
    assert client.delete(f"{world.path}/{path}").status_code == 204


def _recalculate(world: World, _client: httpx.Client, content: dict[str, Any], entry: Any) -> None:
    body = {"kind": content["kind"], "reason": content["reason"]}
    made = world.service.post(f"{world.path}/targets/{content['target']}/recalculations", body)
    assert {name: made[name] for name in entry} == _exact(entry)
    assert (made["reason"], made["key"], len(made["digest"])) == (content["reason"], "environment", 64)


def _history(world: World, _client: httpx.Client, content: dict[str, Any]) -> None:
    found = world.service.get(f"{world.path}/targets/{content['target']}/recalculations")["items"]
    names = ("kind", "year", "before", "after", "change")
    assert [[each[name] for name in names] for each in found] == _exact(content["entries"])


def _expect(world: World, _client: httpx.Client, content: dict[str, Any]) -> None:
    items = world.metrics("targets", content["year"])["items"]
    (found,) = [each for each in items if each["target"]["code"] == content["target"]]
    seen = {
        "base": found["base"]["value"],
        "original": found["base"]["original"],
        **{name: found["base_year"][name] for name in ("entry", "gwp_set", "live", "difference", "moved")},
        "precision": found["precision"],
        "checks": _codes(found["checks"]),
    }
    wanted = {name: each for name, each in content.items() if name in seen}
    assert {name: seen[name] for name in wanted} == _exact(wanted)
    years = {each["year"]: {**each, "checks": _codes(each["checks"])} for each in found["years"]}
    for year, expected in content.get("years", {}).items():
        assert {name: years[year][name] for name in expected} == _exact(expected)


def _codes(checks: list[dict[str, Any]]) -> list[str]:
    return [each["code"] for each in checks]


def _exact(value: Any) -> Any:
    """Return what an example states, with the texts of numbers as numbers."""
    if isinstance(value, dict):
        return {name: each if name.endswith("display") else _exact(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_exact(each) for each in value]
    if isinstance(value, str) and value.replace(".", "").replace("-", "").isdigit():
        return Decimal(value)
    return value


_STEPS = {
    "readings": _readings,
    "stated": _stated,
    "target": _target,
    "post": _request("POST"),
    "put": _request("PUT"),
    "patch": _request("PATCH"),
    "delete": _delete,
    "recalculate": _recalculate,
    "expect": _expect,
    "history": _history,
}
