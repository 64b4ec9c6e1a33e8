"""Reading and changing organizations."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, delete, select

from app.models import (
    ApiKey,
    BulkAmendment,
    Connector,
    Datapoint,
    Evidence,
    FactorPin,
    FigureSetting,
    GwpChoice,
    ImportedPublication,
    Instrument,
    Meter,
    NamedMapping,
    Organization,
    OwnCalorificValue,
    OwnFactor,
    OwnResource,
    Plant,
    Publication,
    Target,
    Upload,
    Webhook,
    archive_file_table,
    arrival_table,
    entered_table,
    id_of,
    kept_answer_table,
    kept_file_table,
    reading_page_table,
)
from app.store.arrivals.marks import mark_everything
from app.store.arrivals.rollup_additions import delete_additions
from app.store.inventory.inventory import change_inventory
from app.store.outbox.events import forget_organization
from app.store.sql.conflicts import DuplicateCode, NotThere, StillInUse, deleting, flush_new
from app.store.sql.keyset import Page, decode_cursor, in_code_order, page_of


def organization_of(session: Session, code: str) -> Organization:
    """Return the organization `code`; raises NotThere."""
    organization = session.exec(select(Organization).where(Organization.code == code)).one_or_none()
    if organization is None:
        raise NotThere(f"There is no organization {code!r}")
    return organization


def organization_page(
    session: Session, *, codes: Collection[str] | None, cursor: str | None, limit: int
) -> Page[Organization]:
    """Return organizations in order of code, those among `codes` alone when given; raises BadCursor."""
    order = in_code_order(session, Organization.code)
    query = select(Organization).order_by(order).limit(limit + 1)
    if codes is not None:
        query = query.where(col(Organization.code).in_(codes))
    if cursor:
        query = query.where(order > decode_cursor(cursor, str)[0])
    return page_of(session.exec(query).all(), limit, lambda organization: (organization.code,))


def unknown_codes(session: Session, codes: Collection[str]) -> list[str]:
    """Return those of `codes` that no organization has."""
    known = set(session.exec(select(Organization.code).where(col(Organization.code).in_(codes))))
    return [code for code in codes if code not in known]


def create_organization(session: Session, values: Mapping[str, Any], *, now_ms: int) -> Organization:
    """Store a new organization; raises DuplicateCode.

    Whoever else creates one waits: no node of a cluster could tell that another has the code.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(1702061357, -2)"))
    if session.exec(select(Organization.id).where(Organization.code == values["code"])).first() is not None:
        raise DuplicateCode(f"The organization code {values['code']!r} is already taken")
    organization = Organization(**values, inventory_version=0, created_at=now_ms)
    session.add(organization)
    flush_new(session, "organization", organization.code)
    return organization


def update_organization(session: Session, code: str, changes: Mapping[str, Any]) -> Organization:
    """Change an organization; whoever changes its reporting years has the year buckets follow.

    Raises NotThere, and StillInUse when ledgers or datapoints are kept in the currency that would change.
    """
    organization = locked_organization(session, code)
    currency = changes.get("currency", organization.currency)
    ledger = select(Meter.code).where(Meter.organization_id == organization.id, Meter.unit == organization.currency)
    if currency != organization.currency and (kept := session.exec(ledger).first()):
        raise StillInUse(f"The meter {kept!r} is kept in {organization.currency}; its unit cannot change under it")
    money = select(Datapoint.code).where(
        Datapoint.organization_id == organization.id, col(Datapoint.unit).startswith("currency")
    )
    if currency != organization.currency and (stated := session.exec(money).first()):
        words = f"The datapoint {stated!r} is stated in {organization.currency}; its unit cannot change under it"
        raise StillInUse(words)
    if changes.get("plausibility", organization.plausibility) != organization.plausibility:
        mark_everything(session, id_of(organization), _registers_judged_by(session, organization))
    for name, value in changes.items():
        setattr(organization, name, value)
    session.flush()
    return organization


def _registers_judged_by(session: Session, organization: Organization) -> list[int]:
    """Return the registers whose rollups the organization's plausibility decides: those that state none."""
    query = select(Meter.id).where(Meter.organization_id == organization.id, Meter.kind == "register")
    return [meter for meter in session.exec(query.where(col(Meter.plausibility).is_(None))) if meter is not None]


def delete_organization(session: Session, code: str) -> None:
    """Delete an organization without plants, meters, factors, targets or publications; raises NotThere, StillInUse."""
    organization = locked_organization(session, code)
    children = (
        (Plant, "plants"),
        (Meter, "meters"),
        (OwnFactor, "factors"),
        (OwnCalorificValue, "calorific values"),
        (Instrument, "instruments"),
        (Datapoint, "datapoints"),
        (Target, "targets"),
        (Publication, "publications"),
        (ImportedPublication, "imported publications"),
        (Webhook, "webhooks"),
        (Connector, "connectors"),
    )
    for child, name in children:
        if session.exec(select(child).where(child.organization_id == organization.id).limit(1)).first():
            raise StillInUse(f"The organization {code!r} still has {name}")
    for key in session.exec(select(ApiKey)):
        if key.organizations and code in key.organizations:
            raise StillInUse(f"The key {key.code!r} is limited to the organization {code!r}; delete the key first")
    with deleting(f"The organization {code!r}"):
        for chosen in (FactorPin, GwpChoice, FigureSetting, OwnResource, BulkAmendment, Upload, NamedMapping, Evidence):
            session.exec(delete(chosen).where(col(chosen.organization_id) == organization.id))
        for table in (
            arrival_table,
            entered_table,
            reading_page_table,
            archive_file_table,
            kept_answer_table,
            kept_file_table,
        ):  # of meters that are gone: no reading is left; and what callers were answered
            session.connection().execute(table.delete().where(table.c.organization_id == organization.id))
        delete_additions(session, id_of(organization))
        forget_organization(session, id_of(organization))
        session.delete(organization)
        session.flush()


def locked_organization(session: Session, code: str) -> Organization:
    """Return the organization once nobody else reads or changes its inventory; raises NotThere."""
    organization = organization_of(session, code)
    change_inventory(session, id_of(organization))
    session.refresh(organization)
    return organization


def every_organization(session: Session) -> list[Organization]:
    """Return every organization, in id order."""
    return list(session.exec(select(Organization).order_by(col(Organization.id))))


def organization_by_id(session: Session, organization_id: int) -> Organization | None:
    """Return an organization by its database key; None when it was deleted."""
    return session.get(Organization, organization_id)
