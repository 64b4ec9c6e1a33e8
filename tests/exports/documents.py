"""Publication documents written by hand, small enough to know every value of."""

from decimal import Decimal
from typing import Any

from app.disclosure.exports.published import Published, published
from app.disclosure.history.canonical import canonical, digest_of

NAME = "江西磁材 <Łódź> & Söhne"
_PERIOD = {"start": "2020-12-31T16:00:00Z", "end": "2021-12-31T16:00:00Z"}


def figure(kpi: str, key: str, value: str | None, display: str | None, **members: Any) -> dict[str, Any]:
    """Return a figure of 2021 without earlier years; `members` replace what is not given otherwise."""
    return {
        "kpi": kpi,
        "key": key,
        "dimensions": {},
        "title": f"Title of {key}",
        "unit": "m3",
        "value": None if value is None else Decimal(value),
        "display": display,
        "text": None,
        "comparatives": [],
        "coverage": None if value is None else 1,
        "measured_share": None,
        "estimated_share": None,
        "flags": [],
        "checks": [],
        "lineage": None,
        **members,
    }


def earlier(year: int, value: str | None, display: str | None, *, restated: bool = False) -> dict[str, Any]:
    """Return a comparative."""
    return {
        "year": year,
        "value": None if value is None else Decimal(value),
        "display": display,
        "restated": restated,
    }


def check(code: str, severity: str, detail: str, **members: Any) -> dict[str, Any]:
    """Return a finding."""
    return {"code": code, "severity": severity, "detail": detail, "mend": "", "key": None, **members}


FACTOR = {
    "code": "grid_central",
    "edition": "2012",
    "source": "A yearbook, table 3",
    "why": "pinned",
    "kg_co2e": Decimal("0.5257"),
    "per": "kWh",
    "derivation": None,
    "carried_forward_years": 9,
}


def term(meter: str, quantity: str, value: str, **members: Any) -> dict[str, Any]:
    """Return a term of one month of grid electricity."""
    return {
        "plant": "ganzhou",
        "resource": "electricity.grid",
        "attributes": {},
        "period": {"start": "2020-12-31T16:00:00Z", "end": "2021-01-31T16:00:00Z"},
        "quantity": Decimal(quantity),
        "unit": "kWh",
        "conversion": 1,
        "converted_unit": "kWh",
        "share": 1,
        "factor": FACTOR,
        "value": Decimal(value),
        "meters": [meter],
        "readings": 744,
        "notes": [],
        **members,
    }


def _figures() -> list[dict[str, Any]]:
    scope2 = {
        "key": "ghg.scope2",
        "dimensions": {},
        "value": Decimal("1577.1"),
        "unit": "tCO2e",
        "formula": "quantity x conversion x emission factor",
        "terms": [term("north", "1000000", "525.7"), term("south", "2000000", "1051.4")],
        "divisor": None,
    }
    per_tonne = {
        **scope2,
        "key": "ghg.intensity.product.output",
        "value": Decimal("0.52570000000000000001"),
        "terms": [term("north", "1000000", "0.52570000000000000001")],
        "divisor": {"value": 3000, "unit": "t", "terms": [term("scale", "3000", "3000", factor=None)]},
    }
    by_source = {"dimensions": {"source": "municipal"}, "comparatives": [earlier(2020, None, None)]}
    return [
        figure(
            "A1.2",
            "ghg.scope2",
            "1577.1",
            "1577",
            unit="tCO2e",
            comparatives=[earlier(2020, "1400.96", "1400", restated=True), earlier(2019, "-12.5", "-12")],
            flags=["factor grid_central pinned"],
            checks=[check("partial", "warning", "readings cover 98.5 % of the expected time")],
            lineage=scope2,
            also=["305-2"],
        ),
        figure(
            "A1.2",
            "ghg.intensity.product.output",
            "0.52570000000000000001",
            "0.53",
            unit="tCO2e per t",
            flags=["factor grid_central pinned"],
            estimated_share=Decimal("0.25"),
            lineage=per_tonne,
        ),
        figure("A2.2", "water.total", "732345.5", "732345.5", comparatives=[earlier(2020, "551868", "551868.0")]),
        figure("A2.2", "water.total", "732345.5", "732345.5", **by_source),
        figure("A2.5", "packaging.total", None, None, checks=[check("no_data", "info", "no counted meter has data")]),
        figure("B1.1", "workforce.total", "99999999999999999.5", "99999999999999999.5", unit="person"),
        figure("B2.3", "safety.measures", None, None, unit=None, text="=HYPERLINK(1)\nand 安全 \U0001f600"),
    ]


def document(**members: Any) -> dict[str, Any]:
    """Return a publication document with figures of every kind; `members` replace its own."""
    plant = {"code": "ganzhou", "name": "赣州工厂", "country": "CN", "region": "CN-JX", "grid_region": "CN-CENTRAL"}
    held = {"equity_share": Decimal("0.6"), "operational_control": True, "financial_control": False}
    return {
        "format": 1,
        "organization": {"code": "magnets", "name": NAME, "currency": "CNY", "timezone": "Asia/Shanghai"},
        "framework": {"code": "hkex-2020", "title": "HKEX ESG Reporting Guide", "edition": "2020"},
        "year": 2021,
        "number": 2,
        "period": _PERIOD,
        "as_of": "2022-03-01T08:00:00Z",
        "reason": "-1 correction",
        "replaces": 1,
        "prepared_by": "key-7",
        "prepared_at": "2022-03-01T08:00:01.250Z",
        "basis": {
            "gwp_set": "AR5",
            "consolidation": "operational_control",
            "rounding": "down",
            "factor_set": None,
            "pins": [
                {"year": 2021, "resource": "electricity.*", "method": None, "plant": None, "factor": "grid_central"}
            ],
            "plants": [{**plant, **held}],
            "figure_settings": [],
        },
        "figures": _figures(),
        "checks": [check("no_base_year", "error", "there is no base year", mend="State one", key="ghg.total")],
        "explanations": [{"kpi": "A1.1", "text": "Not material: no stack."}],
        **members,
    }


def publication(**members: Any) -> Published:
    """Return the publication of `document(**members)`, read back from its canonical text."""
    text = canonical(document(**members))
    return published(text, digest_of(text))
