"""What readings are taken for: as they stand, as they stood at a past instant, or as an amendment would have them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


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


Belief: TypeAlias = int | Supposition | None
"""UTC ms of a past instant, or an amendment imagined; None for what stands now."""
