"""Stating datapoints and reading what stands stated: the rules between a statement and the rows it becomes."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.accounting.stated.datapoints import Stated, StatedBook, Statement, canonical, code_of, statement_problems
from app.accounting.stated.indicators import Kind, indicators
from app.accounting.stated.stated_units import stated_in
from app.core.calendar.fiscal_years import PeriodName, UnknownPeriod, is_transition, year_of
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.models import Datapoint, Organization, id_of
from app.store.directory.directory import lock_inventory
from app.store.directory.fiscal_years import calendar_of
from app.store.inventory.plants import plant_of
from app.store.reporting.datapoints import (
    DatapointFilter,
    DatapointRow,
    add_version,
    latest_version,
    lock_datapoints,
    period_of,
    revisions_of,
    standing_datapoints,
)
from app.store.rollups.shown import mark_figures
from app.store.sql.conflicts import NotThere


def state(
    session: Session, organization: Organization, statement: Statement, *, key_code: str | None, now_ms: int
) -> tuple[DatapointRow, bool]:
    """Store a statement and tell whether it is a new version: what stands already, evidence and all, is left as it is.

    Raises InvalidFields.
    """
    organization_id, currency = id_of(organization), organization.currency
    # Reporting periods stand still until the statement is stored.
    lock_inventory(session, organization_id)
    session.refresh(organization)
    problems = list(statement_problems(statement, indicators(), currency=currency))
    plant_id = None
    if statement.plant is not None:
        try:
            plant_id = plant_of(session, organization_id, statement.plant).id
        except NotThere as error:
            problems.append(FieldProblem("plant", "unknown_plant", str(error)))
    try:
        calendar_of(organization).named(statement.year)
    except UnknownPeriod as error:
        problems.append(FieldProblem("period", "unknown_period", str(error)))
    if problems:
        raise InvalidFields(problems)
    code = code_of(statement.indicator, statement.year, plant_id, statement.dimensions)
    lock_datapoints(session, organization_id)
    before = latest_version(session, organization_id, code)
    values = _content(statement, currency=currency)
    if before is not None and _same(before, values):
        return DatapointRow(before, statement.plant), False
    identity = {
        "code": code,
        "indicator": statement.indicator,
        "year": year_of(statement.year),
        "transition": is_transition(statement.year),
        "plant_id": plant_id,
        "dimensions": canonical(statement.dimensions),
    }
    stored = add_version(session, organization_id, {**identity, **values, "key_code": key_code}, now_ms=now_ms)
    _mark(session, organization, statement.year)
    return DatapointRow(stored, statement.plant), True


def withdraw(
    session: Session, organization: Organization, code: str, *, reason: str, key_code: str | None, now_ms: int
) -> None:
    """Say that a datapoint is no longer stated, as one more version; raises NotThere, also for one withdrawn before."""
    organization_id = id_of(organization)
    lock_datapoints(session, organization_id)
    standing, _ = revisions_of(session, organization_id, code)[-1]
    if is_withdrawn(standing):
        raise NotThere(f"The datapoint {code!r} has been withdrawn")
    identity = {
        name: getattr(standing, name)
        for name in ("code", "indicator", "year", "transition", "plant_id", "dimensions", "unit")
    }
    nothing = dict.fromkeys(("value", "text", "stated_value", "stated_unit"))
    values = {**identity, **nothing, "evidence": reason, "key_code": key_code}
    add_version(session, organization_id, values, now_ms=now_ms)
    _mark(session, organization, period_of(standing))


def was_stated(session: Session, organization: Organization, statement: Statement) -> bool:
    """Tell whether anything was ever stated of the statement's indicator, year, plant and dimensions.

    Raises NotThere for an unknown plant.
    """
    organization_id = id_of(organization)
    plant_id = None if statement.plant is None else plant_of(session, organization_id, statement.plant).id
    code = code_of(statement.indicator, statement.year, plant_id, statement.dimensions)
    return latest_version(session, organization_id, code) is not None


def is_withdrawn(version: Datapoint) -> bool:
    """Tell whether a version takes the datapoint back."""
    return version.value is None and version.text is None


def stated_books(
    session: Session,
    organization: Organization,
    years: Sequence[PeriodName],
    *,
    plants: Sequence[str] = (),
    as_of_ms: int | None = None,
) -> dict[PeriodName, StatedBook]:
    """Return what stands stated of each period, or stood at an instant, of the whole organization or of one plant.

    Of several plants together nobody has stated anything: what is stated is never added up.
    """
    asked = DatapointFilter(years=years if len(plants) < 2 else (), plants=plants, as_of_ms=as_of_ms)
    found: dict[PeriodName, list[Stated]] = {year: [] for year in years}
    for row in standing_datapoints(session, id_of(organization), asked):
        found[period_of(row.datapoint)].append(stated_from(row.datapoint))
    return {year: StatedBook(each, currency=organization.currency) for year, each in found.items()}


def stated_from(version: Datapoint) -> Stated:
    """Return a stored version as the rules see it."""
    return Stated(
        code=version.code,
        indicator=version.indicator,
        dimensions=json.loads(version.dimensions),
        value=version.value,
        text=version.text,
        stated_value=version.stated_value,
        stated_unit=version.stated_unit,
        evidence=version.evidence,
        revision=version.revision,
        key=version.key_code,
        stored_ms=version.stored_at,
    )


def _content(statement: Statement, *, currency: str) -> dict[str, Any]:
    """Return the columns that say what is stated, the number in the indicator's unit."""
    indicator = indicators().named(statement.indicator)
    value: Decimal | None = None
    if indicator.kind is Kind.NUMBER and statement.value is not None:
        value = stated_in(statement.value, statement.unit or "", indicator.unit or "", currency=currency)
    return {
        "value": value,
        "text": statement.text,
        "unit": indicator.unit,
        "stated_value": statement.value,
        "stated_unit": statement.unit,
        "evidence": statement.evidence,
    }


def _same(before: Datapoint, values: dict[str, Any]) -> bool:
    """Tell whether a version says the same: an equal amount in another unit is the same amount."""
    return all(getattr(before, name) == values[name] for name in ("value", "text", "evidence"))


def _mark(session: Session, organization: Organization, year: PeriodName) -> None:
    mark_figures(session, id_of(organization), [calendar_of(organization).named(year).first_day])
