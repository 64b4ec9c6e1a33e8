"""The page of what ships: current, whole, and its licences attributed where the source asks for it."""

import re
from pathlib import Path

from app.accounting.factors.calorific_data import calorific_values
from app.accounting.selection.library import library_page
from app.accounting.selection.shipped import shipped_factors

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "factors.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == library_page(), "make factors"


def test_every_factor_and_calorific_value_has_one_row_under_its_country() -> None:
    text = PAGE.read_text("utf-8")
    listed = re.findall(r"^\|.*\| `([^`]+)` \| \d+ \|$", text, re.MULTILINE)
    values = [value.code for value in calorific_values()]
    assert sorted(listed) == sorted([*(factor.code for factor in shipped_factors()), *values])
    hong_kong = text[text.index("## Hong Kong (HK)") : text.index("## India (IN)")]
    assert "| electricity.grid (location) | HK-CLP | 2019 | kWh | 0.49 CO2 | `grid_hk_clp_2019` | 1 |" in hong_kong


def test_a_row_says_its_unit_its_gases_and_its_window() -> None:
    rows = PAGE.read_text("utf-8").splitlines()
    stated = {code: row for row in rows for code in re.findall(r"`([^`]+)`", row)}
    assert stated["nga2024_diesel"].startswith(
        "| fuel.diesel | AU | 2024-07-01 to 2025-06-30 | GJ HHV |"
        " 69.9 CO2, 0.1 of CH4 as CO2e (AR5), 0.2 of N2O as CO2e (AR5) |"
    )
    assert stated["nga2025_residual"].startswith(
        "| electricity.grid (market) | AU | 2025-07-01 to 2026-06-30 | kWh | 0.81 CO2e (AR5) |"
    )
    assert stated["desnz2023_diesel_average_biofuel_blend"].startswith(
        "| fuel.diesel | GB | 2023 on | 42.73 GJ/t (LHV), 45.41 GJ/t (HHV), 0.8328 kg/L (assumption) |"
    )
    assert stated["cn_ndrc_mg_2013_natural_gas"].startswith(
        "| fuel.natural_gas | CN | 2013 on | 389.31 GJ/10km3 (LHV), gas at 0 degrees C, 101.325 kPa |"
    )


def test_potentials_stand_by_report() -> None:
    rows = PAGE.read_text("utf-8").splitlines()
    assert "| SF6 | 22800 | 23500 | 24300 |" in rows
    assert "| HCFC22 (in no scope) | 1810 | 1760 | 1960 |" in rows


def test_every_licence_of_a_source_is_in_the_notice() -> None:
    notice = (ROOT / "NOTICE").read_text("utf-8").splitlines()
    sources = {*(factor.source for factor in shipped_factors()), *(value.source for value in calorific_values())}
    licences = {licence for source in sources for licence in re.findall(r"; licence: (.*)$", source)}
    assert len(licences) >= 5
    assert licences <= set(notice)
