"""What is told of a whole table: KPIs nobody answers, one year alone, another denominator, thousands of rows."""

from tests.checks.tables import Printer, add, put, table


def test_a_kpi_that_is_neither_disclosed_nor_explained_is_found(printer: Printer) -> None:
    found = printer.found(table())
    assert ("kpi_missing", "A1.3") in found
    assert {code for code, _ in found} == {"kpi_missing"}
    assert not {"A1.2", "A2.1", "A2.2", "Profile"} & {key for _, key in found}


def test_a_table_of_one_year_has_no_comparatives(printer: Printer) -> None:
    body = table()
    body["rows"] = [row for row in body["rows"] if row["year"] == 2021]
    body["assertions"] = []
    assert printer.found(printer.explained(body)) == [("no_comparatives", None)]


def test_a_ratio_that_another_denominator_gives_names_it(printer: Printer) -> None:
    body = table()
    for year, persons, cubic_metres in ((2020, "100", "40.0"), (2021, "110", "37.8")):
        add(body, "headcount", persons, "person", year)
        put(body, "water.intensity.product.output", year, cubic_metres)
    details = [check["detail"] for check in printer.checks(printer.explained(body))]
    assert details == [
        "water.intensity.product.output 2020 is printed as 40, but water.total / product.output is 8.00; "
        "headcount gives them",
        "water.intensity.product.output 2021 is printed as 37.8, but water.total / product.output is 8.00; "
        "headcount gives them",
    ]


def test_a_large_table_is_checked_to_its_last_row(printer: Printer) -> None:
    body = table()
    for place in range(4_000):
        add(body, "workforce.total", "1", "person", dimensions={"region": f"r{place}"})
        add(body, "water.recycled", "7", "m3", 2020 + place % 2, kpi="A2.2")
    assert printer.found(printer.explained(body)) == [("parts_do_not_add_up", "workforce.total")]
