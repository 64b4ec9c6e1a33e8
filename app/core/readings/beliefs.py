"""What readings are taken for: as they stand, as they stood at a past instant, or as a change would have them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from app.core.readings.versions import StoredColumns


class AmendmentAction(StrEnum):
    """What is done to many readings at once: they are withdrawn, suspect ones accepted, or such a change undone."""

    WITHDRAW = "withdraw"
    ACCEPT = "accept"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Supposition:
    """An amendment imagined carried out on readings of some meters stamped in [first_ms, end_ms).

    `undoes` is the batch of the amendment that is undone; None unless that is the action.
    """

    action: AmendmentAction
    meter_ids: frozenset[int]
    first_ms: int
    end_ms: int
    undoes: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Arriving:
    """Readings imagined stored: by the id of each meter its new versions, of later revisions."""

    rows: Mapping[int, StoredColumns]


Belief: TypeAlias = int | Supposition | Arriving | None
"""UTC ms of a past instant, an amendment imagined, or readings imagined stored; None for what stands now."""
