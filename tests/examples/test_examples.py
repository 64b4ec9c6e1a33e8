"""The worked examples come out as printed, through the HTTP API, and again from their assurance packs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.store.engine.database import Database
from tests.support.examples import Service, set_up
from tests.support.recomputing import recomputed_here, written

_FILES = sorted(Path(__file__).parent.glob("*.yaml"))
_CASES = [
    pytest.param(document, case, id=f"{file.stem}: {case['title']}")
    for file in _FILES
    for document in [yaml.safe_load(file.read_text("utf-8"))]
    for case in document["cases"]
]


@pytest.mark.parametrize(("example", "case"), _CASES)
def test_the_worked_example_comes_out(
    service: Service, database: Database, tmp_path: Path, example: dict[str, Any], case: dict[str, Any]
) -> None:
    path = set_up(service, example, case)

    query = {"plant": case["plant"]} if "plant" in case else {}
    differences = []
    asked = {case.get("framework", "hkex-2020"): case.get("figures", {}), **case.get("frameworks", {})}
    for framework, expected in asked.items():
        disclosure = service.get(f"{path}/disclosures/{framework}/{case['year']}", **query)
        figures = {_name(figure): figure for figure in disclosure["figures"]}
        differences += [
            f"{framework}: {difference}"
            for key, content in expected.items()
            for difference in (_differences(key, content, figures[key]) if key in figures else [f"{key} is missing"])
        ]
        differences += [f"{framework}: {key} is there" for key in case.get("absent", ()) if key in figures]
        differences += _unsaid(f"{framework}: disclosure", case.get("errors", ()), disclosure["checks"])
        told = [check["detail"] for check in disclosure["checks"]]
        differences += [
            f"{framework}: no check tells {words!r}"
            for words in case.get("told", ())
            if not any(words in each for each in told)
        ]
    assert differences == []
    if case["year"] < datetime.now(UTC).year:
        folder = written(database, example["organization"]["code"], next(iter(asked)), case["year"], tmp_path)
        again = recomputed_here(folder)
        assert (again.status, again.different) == (0, [])


def _name(figure: Mapping[str, Any]) -> str:
    """Return a figure's key, and for a part of a breakdown what it is a part by: `waste.nonhazardous stream=dust`."""
    return " ".join([figure["key"], *(f"{name}={value}" for name, value in figure["dimensions"].items())])


def _differences(key: str, expected: Mapping[str, Any], figure: Mapping[str, Any]) -> list[str]:
    """Say where a figure is not as the example states it.

    Display, exact value, unit, KPI, years, flags, coverage, title, codes of checks; `says` are words that checks must
    say, `errors` those that errors must, and [] says that there is none.
    """
    found = []
    for name, field in (("printed", "display"), ("unit", "unit"), ("kpi", "kpi"), ("title", "title")):
        if name in expected and figure[field] != expected[name]:
            found.append(f"{key}: {field} is {figure[field]!r}, not {expected[name]!r}")
    if "coverage" in expected and figure["coverage"] != (wanted := _number(expected["coverage"])):
        found.append(f"{key}: coverage is {figure['coverage']}, not {wanted}")
    if "errors" in expected:
        found += _unsaid(key, expected["errors"], figure["checks"])
        errors = [check for check in figure["checks"] if check["severity"] == "error"]
        found += [f"{key}: {each['code']} mends nothing" for each in errors if not each["mend"]]
        if errors and not expected["errors"]:
            found.append(f"{key}: has errors: {errors}")
    said = " ".join(f"{check['code']} {check['detail']}" for check in figure["checks"])
    found += [f"{key}: no check says {words!r} in: {said}" for words in expected.get("says", ()) if words not in said]
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


def _number(words: str | None) -> Decimal | None:
    return None if words is None else Decimal(words)


def _unsaid(what: str, wanted: Sequence[str], checks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say which words no error of these checks says, in its code, its detail or its remedy."""
    errors = [" ".join((each["code"], each["detail"], each["mend"])) for each in checks if each["severity"] == "error"]
    return [f"{what}: no error says {words!r} in: {errors}" for words in wanted if not any(words in e for e in errors)]
