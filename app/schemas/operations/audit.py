"""What an entry of the audit log looks like from outside."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from app.core.calendar.periods import instant_from_ms
from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Instant


class AuditEntry(Shape):
    """One change of one thing, tied to the entry before it by `previous_hash`.

    `actor` is the code of a key, `environment` for the operator's own key, `job:` and a job's name, `command` or
    `program`; `name` is the key's as it was called then. `before` and `after` hold the columns that changed, all of
    them where the thing was created or deleted. Instants in them are UTC milliseconds.
    """

    number: int
    at: Instant
    actor: str
    name: str | None
    operation: str | None
    kind: str
    subject: str
    before: Any = Field(description="What it said before; null for what is new.")
    after: Any = Field(description="What it says since; null for what was deleted.")
    request_id: str | None
    address: str | None
    previous_hash: str
    hash: str


class AuditEntryPage(Shape):
    """Some entries, newest first, and the cursor of those that follow."""

    items: list[AuditEntry]
    next: str | None


def audit_entry_from(row: Mapping[str, Any]) -> AuditEntry:
    """Return the outside view of a stored entry."""
    return AuditEntry(
        number=row["number"],
        at=instant_from_ms(row["at"]),
        actor=row["actor"],
        name=row["name"],
        operation=row["operation"],
        kind=row["kind"],
        subject=row["subject"],
        before=None if row["before"] is None else json.loads(row["before"]),
        after=None if row["after"] is None else json.loads(row["after"]),
        request_id=row["request_id"],
        address=row["address"],
        previous_hash=row["previous"],
        hash=row["hash"],
    )
