"""A printed table in which nothing is wrong, ways to put something wrong into it, and what is then found over HTTP."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from app.schemas.wire.json import ExactJSON

Found = list[tuple[str, str | None]]
GRID = {2020: "cn_grid_enterprise_2015", 2021: "cn_grid_mee_prov_2021_jx"}
GAS = "ef_cn_mee_default_2025_natural_gas"
# key -> KPI, unit, and the digits printed for 2020 and 2021
_FIGURES: dict[str, tuple[str | None, str, str, str]] = {
    "ghg.scope1": ("A1.2", "tCO2e", "216", "238"),
    "ghg.scope2": ("A1.2", "tCO2e", "610", "700"),
    "ghg.total": ("A1.2", "tCO2e", "826", "938"),
    "ghg.intensity.product.output": ("A1.2", "tCO2e", "1.65", "1.80"),
    "consumption.electricity": ("A2.1", "MWh", "1000", "1200"),
    "consumption.electricity.intensity.product.output": ("A2.1", "kWh", "2000.0", "2307.7"),
    "consumption.fuel.natural_gas": ("A2.1", "m3", "100000", "110000"),
    "consumption.fuel.natural_gas.intensity.product.output": ("A2.1", "m3", "200.0", "211.5"),
    "energy.electricity.grid": ("A2.1", "MWh", "1000", "1200"),
    "energy.fuel.natural_gas": ("A2.1", "MWh", "1081", "1190"),
    "energy.total": ("A2.1", "MWh", "2081", "2390"),
    "energy.intensity.product.output": ("A2.1", "kWh", "4162.8", "4595.3"),
    "water.total": ("A2.2", "m3", "4000", "4160"),
    "water.intensity.product.output": ("A2.2", "m3", "8.0", "8.0"),
    "workforce.total": ("B1.1", "person", "100", "110"),
    "workforce.new_hires": ("B1.1", "person", "25", "30"),
    "workforce.leavers": (None, "person", "15", "20"),
    "workforce.turnover_rate": ("B1.2", "%", "15.00", "18.18"),
    "training.hours_average": ("B3.2", "h", "9.80", "10.82"),
    "product.output": (None, "t", "500", "520"),
}
_BY_GENDER: dict[str, tuple[str, str, dict[str, tuple[str, str]]]] = {
    "workforce.total": ("B1.1", "person", {"male": ("60", "65"), "female": ("40", "45")}),
    "training.hours_average": ("B3.2", "h", {"male": ("9.00", "10.00"), "female": ("11.00", "12.00")}),
}


def table() -> dict[str, Any]:
    """Return the body of a table in which nothing is wrong, but that it leaves KPIs unexplained."""
    rows = [
        {"year": year, "kpi": kpi, "key": key, "unit": unit, "value": Decimal(digits), **_cited(key, year)}
        for key, (kpi, unit, *printed) in _FIGURES.items()
        for year, digits in zip((2020, 2021), printed, strict=True)
    ]
    rows += [
        {"year": year, "kpi": kpi, "key": key, "unit": unit, "value": Decimal(digits), "dimensions": {"gender": gender}}
        for key, (kpi, unit, members) in _BY_GENDER.items()
        for gender, printed in members.items()
        for year, digits in zip((2020, 2021), printed, strict=True)
    ]
    main = {"code": "main", "country": "CN", "region": "CN-JX", "grid_region": "CN-CENTRAL"}
    return {
        "code": "clean",
        "title": "A table in order",
        "framework": "hkex-2020",
        "year": 2021,
        "plants": [main],
        "rows": rows,
        "assertions": [_less_per_tonne("water.intensity.product.output")],
        "index": [],
    }


def _cited(key: str, year: int) -> dict[str, Any]:
    code = {"ghg.scope1": GAS, "ghg.scope2": GRID[year]}.get(key)
    return {"factors": [{"code": code}]} if code else {}


def _less_per_tonne(key: str) -> dict[str, Any]:
    return {"text": "Less water per tonne", "keys": [key], "direction": "decrease", "from_year": 2020, "year": 2021}


def rows_of(body: dict[str, Any], key: str, year: int | None = None, **dimensions: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a key, with exactly these dimensions."""
    for row in body["rows"]:
        if row["key"] == key and row.get("dimensions", {}) == dimensions and year in (None, row["year"]):
            yield row


def put(body: dict[str, Any], key: str, year: int, value: str, **fields: Any) -> dict[str, Any]:
    """Print another value of a total, change fields of its row, and return the table."""
    (row,) = rows_of(body, key, year)
    row.update({"value": Decimal(value), **fields})
    return body


def add(body: dict[str, Any], key: str, value: str, unit: str, year: int = 2021, **fields: Any) -> dict[str, Any]:
    """Print one more row and return the table."""
    body["rows"].append({"year": year, "key": key, "value": Decimal(value), "unit": unit, **fields})
    return body


def drop(body: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Print nothing of these keys, and return the table."""
    body["rows"] = [row for row in body["rows"] if row["key"] not in keys]
    return body


@dataclass
class Printer:
    """A client that imports printed tables, each under a code of its own, and asks what is found in them."""

    client: httpx.Client
    path: str
    numbers: Iterator[int]

    def post(self, body: dict[str, Any]) -> httpx.Response:
        """Import a table, its numbers as exact JSON."""
        content = ExactJSON(body).body
        return self.client.post(self.path, content=bytes(content), headers={"Content-Type": "application/json"})

    def checks(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Import a table and return its checks."""
        code = f"table-{next(self.numbers)}"
        posted = self.post({**body, "code": code})
        assert posted.status_code == 201, posted.text
        got = self.client.get(f"{self.path}/{code}/checks")
        assert got.status_code == 200, got.text
        return list(json.loads(got.text)["checks"])

    def found(self, body: dict[str, Any]) -> Found:
        """Import a table and return the code and key of what is found, in order of both."""
        return sorted(
            ((each["code"], each["key"]) for each in self.checks(body)), key=lambda found: (found[0], found[1] or "")
        )

    def explained(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the table with every KPI of its framework that it does not print explained in its index."""
        figures = self.client.get(f"/v1/frameworks/{body['framework']}").json()["figures"]
        printed = {row.get("kpi") for row in body["rows"]} | {entry["kpi"] for entry in body["index"]}
        kpis = dict.fromkeys(figure["kpi"] for figure in figures if figure["kpi"] not in printed)
        entries = [{"kpi": kpi, "status": "explained", "text": "The company has none of it"} for kpi in kpis]
        return {**body, "index": [*body["index"], *entries]}
