"""One change at a time of what an organization has set, so that it is compared and changed in one step."""

from sqlalchemy import text
from sqlmodel import Session

_SPACE = 1_702_061_361


def lock_changes(session: Session, organization_id: int) -> None:
    """Wait until nobody else changes the organization's settings, and keep it so in this transaction.

    On SQLite the writing transaction itself does. Whoever takes other locks as well takes this one first.
    """
    if session.get_bind().dialect.name == "postgresql":
        statement = text("SELECT pg_advisory_xact_lock(:space, :id)")
        session.connection().execute(statement, {"space": _SPACE, "id": organization_id})
