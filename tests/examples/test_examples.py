"""The worked examples come out as printed, through the HTTP API, on both databases."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.examples.runner import Service, set_up

_FILES = sorted(Path(__file__).parent.glob("*.yaml"))
_CASES = [
    pytest.param(document, case, id=f"{file.stem}: {case['title']}")
    for file in _FILES
    for document in [yaml.safe_load(file.read_text("utf-8"))]
    for case in document["cases"]
]


@pytest.mark.parametrize(("example", "case"), _CASES)
def test_the_worked_example_comes_out(service: Service, example: dict[str, Any], case: dict[str, Any]) -> None:
    path = set_up(service, example, case)

    query = {"plant": case["plant"]} if "plant" in case else {}
    framework = case.get("framework", "hkex-2020")
    disclosure = service.get(f"{path}/disclosures/{framework}/{case['year']}", **query)

    figures = {_name(figure): figure for figure in disclosure["figures"]}
    differences = [
        difference
        for key, expected in case["figures"].items()
        for difference in (_differences(key, expected, figures[key]) if key in figures else [f"{key} is missing"])
    ]
    told = [check["detail"] for check in disclosure["checks"]]
    differences += [
        f"no check tells {words!r}" for words in case.get("told", ()) if not any(words in each for each in told)
    ]
    assert differences == []


def _name(figure: Mapping[str, Any]) -> str:
    """Return a figure's key, and for a part of a breakdown what it is a part by: `waste.nonhazardous stream=dust`."""
    return " ".join([figure["key"], *(f"{name}={value}" for name, value in figure["dimensions"].items())])


def _differences(key: str, expected: Mapping[str, Any], figure: Mapping[str, Any]) -> list[str]:
    """Say where a figure is not as the example states it: display, exact value, unit, KPI, years, flags, checks."""
    found = []
    for name, field in (("printed", "display"), ("unit", "unit"), ("kpi", "kpi")):
        if name in expected and figure[field] != expected[name]:
            found.append(f"{key}: {field} is {figure[field]!r}, not {expected[name]!r}")
    if "exact" in expected:
        value, exact = figure["value"], None if expected["exact"] is None else Decimal(expected["exact"])
        if value is None or exact is None:
            found += [] if value is exact else [f"{key}: value is {value}, not {exact}"]
        elif Decimal(value).quantize(exact, rounding=ROUND_HALF_UP) != exact:
            found.append(f"{key}: value is {value}, not {exact}")
    shown = {each["year"]: each["display"] for each in figure["comparatives"]}
    for year, display in expected.get("comparatives", {}).items():
        if shown.get(year) != display:
            found.append(f"{key}: {year} shows {shown.get(year)!r}, not {display!r}")
    notes = " ".join(str(flag) for flag in figure["flags"])
    found += [f"{key}: no flag names {flag!r} in: {notes}" for flag in expected.get("flags", ()) if flag not in notes]
    checks = [check["code"] for check in figure["checks"]]
    found += [f"{key}: no check {code!r} in {checks}" for code in expected.get("checks", ()) if code not in checks]
    return found
