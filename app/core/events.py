"""What the service tells others: kinds of event, and the place of each in the one order every reader sees."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    """What happened. Names and payload members may be added, none renamed."""

    READINGS_ACCEPTED = "readings.accepted"
    ROLLUPS_CHANGED = "rollups.changed"
    FIGURES_CHANGED = "figures.changed"
    ISSUES_FOUND = "issues.found"
    LIMITS_EXCEEDED = "limits.exceeded"
    FACTORS_STALE = "factors.stale"
    MONTH_CLOSED = "month.closed"
    PUBLICATION_PREPARED = "publication.prepared"
    PUBLICATION_APPROVED = "publication.approved"
    PUBLICATION_PUBLISHED = "publication.published"
    JOB_FAILED = "job.failed"
    ARRIVAL_SET_ASIDE = "arrival.set_aside"
    READING_PAGE_DAMAGED = "reading_page.damaged"


class BadPosition(ValueError):
    """Not the id of an event."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """An event's place: by the transaction that wrote it, then by its own number. Later events have greater places.

    `transaction` is 0 on a database with one writer at a time, where numbers alone are commit order.
    """

    transaction: int
    number: int

    def __str__(self) -> str:
        return f"{self.transaction}-{self.number}"


BEGINNING = Position(0, 0)
_LARGEST = 2**63 - 1


def position_from(text: str) -> Position:
    """Return the position written as `transaction-number`; raises BadPosition."""
    transaction, dash, number = text.strip().partition("-")
    if not dash or not (_is_number(transaction) and _is_number(number)):
        raise BadPosition(text[:80])
    return Position(int(transaction), int(number))


def _is_number(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) < 20 and int(digits) <= _LARGEST


@dataclass(frozen=True, slots=True)
class Event:
    """One event of one organization at `at_ms` (UTC). `plants` and `resources` say what it concerns; None for any.

    `kind` is an EventKind, or one that a newer program wrote.
    """

    position: Position
    organization_id: int
    kind: str
    at_ms: int
    plants: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    payload: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The event's id outside, the same at every delivery."""
        return str(self.position)
