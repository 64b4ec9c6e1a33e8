"""Every shipped number says who published it, in which document and table, of which year, and how it was read."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.accounting.factors.calorific_data import calorific_values
from app.accounting.factors.gwp import gwp_sets
from app.accounting.metrics.standard_coal import coefficients
from app.accounting.selection.shipped import shipped_factors

_SOURCE = re.compile(r"(?P<document>[^;]*\w.*?); (?P<table>.*\w.*); (?P<year>\d{4}); read from: (?P<read_from>\w.*)")
_PUBLISHERS = (
    "IPCC",
    "EPA",
    "40 CFR",
    "UK Government",
    "Digest of UK Energy Statistics",
    "Australian National Greenhouse Accounts",
    "MEE",
    "NDRC",
    "China Energy Statistical Yearbook",
    "CEA",
    "CLP",
    "HK Electric",
    "ECCC",
    "EMA",
    "GIR",
    "Taiwan Energy Administration",
    "TGO",
    "UBA",
    "SEMARNAT",
    "DFFE",
    "Vietnam, Department of Climate Change",
    "MOE and METI",
    "Japanese energy saving law",
    "City gas 13A",
    "GB/T 2589",
    "ASHRAE",
    "Kyoto Protocol",
    "Regulation (EU)",
    "US DOE",
)
_COMPUTED = {"hydrogen_combustion": "Stoichiometry, 2 H2 + O2 = 2 H2O"}
_ASSUMED = ("assumed_density_diesel", "assumed_density_petrol")


def _sources() -> Iterator[tuple[str, str]]:
    yield from ((factor.code, factor.source) for factor in shipped_factors())
    yield from ((value.code, value.source) for value in calorific_values())
    yield from ((resource, each.source) for resource, each in coefficients().items())
    for found in gwp_sets().values():
        yield from ((found.name, source) for source in found.source.split(" | "))


def _faults(code: str, source: str) -> Iterator[str]:
    found = _SOURCE.fullmatch(source)
    if found is None:
        yield f"{code}: {source}"
        return
    if not 1990 <= int(found["year"]) <= datetime.now(UTC).year:
        yield f"{code}: of {found['year']}"
    words = {_COMPUTED[code]} if code in _COMPUTED else {"assumption"} if code in _ASSUMED else _PUBLISHERS
    if not any(re.search(rf"\b{re.escape(word)}", found["document"]) for word in words):
        yield f"{code}: nobody published {found['document']}"


def test_every_shipped_number_names_publisher_document_table_and_year() -> None:
    sources = list(_sources())
    assert len(sources) > 600
    assert [fault for code, source in sources for fault in _faults(code, source)] == []


@pytest.mark.parametrize(
    "source",
    [
        "a second public copy; Table 2.3; 2006; read from: it",
        "IPCC 2006 Guidelines; ; 2006; read from: two copies",
        "IPCC 2006 Guidelines; Table 2.3; 20; read from: two copies",
        "IPCC 2006 Guidelines; Table 2.3; 1906; read from: two copies",
        "IPCC 2006 Guidelines; Table 2.3; 2006; read from: ",
        "IPCC 2006 Guidelines",
    ],
)
def test_a_source_that_lacks_one_of_them_is_found(source: str) -> None:
    assert len(list(_faults("f", source))) == 1


def test_what_is_assumed_or_computed_says_so() -> None:
    assumed = {value.code: value for value in calorific_values() if value.source.startswith("assumption; ")}
    assert set(assumed) == set(_ASSUMED)
    assert all(value.assumption for value in assumed.values())
    derived = [value for value in calorific_values() if "derived from" in value.source]
    assert len(derived) > 30
    assert all(value.assumption for value in derived)
    computed = [factor for factor in shipped_factors() if "computed from the formula" in factor.source]
    assert [(factor.code, factor.kg_co2) for factor in computed] == [("hydrogen_combustion", Decimal(0))]
