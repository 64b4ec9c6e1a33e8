"""The chain: entries of an organization, each with the hash of the one before, appended by one writer at a time."""

import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.core.acting import actor
from app.models import audit_entry_table, audit_head_table

SERVICE = 0
"""The organization of entries about the service as a whole, such as those on keys; no organization has this id."""

NO_HASH = "0" * 64
"""What the first entry names as the hash before it."""

HASHED = (
    "organization_id",
    "number",
    "at",
    "actor",
    "name",
    "operation",
    "kind",
    "subject",
    "before",
    "after",
    "request_id",
    "address",
    "previous",
)
"""What an entry's hash is of: the SHA-256 of the JSON list of these, in this order, without spaces, as UTF-8."""

_head = audit_head_table.c


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one thing of an organization: null before it was there, and null when it is no more."""

    organization_id: int
    kind: str
    subject: str
    before: Any
    after: Any


def hash_of(entry: Mapping[str, Any]) -> str:
    """Return the hash of an entry's content and of the hash before it."""
    return hashlib.sha256(canonical([entry[name] for name in HASHED]).encode()).hexdigest()


def canonical(value: Any) -> str:
    """Return JSON of which there is one text: keys in order, no spaces, no escapes but the needed ones."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def append(connection: Connection, changes: Sequence[Change]) -> None:
    """Append changes to the chains of their organizations, in the transaction that made them and as its last act.

    Two transactions of an organization append one after the other: the second waits for the row of the head until the
    first has committed, for no longer than that takes, since nothing is done in between. On SQLite it is the one
    writer. Whoever touches several organizations takes their heads in order of id. An example: A and B both read head
    7; B would write an entry 8 of its own beside A's; so B reads it only when A's 8 is there, and writes 9.
    """
    at, acting = time.time_ns() // 1_000_000, actor()
    for organization_id in sorted({change.organization_id for change in changes}):
        head = _held(connection, organization_id)
        number, previous, rows = head.number, head.hash, []
        for change in changes:
            if change.organization_id != organization_id:
                continue
            number += 1
            row = {
                "organization_id": organization_id,
                "number": number,
                "at": at,
                "actor": acting.who,
                "name": acting.name,
                "operation": acting.operation,
                "kind": change.kind,
                "subject": change.subject,
                "before": None if change.before is None else canonical(change.before),
                "after": None if change.after is None else canonical(change.after),
                "request_id": acting.request_id,
                "address": acting.address,
                "previous": previous,
            }
            previous = row["hash"] = hash_of(row)
            rows.append(row)
        connection.execute(insert(audit_entry_table), rows)
        moved = update(audit_head_table).where(_head.organization_id == organization_id)
        connection.execute(moved.values(number=number, hash=previous))


def _held(connection: Connection, organization_id: int) -> Any:
    query = select(_head.number, _head.hash).where(_head.organization_id == organization_id).with_for_update()
    found = connection.execute(query).first()
    if found is None:
        begun = _insert(connection)(audit_head_table).values(organization_id=organization_id, number=0, hash=NO_HASH)
        connection.execute(begun.on_conflict_do_nothing())
        found = connection.execute(query).one()
    return found


def _insert(connection: Connection) -> Any:
    return sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert


def broken_links(
    entries: Iterable[Mapping[str, Any]], *, before: tuple[int, str] = (0, NO_HASH)
) -> Iterable[tuple[int, str]]:
    """Yield the number of each entry that does not follow from the one before, and why; `before` is where they begin.

    An example: of entries 1 to 4 the second was changed, and 4 deleted. The hash of 2 is not that of what it says; 3
    still names the hash that 2 once had and has; and the end of the chain is not where its head says.
    """
    number, previous = before
    for entry in entries:
        if entry["number"] != number + 1:
            yield entry["number"], f"the entry before it is {number}: entries are missing or were put in"
        if entry["previous"] != previous:
            yield entry["number"], f"it does not name the hash of entry {number}"
        if hash_of(entry) != entry["hash"]:
            yield entry["number"], "its hash is not that of what it says: it was changed"
        number, previous = entry["number"], entry["hash"]
