"""What might be decided differently: factors, pins, GWP sets and boundary, beside what is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.accounting.factor import Factor
from app.accounting.need import Pin
from app.core.inventory import Consolidation


@dataclass(frozen=True, slots=True)
class Proposal:
    """Choices that take the place of stored ones; what it leaves out stays as it is.

    A pin replaces the stored one for the same target. gwp_sets names a set by reporting year, None meaning any other.
    """

    factors: tuple[Factor, ...] = ()
    pins: tuple[Pin, ...] = ()
    gwp_sets: Mapping[int | None, str] = field(default_factory=dict, hash=False)
    consolidation: Consolidation | None = None


NOTHING = Proposal()


def with_pins(stored: Sequence[Pin], proposed: Sequence[Pin]) -> tuple[Pin, ...]:
    """Return the stored pins with the proposed ones in place of those for the same target."""
    targets = {pin.target for pin in proposed}
    return (*(pin for pin in stored if pin.target not in targets), *proposed)
