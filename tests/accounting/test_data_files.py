"""The strict reading of reference data files."""

from datetime import date
from decimal import Decimal

import pytest

from app.accounting.factors.gwp import gwp_set_named
from app.accounting.selection.shipped import check_codes, check_series, read_tables
from app.core.datafile import BadDataFile, Row, parse
from tests.support.factors import factor

_TABLE = """
source: {document: A, table: B, year: 2020, read_from: C}
common: {resource: electricity.grid, method: location, per: kWh, region: CN, factor_set: s, edition: 1,
         valid_from: 2020-01-01}
factors:
"""


def _read(rows: str) -> object:
    return read_tables(parse(_TABLE + rows, where="t.yaml"), where="t.yaml")


def test_a_decimal_fraction_is_read_as_it_is_written() -> None:
    assert parse("a: 0.1000000000000000000001", where="x") == [{"a": Decimal("0.1000000000000000000001")}]


def test_a_key_given_twice_is_refused_with_its_line() -> None:
    with pytest.raises(BadDataFile, match="x: line 1: key 'a' appears twice"):
        parse("{a: 1, a: 2}", where="x")


@pytest.mark.parametrize("text", ["a: .inf", "a: .nan"])
def test_a_number_that_is_not_finite_is_refused(text: str) -> None:
    with pytest.raises(BadDataFile, match="x: line 1"):
        parse(text, where="x")


def test_an_unknown_field_is_refused_with_file_and_row() -> None:
    with pytest.raises(BadDataFile, match=r"t\.yaml: table 1: factors: row f: unknown field colour"):
        _read("  - {code: f, kg_co2: 1, colour: red}")


def test_a_missing_field_is_refused() -> None:
    with pytest.raises(BadDataFile, match="row 0: code is missing"):
        _read("  - {kg_co2: 1}")


def test_a_table_without_a_source_is_refused() -> None:
    text = _TABLE.replace("table: B, ", "") + "  - {code: f, kg_co2: 1}"
    with pytest.raises(BadDataFile, match=r"t\.yaml: table 1: source: table is missing"):
        read_tables(parse(text, where="t.yaml"), where="t.yaml")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{code: f, kg_co2: -1}", "a negative value"),
        ("{code: f}", "neither gases nor CO2e"),
        ("{code: f, kg_co2: 1, kg_co2e: 1}", "or both"),
        ("{code: f, kg_co2: 1, valid_to: 2020-01-01}", "valid_to is not after valid_from"),
        ("{code: f, kg_co2: 1, resource: moonlight}", "unknown resource or unit moonlight"),
        ("{code: f, kg_co2: 1, per: bushel}", "unknown resource or unit bushel"),
        ("{code: f, kg_co2: '1'}", "kg_co2 is not a number"),
        ("{code: f, kg_co2: 1, method: guess}", "'guess' is not a valid Method"),
        ("{code: f, kg_co2: 1, attributes: {use: vehicle}}", "has no attribute 'use'"),
    ],
)
def test_a_factor_that_makes_no_sense_is_refused(row: str, words: str) -> None:
    with pytest.raises(BadDataFile, match=words):
        _read(f"  - {row}")


def test_windows_of_one_series_do_not_overlap() -> None:
    with pytest.raises(BadDataFile, match="factors a and b of one series overlap"):
        check_series([factor("a"), factor("b")])


def test_a_successor_that_names_what_it_supersedes_may_overlap() -> None:
    check_series([factor("a"), factor("b", supersedes="a")])


def test_a_code_is_given_once_in_all_files() -> None:
    with pytest.raises(BadDataFile, match="factor a appears twice"):
        check_codes([factor("a"), factor("b"), factor("a")])


def test_what_is_superseded_is_there_before_or_behind() -> None:
    check_codes([factor("a"), factor("b", supersedes="a")])
    check_codes([factor("b", supersedes="a"), factor("a")])
    with pytest.raises(BadDataFile, match="factor b supersedes the unknown c"):
        check_codes([factor("a"), factor("b", supersedes="c")])


def test_a_row_is_not_a_list() -> None:
    with pytest.raises(BadDataFile, match="x: is not a mapping"):
        Row([], where="x")


def test_the_potentials_of_ar5_are_28_for_methane_and_265_for_nitrous_oxide() -> None:
    gases = gwp_set_named("AR5").gases
    assert (gases["CH4"], gases["N2O"]) == (Decimal(28), Decimal(265))


def test_a_hole_between_editions_is_explained() -> None:
    early = factor("a", valid_to=date(2020, 1, 1))
    with pytest.raises(BadDataFile, match="no edition of the series of b covers 2020-01-01 to 2021-01-01"):
        check_series([early, factor("b", valid_from=date(2021, 1, 1))])
    check_series([early, factor("b", valid_from=date(2021, 1, 1), hole_before="nobody read the report")])
    with pytest.raises(BadDataFile, match="factor b explains a hole that is not there"):
        check_series([early, factor("b", valid_from=date(2020, 1, 1), hole_before="nobody read the report")])


def test_a_gas_without_a_potential_is_refused() -> None:
    with pytest.raises(BadDataFile, match="no potential of helium"):
        _read("  - {code: f, gases: {helium: 1}}")
