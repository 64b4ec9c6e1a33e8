"""What might be decided differently: factors, pins, GWP sets and boundary, beside what is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from app.accounting.factors.calorific import CalorificValue
from app.accounting.factors.factor import Factor
from app.accounting.factors.need import Pin
from app.accounting.ledger.sites import Site
from app.core.inventory.inventory import Consolidation


@dataclass(frozen=True, slots=True)
class DatedHolding:
    """How much of a plant is to be held from a day on."""

    valid_from: date
    equity_share: Decimal
    operational_control: bool
    financial_control: bool
    joint_operation: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """Choices that take the place of stored ones; what it leaves out stays as it is.

    A pin replaces the stored one for the same target, with pins_alone every stored one. gwp_sets names a set by
    reporting year, None meaning any other. `holdings` are dated beside the stored ones of a plant, in place of one of
    the same day. `sites` are every plant by code, with the shares that are held of it.
    """

    factors: tuple[Factor, ...] = ()
    pins: tuple[Pin, ...] = ()
    gwp_sets: Mapping[int | None, str] = field(default_factory=dict, hash=False)
    consolidation: Consolidation | None = None
    holdings: Mapping[str, tuple[DatedHolding, ...]] = field(default_factory=dict, hash=False)
    pins_alone: bool = False
    sites: Mapping[str, Site] | None = field(default=None, hash=False)
    calorific_values: tuple[CalorificValue, ...] = ()


NOTHING = Proposal()


def with_pins(stored: Sequence[Pin], proposed: Sequence[Pin]) -> tuple[Pin, ...]:
    """Return the stored pins with the proposed ones in place of those for the same target."""
    targets = {pin.target for pin in proposed}
    return (*(pin for pin in stored if pin.target not in targets), *proposed)
