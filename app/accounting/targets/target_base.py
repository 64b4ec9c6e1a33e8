"""A target's base year as it was frozen, and what another boundary or GWP set makes of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Any

from app.accounting.exact import quotient
from app.accounting.ledger.sites import HeldShare
from app.accounting.targets.targets import Held, boundary_changes
from app.core.units.quantities import EXACT, plain

Parts = Mapping[str, Decimal]
"""What adds up to a value: by plant, or by what was stated (`stated`, or `category 1` of what is stated by parts)."""


class BaseKind(StrEnum):
    """Why a base year's value was frozen, or frozen anew (GHG Protocol Corporate Standard, chapter 5).

    initial: with the target, or as soon as the base year had data. structural: plants came, went, or are held with
    another share. methodology: another method, or better factors or data. error: a fault was found. gwp_set: other
    potentials. deleted: the target was deleted, and holds nobody to anything from then on.
    """

    INITIAL = "initial"
    STRUCTURAL = "structural"
    METHODOLOGY = "methodology"
    ERROR = "error"
    GWP_SET = "gwp_set"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Composition:
    """What a value is made from: parts that add up to `above`, divided by those of `below` where it is a quotient.

    The value is above x scale / (below / step), in the unit of what is divided. None for `above`: there is no value.
    """

    above: Parts | None = field(hash=False)
    below: Parts | None = field(default=None, hash=False)
    step: Decimal = Decimal(1)
    scale: Decimal = Decimal(1)
    is_quotient: bool = False

    @property
    def value(self) -> Decimal | None:
        """Return the value; None without a part, and for a quotient whose denominator is not above zero."""
        if self.above is None:
            return None
        with localcontext(EXACT):
            above = sum(self.above.values(), Decimal(0)) * self.scale
            if not self.is_quotient:
                return above
            below = sum((self.below or {}).values(), Decimal(0)) / self.step
            return quotient(above, below) if below > 0 else None


@dataclass(frozen=True, slots=True)
class Potentials:
    """The GWP set emissions are stated by, and whether it gives fossil methane a potential of its own."""

    name: str
    splits_methane: bool


@dataclass(frozen=True, slots=True)
class FrozenBase:
    """A base year's value in the target's unit as it was frozen, by the shares of `held`: entry `number` of a history.

    One with a `year` was recalculated by policy from what was frozen before; it holds for that year and every other of
    the same boundary and GWP set. `potentials` are None for a metric that holds no CO2e of gases. `coverage` is that of
    the base year's readings, `as_of_ms` the instant of what was believed (UTC). `held` is {} for a target of one
    plant, which is always whole.
    """

    number: int
    kind: BaseKind
    year: int | None
    value: Decimal | None
    composition: Composition = field(hash=False)
    held: Mapping[str, Held] = field(hash=False)
    potentials: Potentials | None
    coverage: Decimal | None
    as_of_ms: int


def anchor_of(history: Sequence[FrozenBase]) -> FrozenBase | None:
    """Return the entry that every other base follows from: the last that was frozen as the target was made, or anew."""
    standing = [each for each in history if each.year is None]
    return standing[-1] if standing and standing[-1].kind is not BaseKind.DELETED else None


def frozen_for(
    history: Sequence[FrozenBase], held: Mapping[str, Held], potentials: Potentials | None
) -> FrozenBase | None:
    """Return the entry that was frozen for a boundary and GWP set, among the anchor and what followed from it."""
    anchor = anchor_of(history)
    for each in reversed(history if anchor is not None else ()):
        if anchor is None or each.number < anchor.number:
            break
        if each.potentials == potentials and not boundary_changes(each.held, held):
            return each
    return None


def carried(
    frozen: Composition, then: Composition, now: Composition, *, moved: frozenset[str], rescaled: bool
) -> Composition:
    """Return a frozen value as another boundary or GWP set has it; `then` and `now` are what data say today of the two.

    A plant that is held as before keeps its frozen part: a correction of its readings does not enter. A plant whose
    share has changed (`moved`) keeps its frozen part in the proportion now / then; one that had none enters as it is.
    With other potentials (`rescaled`) every part keeps that proportion. Worked example: frozen {a: 90, b: 10}; a is
    corrected to 108 later, and b is sold: then {a: 108, b: 10}, now {a: 108}, moved {b}. The base is 90, neither 100
    nor 108.
    """
    above = _carried(frozen.above, then.above, now.above, moved, rescaled=rescaled)
    below = _carried(frozen.below, then.below, now.below, moved, rescaled=False) if frozen.is_quotient else None
    return Composition(above, below, frozen.step, frozen.scale, frozen.is_quotient)


def _carried(
    frozen: Parts | None, then: Parts | None, now: Parts | None, moved: frozenset[str], *, rescaled: bool
) -> Parts | None:
    if frozen is None:
        return now
    found: dict[str, Decimal] = {}
    for part in sorted({*frozen, *(now or {})}):
        was, is_moved = frozen.get(part), part in moved
        if is_moved or rescaled:
            was = _part(was, (then or {}).get(part), (now or {}).get(part), is_moved=is_moved)
        if was is not None:
            found[part] = was
    # Nothing is left of a base whose plants have all gone: that is no base, rather than one of zero.
    return found if found or not frozen else None


def _part(was: Decimal | None, before: Decimal | None, after: Decimal | None, *, is_moved: bool) -> Decimal | None:
    if was is None or not before:
        return after if is_moved else was
    if after is None:
        return None if is_moved else was
    if was == before:
        return after
    with localcontext(EXACT):
        return was if after == before else quotient(was * after, before)


def composition_members(found: Composition) -> dict[str, object]:
    """Return a composition as it is stored: numbers as texts of all their digits."""
    return {
        "above": _texts(found.above),
        "below": _texts(found.below),
        "step": plain(found.step),
        "scale": plain(found.scale),
        "is_quotient": found.is_quotient,
    }


def composition_from(stored: Mapping[str, object]) -> Composition:
    """Return a stored composition."""
    return Composition(
        above=_numbers(stored["above"]),
        below=_numbers(stored["below"]),
        step=Decimal(str(stored["step"])),
        scale=Decimal(str(stored["scale"])),
        is_quotient=bool(stored["is_quotient"]),
    )


def _texts(parts: Parts | None) -> dict[str, str] | None:
    return None if parts is None else {name: plain(value) for name, value in parts.items()}


def _numbers(stored: object) -> Parts | None:
    return {str(name): Decimal(str(value)) for name, value in stored.items()} if isinstance(stored, Mapping) else None


def held_members(held: Mapping[str, Held], first_day: int, end_day: int) -> list[list[str | int | None]]:
    """Return the shares of a base year as they are stored; a day that bounds the year is null."""
    return [
        [
            plant,
            plain(each.share),
            None if each.first_day == first_day else each.first_day,
            None if each.end_day == end_day else each.end_day,
        ]
        for plant, found in sorted(held.items())
        for each in found
    ]


def held_from(stored: Iterable[Sequence[Any]], first_day: int, end_day: int) -> dict[str, Held]:
    """Return stored shares by plant, over the days [first_day, end_day) of the base year."""
    found: dict[str, list[HeldShare]] = {}
    for plant, share, *days in stored:
        first, end = days or (None, None)
        held = HeldShare(first_day if first is None else first, end_day if end is None else end, Decimal(share))
        found.setdefault(plant, []).append(held)
    return {plant: tuple(held) for plant, held in found.items()}
