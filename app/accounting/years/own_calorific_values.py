"""The calorific values of an organization: what ships beside what it states, and adding to it."""

from collections.abc import Callable

from sqlmodel import Session

from app.accounting.factors.calorific import CalorificValue
from app.accounting.ledger.rows import calorific_columns, known_calorific_values
from app.accounting.selection.own_calorific import calorific_problems
from app.accounting.years.own_resources import energy_contents
from app.core.inventory.inventory import InvalidFields
from app.store.engine.database import Database
from app.store.inventory.plants import plant_places
from app.store.inventory.resources import catalogue_of
from app.store.reporting import calorific_values, factors
from app.store.sql.conflicts import DuplicateCode


def calorific_values_of(session: Session, organization_id: int) -> dict[str, CalorificValue]:
    """Return shipped and own calorific values and densities by code, energy contents of own resources among them."""
    contents = energy_contents(catalogue_of(session, organization_id))
    stated = known_calorific_values(calorific_values.own_calorific_values(session, organization_id))
    return {value.code: value for value in contents} | stated


def add_calorific_value(
    database: Database, organization_id: int, value: CalorificValue, *, now_ms: int, keep: Callable[[Session], None]
) -> None:
    """Store one new calorific value or density, and what `keep` stores with it; raises DuplicateCode, InvalidFields."""
    with database.write() as session:
        factors.lock_factors(session, organization_id)
        known = calorific_values_of(session, organization_id)
        if value.code in known:
            raise DuplicateCode(f"The calorific value code {value.code!r} is already taken")
        catalogue, places = catalogue_of(session, organization_id), places_of(session, organization_id)
        if problems := list(calorific_problems(value, known, catalogue, places)):
            raise InvalidFields(problems)
        calorific_values.create_calorific_value(session, organization_id, calorific_columns(value), now_ms=now_ms)
        keep(session)


def places_of(session: Session, organization_id: int) -> set[str]:
    """Return the plants of an organization, what they name as their place, and regions of its own factors."""
    return plant_places(session, organization_id) | factors.own_regions(session, organization_id)
