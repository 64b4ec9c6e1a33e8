"""The tables that the example companies printed, stored as a caller would post them."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from sqlmodel import Session

from app.core.datafile import parse
from app.disclosure.history.imports import take_import
from app.schemas.disclosures.imported import ImportedPublicationCreate
from app.store.reporting.imported import imported_of
from app.store.sql.conflicts import NotThere


def ensure_printed(session: Session, organization_id: int, name: str, *, now_ms: int) -> None:
    """Store the printed table of the example company `name`, unless it is there."""
    body = ImportedPublicationCreate.model_validate(printed_table(name))
    try:
        imported_of(session, organization_id, body.code)
    except NotThere:
        take_import(session, organization_id, body.model_dump(), key_code=None, now_ms=now_ms)


def printed_table(name: str) -> dict[str, Any]:
    """Return the body that posts the table of printed/`name`.yaml: a row with values by year is one row for each."""
    [table] = parse(files("app.demo").joinpath("printed", f"{name}.yaml").read_text("utf-8"), where=f"{name}.yaml")
    rows = [row for line in table["rows"] for row in _by_year(line)]
    plants = [{**plant, "headcounts": list(_headcounts(plant))} for plant in table["plants"]]
    return {**table, "rows": rows, "plants": plants}


def _by_year(line: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    of_all = {name: value for name, value in line.items() if name != "values"}
    for year, value in line["values"].items():
        yield {**of_all, "year": year, "value": value}


def _headcounts(plant: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    return ({"year": year, "persons": persons} for year, persons in plant.get("headcounts", {}).items())
