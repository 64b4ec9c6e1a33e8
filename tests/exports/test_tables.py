"""The CSV exports: a row a figure, a row a term, exact digits, no formulas."""

import csv
import io

from app.disclosure.exports.csv_tables import csv_of, figures_csv
from app.disclosure.exports.tables import Table, factors_table, findings_table, lineage_table
from tests.exports.documents import figure, publication


def _rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_a_figure_is_a_row_with_its_earlier_years_beside_it() -> None:
    rows = _rows(figures_csv(publication()))
    assert rows[0] == {
        "kpi": "A1.2",
        "also": "305-2",
        "key": "ghg.scope2",
        "dimensions": "",
        "title": "Title of ghg.scope2",
        "unit": "tCO2e",
        "year": "2021",
        "value": "1577.1",
        "display": "1577",
        "text": "",
        "value_2020": "1400.96",
        "display_2020": "1400",
        "restated_2020": "yes",
        "value_2019": "-12.5",
        "display_2019": "-12",
        "restated_2019": "no",
        "coverage": "1",
        "measured_share": "",
        "estimated_share": "",
        "flags": "factor grid_central pinned",
        "checks": "warning partial: readings cover 98.5 % of the expected time",
        "interim": "no",
        "period": "2021-01-01 to 2021-12-31",
        "period_2020": "",
        "period_2019": "",
    }
    assert [row["key"] for row in rows].count("water.total") == 2
    assert (rows[3]["dimensions"], rows[3]["restated_2019"]) == ("source=municipal", "")


def test_every_digit_of_a_value_is_written_and_a_printed_zero_kept() -> None:
    rows = {row["key"]: row for row in _rows(figures_csv(publication())) if not row["dimensions"]}
    assert rows["ghg.intensity.product.output"]["value"] == "0.52570000000000000001"
    assert rows["workforce.total"]["value"] == "99999999999999999.5"
    assert rows["water.total"]["display_2020"] == "551868.0"
    assert (rows["packaging.total"]["value"], rows["packaging.total"]["display"]) == ("", "")


def test_a_text_that_begins_like_a_formula_gets_an_apostrophe_and_a_negative_number_none() -> None:
    rows = _rows(figures_csv(publication()))
    assert rows[-1]["text"] == "'=HYPERLINK(1)\nand 安全 \U0001f600"
    assert rows[0]["value_2019"] == "-12.5"
    texts = ("=1", "+1", "-1", "@1", "\t1", "\r1", "a=1", " 1")
    written = csv_of(Table(("text",), tuple((text,) for text in texts)))
    assert [row["text"] for row in _rows(written)] == ["'=1", "'+1", "'-1", "'@1", "'\t1", "'\r1", "a=1", " 1"]


def test_the_lineage_has_a_row_for_each_term_and_for_each_term_of_a_divisor() -> None:
    rows = _rows(csv_of(lineage_table(publication())))
    found = [(row["key"], row["part"], row["meters"], row["quantity"], row["value"], row["factor"]) for row in rows]
    assert found == [
        ("ghg.scope2", "term", "north", "1000000", "525.7", "grid_central"),
        ("ghg.scope2", "term", "south", "2000000", "1051.4", "grid_central"),
        ("ghg.intensity.product.output", "term", "north", "1000000", "0.52570000000000000001", "grid_central"),
        ("ghg.intensity.product.output", "divisor", "scale", "3000", "3000", ""),
    ]
    assert (rows[0]["start"], rows[0]["readings"], rows[3]["figure_unit"]) == ("2020-12-31T16:00:00Z", "744", "t")


def test_a_factor_is_listed_once_with_its_source_and_the_figures_that_used_it() -> None:
    (row,) = _rows(csv_of(factors_table(publication())))
    assert (row["factor"], row["kg_co2e"], row["per"], row["source"]) == (
        "grid_central",
        "0.5257",
        "kWh",
        "A yearbook, table 3",
    )
    assert (row["carried_forward_years"], row["figures"]) == ("9", "ghg.scope2 | ghg.intensity.product.output")


def test_findings_name_the_figure_they_are_about() -> None:
    rows = _rows(csv_of(findings_table(publication())))
    assert [(row["key"], row["code"], row["severity"], row["mend"]) for row in rows] == [
        ("ghg.total", "no_base_year", "error", "State one"),
        ("ghg.scope2", "partial", "warning", ""),
        ("packaging.total", "no_data", "info", ""),
    ]


def test_a_publication_without_figures_has_headers_alone() -> None:
    empty = publication(figures=[], checks=[], explanations=[])
    assert figures_csv(empty).decode().splitlines() == [
        "kpi,also,key,dimensions,title,unit,year,value,display,text,"
        "coverage,measured_share,estimated_share,flags,checks,interim,period"
    ]
    assert lineage_table(empty).rows == factors_table(empty).rows == findings_table(empty).rows == ()


def test_commas_quotes_and_line_breaks_stay_in_their_cell() -> None:
    title = 'Water, "fresh"\r\nwithdrawn'
    (row,) = _rows(figures_csv(publication(figures=[figure("A2.2", "water.total", "1", "1", title=title)])))
    assert row["title"] == title
