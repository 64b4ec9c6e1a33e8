"""The worked examples of the page on meters, as they stand there, through the HTTP API, on both databases."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from app.core.calendar.periods import zone_named
from tests.support.examples import Service

_PAGE = Path(__file__).parents[2] / "docs" / "meters.md"
_EXAMPLES = [
    yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```$", _PAGE.read_text("utf-8"), re.M | re.S)
]
_ORGANIZATION = {"code": "works", "name": "Works", "timezone": "Asia/Shanghai", "currency": "CNY"}
_PLANT = {"code": "main", "name": "Main", "country": "CN", "region": "CN-JX", "timezone": "Asia/Shanghai"}
_GRAINS = {4: "year", 7: "month", 10: "day"}
_BASE = "/v1/organizations/works"


@pytest.mark.parametrize("example", [pytest.param(each, id=each["title"]) for each in _EXAMPLES])
def test_an_example_of_the_page_comes_out(service: Service, example: Mapping[str, Any]) -> None:
    service.post("/v1/organizations", {**_ORGANIZATION, **example.get("organization", {})})
    plant = {**_PLANT, **example.get("plant", {})}
    service.post(f"{_BASE}/plants", plant)
    zone = zone_named(plant["timezone"])
    for meter in example.get("meters", [example.get("meter")]):
        plain = {"code": "m", "plant": "main", "resource": "electricity.grid", "unit": "kWh"}
        service.post(f"{_BASE}/meters", {**plain, **meter})
    for number, step in enumerate(example["steps"]):
        _take(service, step)
        service.roll()
        assert _found(service, step, zone) == _stated(step), f"step {number + 1}"


def test_the_page_has_its_examples() -> None:
    assert len(_EXAMPLES) == len({each["title"] for each in _EXAMPLES}) > 12
    assert _PAGE.read_text("utf-8").count("```") == 2 * len(_EXAMPLES)


def _take(service: Service, step: Mapping[str, Any]) -> None:
    """Do what a step says; what a post answers beyond that all rows are taken is under `suspect` and `warnings`."""
    for code, fields in step.get("change", {}).items():
        service.change(f"{_BASE}/meters/{code}", fields)
    if "post" in step:
        text = step["post"]
        fields = max(row.count(",") for row in text.splitlines())
        header = step.get("columns", "timestamp,value,quality,start").split(",")[: fields + 1]
        rows = [f"m,{row}" if "meter" not in step else f"{step['meter']},{row}" for row in text.splitlines()]
        answer = service.post_csv("works", "\n".join([",".join(["meter", *header]), *rows]).encode())
        assert answer["rejected"] == 0
        assert answer["suspect"] == step.get("suspect", 0)
        told = [each["code"] for each in answer["warnings"] if each["code"] != "implausible_value"]
        assert told == step.get("warnings", [])
    if "exchange" in step:
        service.post(f"{_BASE}/meters/m/exchanges", step["exchange"])
    if "withdraw" in step:
        service.withdraw("works", "m", _words(step["withdraw"]), reason="drop-out", **step.get("of", {}))
    if "accept" in step:
        body = {"timestamps": [_words(step["accept"])], "reason": "it was so"}
        assert service.post(f"{_BASE}/meters/m/acceptances", body)["accepted"] == 1


def _words(instant: str | datetime) -> str:
    return instant if isinstance(instant, str) else instant.isoformat()


def _stated(step: Mapping[str, Any]) -> dict[str, Any]:
    stated: dict[str, Any] = {name: sorted(step[name]) for name in ("flags", "issues") if name in step}
    for name in ("gives", "coverage"):
        if name in step:
            stated[name] = {
                str(key): None if value is None else Decimal(str(value)) for key, value in step[name].items()
            }
    if "figures" in step:
        stated["figures"] = {key: Decimal(str(value)) for key, value in step["figures"].items()}
    if "checks" in step:
        stated["checks"] = step["checks"]
    return stated


def _found(service: Service, step: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, field in (("gives", "quantity"), ("coverage", "coverage")):
        if name in step:
            found[name] = {str(key): _bucket(service, str(key), zone).get(field) for key in step[name]}
    if "flags" in step:
        days = service.get(f"{_BASE}/rollups", grain="day", limit="1000")["items"]
        found["flags"] = sorted({flag for day in days for flag in day["flags"]})
    if "issues" in step:
        issues = service.get(f"{_BASE}/issues")["items"]
        found["issues"] = sorted(each["kind"] for each in issues if each["kind"] != "silent")
    if "checks" in step or "figures" in step:
        figures = service.get(f"{_BASE}/disclosures/hkex-2020/2021")["figures"]
    if "figures" in step:
        found["figures"] = {each["key"]: each["value"] for each in figures if each["key"] in step["figures"]}
    if "checks" in step:
        told = {check["code"] for figure in figures for check in figure["checks"]}
        found["checks"] = [code for code in step["checks"] if code in told]
    return found


def _bucket(service: Service, name: str, zone: ZoneInfo) -> Mapping[str, Any]:
    """Return the bucket of `m` that begins with a day, month or year by its local name; nothing is {}."""
    first = date.fromisoformat(f"{name}-01-01"[:10])
    items = service.get(f"{_BASE}/rollups", grain=_GRAINS[len(name)], meter="m", limit="1000")["items"]
    start = datetime(first.year, first.month, first.day, tzinfo=zone)
    return next((each for each in items if datetime.fromisoformat(each["start"]) == start), {})
