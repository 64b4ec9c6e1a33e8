"""What another boundary or GWP set makes of a frozen base, and which entry of a history counts, without a database."""

from decimal import Decimal

from app.accounting.ledger.sites import HeldShare
from app.accounting.targets.target_base import (
    BaseKind,
    Composition,
    FrozenBase,
    Parts,
    Potentials,
    anchor_of,
    carried,
    composition_from,
    composition_members,
    frozen_for,
    held_from,
    held_members,
)
from app.accounting.targets.targets import Path, Printed, TargetDirection, TargetStatus, allowed, status
from app.core.units.quantities import Rounding

AR5, AR6 = Potentials("AR5", splits_methane=False), Potentials("AR6", splits_methane=False)
WHOLE = {"a": (HeldShare(0, 365, Decimal(1)),)}
HALF = {"a": (HeldShare(0, 365, Decimal("0.5")),)}


def _parts(**parts: str) -> Parts:
    return {name: Decimal(value) for name, value in parts.items()}


def _carried(frozen: Parts, then: Parts | None, now: Parts | None, *moved: str, rescaled: bool = False) -> Parts | None:
    compositions = (Composition(each) for each in (frozen, then, now))
    return carried(*compositions, moved=frozenset(moved), rescaled=rescaled).above


def test_a_plant_that_is_held_as_before_keeps_its_frozen_part_whatever_its_readings_say_now() -> None:
    assert _carried(_parts(a="90", b="10"), _parts(a="108", b="10"), _parts(a="108"), "b") == _parts(a="90")
    assert _carried(_parts(a="90"), _parts(a="108"), _parts(a="108", new="5")) == _parts(a="90")


def test_a_plant_whose_share_changed_keeps_its_frozen_part_in_proportion() -> None:
    # 100 were frozen; corrected to 120 since; 60 % of it is held now: 60, not 72.
    assert _carried(_parts(a="100"), _parts(a="120"), _parts(a="72"), "a") == _parts(a="60")
    assert _carried(_parts(a="100"), _parts(a="100"), _parts(a="60"), "a") == _parts(a="60")


def test_a_plant_that_was_no_part_of_the_base_enters_as_it_is() -> None:
    assert _carried(_parts(a="100"), _parts(a="120"), _parts(a="120", b="7"), "b") == _parts(a="100", b="7")
    assert _carried(_parts(a="100", b="0"), _parts(a="100", b="0"), _parts(a="100", b="7"), "b") == _parts(
        a="100", b="7"
    )


def test_a_plant_whose_data_are_gone_stays_in_the_base_and_a_base_without_plants_is_none() -> None:
    assert _carried(_parts(a="100", b="10"), _parts(a="100"), _parts(a="100")) == _parts(a="100", b="10")
    assert _carried(_parts(a="100", b="10"), None, None, rescaled=True) == _parts(a="100", b="10")
    assert _carried(_parts(a="100"), _parts(a="100"), _parts(), "a") is None


def test_other_potentials_keep_each_part_in_proportion() -> None:
    found = _carried(_parts(a="30", b="10"), _parts(a="60", b="10"), _parts(a="59.8", b="10"), rescaled=True)
    assert found == _parts(a="29.9", b="10")


def test_the_potentials_do_not_touch_a_denominator() -> None:
    frozen = Composition(_parts(a="300"), _parts(a="10"), Decimal(2), Decimal(1), is_quotient=True)
    then = Composition(_parts(a="300"), _parts(a="20"), Decimal(2), Decimal(1), is_quotient=True)
    now = Composition(_parts(a="299"), _parts(a="20"), Decimal(2), Decimal(1), is_quotient=True)
    found = carried(frozen, then, now, moved=frozenset(), rescaled=True)
    assert (found.above, found.below, found.value) == (_parts(a="299"), _parts(a="10"), Decimal("59.8"))


def test_a_quotient_whose_denominator_is_not_above_zero_has_no_value() -> None:
    for below in (_parts(a="0"), _parts(a="-5"), _parts(), None):
        assert Composition(_parts(a="1"), below, is_quotient=True).value is None
    assert Composition(_parts(a="3"), _parts(a="4"), Decimal(1), Decimal(100), is_quotient=True).value == 75
    assert Composition(None).value is None


def test_what_is_frozen_is_read_back_as_it_was_stored() -> None:
    found = Composition(_parts(a="0.10", b="-3"), _parts(a="7"), Decimal(1000), Decimal(1), is_quotient=True)
    assert composition_from(composition_members(found)) == found
    assert composition_members(found)["above"] == {"a": "0.1", "b": "-3"}
    held = {"a": (HeldShare(0, 200, Decimal(1)), HeldShare(200, 365, Decimal("0.6")))}
    assert held_members(held, 0, 365) == [["a", "1", None, 200], ["a", "0.6", 200, None]]
    assert held_from(held_members(held, 0, 365), 0, 365) == held


def _entry(number: int, kind: BaseKind, year: int | None = None, held: object = None, by: object = AR5) -> FrozenBase:
    return FrozenBase(number, kind, year, Decimal(number), Composition(_parts(a="1")), held or WHOLE, by, None, 0)  # type: ignore[arg-type]


def test_the_last_base_that_was_frozen_by_itself_counts_and_those_recalculated_from_it() -> None:
    first, half = _entry(1, BaseKind.INITIAL), _entry(2, BaseKind.STRUCTURAL, 2022, HALF)
    assert anchor_of([first, half]) is first
    assert frozen_for([first, half], HALF, AR5) is half
    assert frozen_for([first, half], HALF, AR6) is None
    again = _entry(3, BaseKind.STRUCTURAL)
    assert anchor_of([first, half, again]) is again
    assert frozen_for([first, half, again], HALF, AR5) is None
    assert frozen_for([first, half, again], WHOLE, AR5) is again
    gone = _entry(4, BaseKind.DELETED)
    assert anchor_of([first, gone]) is None
    assert frozen_for([first, gone], WHOLE, AR5) is None


def test_a_negative_base_is_reduced_by_nothing() -> None:
    path = Path(2020, Decimal("0.05"), True, None, None, TargetDirection.DECREASE)
    assert allowed(path, Decimal(-100), 2021) is None
    assert allowed(path, Decimal(0), 2021) == 0


def test_values_are_compared_as_they_are_shown() -> None:
    def stands(value: str, decimals: int | None, rounding: Rounding = Rounding.HALF_UP) -> TargetStatus:
        path = Path(2020, Decimal("0.1"), True, None, None, TargetDirection.DECREASE)
        printed = None if decimals is None else Printed(decimals, rounding, "target")
        number = Decimal(value)
        return status(path, 2021, value=number, projected=number, most=Decimal(900), is_over=True, printed=printed)

    assert stands("900.0004", 0) is TargetStatus.MET
    assert stands("900.0004", 3) is TargetStatus.MET
    assert stands("900.0004", 4) is TargetStatus.OFF_TRACK
    assert stands("900.0004", None) is TargetStatus.OFF_TRACK
    assert stands("900.5", 0) is TargetStatus.OFF_TRACK
    assert stands("900.9", 0, Rounding.DOWN) is TargetStatus.MET
