"""What the files of indicators and frameworks may say of what is stated."""

import pytest

from app.accounting.stated.indicators import UnknownIndicator, indicators, read_catalogue
from app.core.datafile import BadDataFile, parse
from app.disclosure.frameworks.frameworks import frameworks, read_framework

_DIMENSIONS = """
dimensions:
  - {name: gender, values: [male, female]}
indicators:
"""
_HEAD = """
code: t
title: T
edition: "1"
gwp_set: AR5
source: {document: A, table: B, year: 2020, read_from: C}
figures:
"""


def _catalogue(rows: str, head: str = _DIMENSIONS) -> object:
    return read_catalogue(parse(head + rows, where="i.yaml"), where="i.yaml")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{code: a, title: A}", "row a: a number has a unit"),
        ("{code: a, title: A, kind: text, unit: kg}", "a text and a flag have none"),
        ("{code: a, title: A, kind: essay}", "'essay' is not a valid Kind"),
        ("{code: a, title: A, unit: parsecs}", "unknown unit parsecs"),
        ("{code: a, title: A, unit: currency/moon}", "unknown unit moon"),
        ("{code: a, title: A, unit: kg, dimensions: [age]}", "unknown dimension age"),
        ("{code: a, title: A, unit: kg, colour: red}", "unknown field colour"),
        ("{code: a, title: A, unit: '%', ratio: {of: b, per: c}}", "its ratio needs b"),
        ("{code: a, title: A, unit: kg}\n  - {code: a, title: B, unit: kg}", "a is defined twice"),
    ],
)
def test_a_bad_indicator_is_refused_with_file_and_row(row: str, words: str) -> None:
    with pytest.raises(BadDataFile, match=rf"i\.yaml: .*{words}"):
        _catalogue(f"  - {row}")


@pytest.mark.parametrize(
    ("dimension", "words"),
    [
        ("{name: gender}", "gender lists its values or is open"),
        ("{name: gender, open: true, values: [male]}", "gender lists its values or is open"),
        ("{name: gender, open: true}\n  - {name: gender, open: true}", "gender is defined twice"),
    ],
)
def test_a_bad_dimension_is_refused_with_file_and_row(dimension: str, words: str) -> None:
    with pytest.raises(BadDataFile, match=rf"i\.yaml: .*{words}"):
        _catalogue("  []", head=f"dimensions:\n  - {dimension}\nindicators:\n")


def test_a_file_holds_one_catalogue() -> None:
    with pytest.raises(BadDataFile, match="holds 2 documents"):
        _catalogue("  - {code: a, title: A, unit: kg}\n---\n{}")


def test_an_unknown_indicator_is_named() -> None:
    with pytest.raises(UnknownIndicator, match="no indicator 'nobody'"):
        indicators().named("nobody")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{kpi: A, indicator: no.such, unit: t, decimals: 0, status: verified}", "There is no indicator 'no.such'"),
        ("{kpi: A, indicator: workforce.total, unit: kg, decimals: 0, status: verified}", "cannot be printed in kg"),
        ("{kpi: A, indicator: workforce.total, unit: person, decimals: 13, status: verified}", "decimals 13"),
        ("{kpi: A, indicator: workforce.total, unit: person, status: verified}", "decimals is missing"),
        (
            "{kpi: A, indicator: workforce.total, asks: text, unit: person, decimals: 0, status: verified}",
            "is a number, not a text",
        ),
        ("{kpi: A, indicator: labour.prevention, asks: text, unit: t, status: verified}", "unknown field unit"),
        (
            "{kpi: A, indicator: labour.prevention, dimensions: [gender], status: verified}",
            "is not broken down by gender",
        ),
        ("{kpi: A, indicator: labour.prevention, status: guessed}", "not a valid CodeStatus"),
        (
            "{kpi: A, indicator: community.donations, unit: USD million, decimals: 0, status: verified}",
            "cannot be printed in USD",
        ),
    ],
)
def test_a_bad_row_for_an_indicator_is_refused_with_file_and_row(row: str, words: str) -> None:
    with pytest.raises(BadDataFile, match=rf"t\.yaml: .*{words}"):
        read_framework(parse(f"{_HEAD}  - {row}", where="t.yaml"), where="t.yaml")


def test_an_indicator_appears_once_in_a_framework() -> None:
    row = "{kpi: A, indicator: labour.prevention, status: verified}"
    with pytest.raises(BadDataFile, match=r"labour\.prevention: appears twice"):
        read_framework(parse(f"{_HEAD}  - {row}\n  - {row}", where="t.yaml"), where="t.yaml")


def test_rows_keep_their_place_and_their_further_codes() -> None:
    rows = """
  - {kpi: A, indicator: labour.prevention, status: verified}
  - {kpi: B, key: water.total, title: Water, unit: m3, decimals: 0, status: verified, also: [303-3, E3-4]}
  - {kpi: C, indicator: ghg.scope3, unit: ktCO2e, decimals: 1, dimensions: [category], status: verified, also: [D]}
"""
    framework = read_framework(parse(_HEAD + rows, where="t.yaml"), where="t.yaml")

    assert [(each.key, each.place, each.also) for each in framework.stated] == [
        ("labour.prevention", 0, ()),
        ("ghg.scope3", 2, ("D",)),
    ]
    assert [(each.key, each.place, each.also) for each in framework.rows] == [("water.total", 1, ("303-3", "E3-4"))]


def test_no_indicator_has_the_code_of_a_figure_that_meters_give() -> None:
    keys = {row.key for framework in frameworks().values() for row in framework.rows}
    assert keys & set(indicators().indicators) == set()
