"""Calorific values for rules that are tried without a database."""

from datetime import date
from typing import Any

from app.accounting.factors.calorific import CalorificValue


def value(code: str, resource: str = "fuel.natural_gas", **fields: Any) -> CalorificValue:
    known: dict[str, Any] = {
        "attributes": {},
        "region": "DE",
        "per": None,
        "lhv": None,
        "hhv": None,
        "energy_unit": "GJ",
        "density": None,
        "density_unit": None,
        "conditions": None,
        "valid_from": date(2000, 1, 1),
        "valid_to": None,
        "published_on": None,
        "source": "a test",
        "supersedes": None,
        "factor_set": "test",
        "own": False,
    }
    return CalorificValue(code=code, resource=resource, **{**known, **fields})
