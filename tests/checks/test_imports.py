"""Importing printed tables: stored once, read back to the last digit, never changed, refused when senseless."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.demo.printed_tables import printed_table
from app.store.engine.database import Database
from tests.checks.tables import Printer, add, rows_of, table
from tests.conftest import Make
from tests.support.works import answer

Body = dict[str, Any]


def _posted(printer: Printer, code: str, **fields: Any) -> Body:
    got = printer.post({**table(), "code": code, **fields})
    assert got.status_code == 201, got.text
    assert got.headers["Location"] == f"{printer.path}/{code}"
    created: Body = json.loads(got.text, parse_float=Decimal)
    return created


def test_an_import_is_read_back_as_it_was_sent(printer: Printer) -> None:
    created = _posted(printer, "kept", source="The report of 2021", rounding="down")
    got = printer.client.get(f"{printer.path}/kept")
    assert json.loads(got.text, parse_float=Decimal) == created
    (row,) = rows_of(created, "ghg.intensity.product.output", 2020)
    assert (row["value"], row["decimals"], row["unit"], row["boundary"]) == (Decimal("1.65"), 2, "tCO2e", None)
    # 1.80 leaves a JSON writer as 1.8: it has the decimals of the others in its line.
    (row,) = rows_of(created, "ghg.intensity.product.output", 2021)
    assert (row["value"], row["decimals"]) == (Decimal("1.8"), 2)
    assert (created["rounding"], created["source"], created["supersedes"]) == ("down", "The report of 2021", None)
    assert len(created["hash"]) == 64


def test_imports_are_listed_without_their_rows(printer: Printer) -> None:
    for code in ("listed-a", "listed-b", "listed-c"):
        _posted(printer, code)
    first = printer.client.get(printer.path, params={"limit": 1}).json()
    assert set(first["items"][0]) == {"code", "title", "framework", "year", "supersedes", "hash", "stored_at"}
    codes, cursor = [], None
    while True:
        page = printer.client.get(printer.path, params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        codes += [item["code"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert codes == sorted(codes)
    assert {"listed-a", "listed-b", "listed-c"} <= set(codes)


def test_a_correction_is_a_new_import_that_names_the_old_one(printer: Printer) -> None:
    _posted(printer, "first")
    again = printer.post({**table(), "code": "first"})
    assert (again.status_code, again.json()["code"]) == (409, "duplicate_code")
    assert _posted(printer, "second", supersedes="first")["supersedes"] == "first"


@pytest.mark.parametrize("path", ["/nowhere", "/nowhere/checks"])
def test_what_was_never_imported_is_not_there(printer: Printer, path: str) -> None:
    got = printer.client.get(printer.path + path)
    assert (got.status_code, got.json()["code"]) == (404, "not_found")


def _row(**fields: Any) -> Callable[[Body], None]:
    return lambda body: body["rows"][0].update(fields)


REFUSED: dict[str, tuple[Callable[[Body], Any], tuple[int | None, str, str]]] = {
    "framework": (lambda body: body.update(framework="hkex-1066"), (None, "framework", "unknown_framework")),
    "correction of nothing": (lambda body: body.update(supersedes="none"), (None, "supersedes", "unknown_publication")),
    "plant twice": (lambda body: body["plants"].append(body["plants"][0]), (1, "plants", "given_twice")),
    "index twice": (
        lambda body: body.update(index=[{"kpi": "A1.1", "status": "omitted"}] * 2),
        (1, "index", "given_twice"),
    ),
    "later year": (_row(year=2022), (0, "year", "invalid_period")),
    "value and text": (_row(text="words"), (0, "text", "value_or_text")),
    "boundary": (_row(boundary=["elsewhere"]), (0, "boundary", "unknown_plant")),
    "factor": (_row(factors=[{"code": "no_such_factor"}]), (0, "factors", "unknown_factor")),
    "factor without a name": (_row(factors=[{"region": "CN"}]), (0, "factors", "missing")),
    "place": (lambda body: body["plants"][0].update(grid_region="South China"), (0, "grid_region", "unknown_region")),
    "country": (lambda body: body["plants"][0].update(country="UK", region=None), (0, "country", "unknown_country")),
    "region of a factor": (
        _row(factors=[{"title": "t", "resource": "fuel.coke", "region": "Central"}]),
        (0, "factors", "unknown_region"),
    ),
    "factor without a unit": (
        _row(factors=[{"title": "t", "resource": "fuel.coke", "kg_co2e": 1}]),
        (0, "factors", "missing"),
    ),
    "years of a sentence": (
        lambda body: body["assertions"][0].update(from_year=2021),
        (0, "from_year", "invalid_period"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_import_that_makes_no_sense_is_refused(printer: Printer, case: str) -> None:
    edit, problem = REFUSED[case]
    body = {**table(), "code": "refused"}
    edit(body)
    refused = printer.post(body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_fields")
    assert [(each["index"], each["field"], each["code"]) for each in refused.json()["errors"]] == [problem]
    assert printer.client.get(f"{printer.path}/refused").status_code == 404


def test_a_correction_is_of_the_same_framework_and_year(printer: Printer) -> None:
    _posted(printer, "of-2021")
    body = {**table(), "code": "of-2022", "year": 2022, "supersedes": "of-2021"}
    assert [each["code"] for each in printer.post(body).json()["errors"]] == ["unlike_publication"]


def test_a_field_nobody_knows_and_words_for_a_number_are_refused(printer: Printer) -> None:
    body = {**table(), "code": "strange"}
    add(body, "water.total", "1", "m3", colour="blue")
    body["rows"][0]["value"] = "216 m3"
    errors = printer.post(body).json()["errors"]
    assert {(each["field"], each["code"]) for each in errors} == {
        ("colour", "extra_forbidden"),
        ("value", "number_type"),
    }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE imported_publication SET document = '{}'",
        "DELETE FROM imported_publication",
    ],
)
def test_the_database_lets_nobody_change_an_import(
    client: Any, database: Database, make_organization: Make, statement: str
) -> None:
    make_organization()
    path = "/v1/organizations/acme/imported-publications"
    body = json.loads(json.dumps(printed_table("magnesium"), default=float))
    answer(client, "POST", path, 201, content=json.dumps(body), headers={"Content-Type": "application/json"})
    with pytest.raises(IntegrityError, match="never changed or deleted"), database.write() as session:
        session.connection().execute(text(statement))
    assert len(answer(client, "GET", path, 200)["items"]) == 1
    answer(client, "DELETE", "/v1/organizations/acme", 409)
