"""Changing the inventory, while nobody writes readings that are judged by it."""

from sqlalchemy import text
from sqlmodel import Session

from app.store.arrivals.entering import enter_everything
from app.store.directory.directory import lock_inventory_alone


def change_inventory(session: Session, organization_id: int) -> None:
    """Let the inventory version grow, once nobody holds it; call it before changing or deleting plants and meters.

    What has arrived is entered first, so that a meter's readings are all where they are looked for.
    """
    lock_inventory_alone(session, organization_id)
    enter_everything(session, organization_id)
    statement = text("UPDATE organization SET inventory_version = inventory_version + 1 WHERE id = :id")
    session.connection().execute(statement, {"id": organization_id})
