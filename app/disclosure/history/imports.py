"""Taking in a table that was printed before: what it must satisfy, and its one canonical text."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlmodel import Session

from app.accounting.factors.factor import GLOBAL, Factor
from app.accounting.factors.regions import Stand, place_problems, region_problems
from app.accounting.ledger.rows import known_factors
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.disclosure.frameworks.frameworks import frameworks
from app.disclosure.history.canonical import canonical, digest_of
from app.models import ImportedPublication
from app.store.reporting.factors import own_factors
from app.store.reporting.imported import add_imported, imported_of
from app.store.sql.conflicts import NotThere

Document = Mapping[str, Any]
_PLACE = ("country", "region", "grid_region")


def take_import(
    session: Session, organization_id: int, document: Document, *, key_code: str | None, now_ms: int
) -> ImportedPublication:
    """Store an import, its members as the API's schema names them; raises InvalidFields, DuplicateCode."""
    problems = list(_problems(document, known_factors(own_factors(session, organization_id))))
    if document["supersedes"] is not None:
        problems += _correction_problems(session, organization_id, document)
    if problems:
        raise InvalidFields(problems)
    text = canonical(with_decimals(document))
    values = {name: document[name] for name in ("code", "framework", "year", "title", "supersedes")}
    return add_imported(
        session,
        organization_id,
        {**values, "document": text, "digest": digest_of(text), "key_code": key_code},
        now_ms=now_ms,
    )


def with_decimals(document: Document) -> dict[str, Any]:
    """Return an import with the decimals of every number: as is said, else the most that one of its key and unit has.

    JSON writers drop zeros at the end, so that 183.00 arrives as 183 beside 201.63.
    """
    most: dict[tuple[str, str], int] = {}
    for row in document["rows"]:
        if row["value"] is not None:
            of = row["key"], row["unit"]
            most[of] = max(most.get(of, 0), -row["value"].as_tuple().exponent)
    rows = [
        {**row, "decimals": most.get((row["key"], row["unit"]))} if row["decimals"] is None else row
        for row in document["rows"]
    ]
    return {**document, "rows": rows}


def _correction_problems(session: Session, organization_id: int, document: Document) -> Iterator[FieldProblem]:
    try:
        before = imported_of(session, organization_id, document["supersedes"])
    except NotThere as error:
        yield FieldProblem("supersedes", "unknown_publication", str(error))
        return
    if (before.framework, before.year) != (document["framework"], document["year"]):
        words = f"{before.code} is of {before.framework} {before.year}: nothing of it is corrected here"
        yield FieldProblem("supersedes", "unlike_publication", words)


def _problems(document: Document, factors: Mapping[str, Factor]) -> Iterator[FieldProblem]:
    if document["framework"] not in frameworks():
        words = f"There is no framework {document['framework']!r}; there are {', '.join(frameworks())}"
        yield FieldProblem("framework", "unknown_framework", words)
    yield from _twice("plants", [plant["code"] for plant in document["plants"]])
    yield from _twice("index", [item["kpi"] for item in document["index"]])
    plants = {plant["code"] for plant in document["plants"]}
    own = {factor.region for factor in factors.values() if factor.own}
    for place, plant in enumerate(document["plants"]):
        stand = Stand(plant["country"], plant["region"], plant["grid_region"])
        yield from place_problems(stand, own, sent=_PLACE, index=place)
    for place, row in enumerate(document["rows"]):
        yield from _row_problems(row, place, plants, document["year"])
        yield from _factor_problems(row["factors"], place, factors)
        yield from _region_problems(row["factors"], place, {GLOBAL, *own, *plants})
    for place, said in enumerate(document["assertions"]):
        if said["from_year"] >= said["year"]:
            yield FieldProblem("from_year", "invalid_period", "from_year lies before year", place)


def _row_problems(row: Document, place: int, plants: Collection[str], year: int) -> Iterator[FieldProblem]:
    if row["year"] > year:
        yield FieldProblem("year", "invalid_period", f"the publication is of {year}; no row is of a later year", place)
    if row["value"] is not None and row["text"] is not None:
        yield FieldProblem("text", "value_or_text", "a row has a value or a text, or neither", place)
    if strange := sorted(set(row["boundary"] or ()) - set(plants)):
        yield FieldProblem("boundary", "unknown_plant", f"the publication has no plant {', '.join(strange)}", place)


def _factor_problems(cited: Iterable[Document], place: int, factors: Collection[str]) -> Iterator[FieldProblem]:
    for factor in cited:
        if factor["code"] is not None and factor["code"] not in factors:
            yield FieldProblem("factors", "unknown_factor", f"There is no factor {factor['code']!r}", place)
        if factor["code"] is None and None in (factor["title"], factor["resource"]):
            yield FieldProblem("factors", "missing", "name a factor by its code, or by title and resource", place)
        if (factor["kg_co2e"] is None) is not (factor["per"] is None):
            yield FieldProblem("factors", "missing", "kg_co2e and per are given together", place)


def _region_problems(cited: Iterable[Document], place: int, known: Collection[str]) -> Iterator[FieldProblem]:
    for factor in cited:
        if factor["region"] is not None and factor["region"] not in known:
            yield from region_problems("factors", factor["region"], index=place)


def _twice(field: str, names: Iterable[str]) -> Iterator[FieldProblem]:
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name in seen:
            yield FieldProblem(field, "given_twice", f"{name!r} is given twice", place)
        seen.add(name)
