"""Which part of a plant counts on which days: stretches, their mean, and the same days of another year."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.accounting.ledger.sites import (
    Site,
    held_as_in,
    held_spans,
    held_stretches,
    mean_share,
    same_day,
    share_words,
    shares_in,
)
from app.core.calendar.periods import day_of
from tests.support.factors import site

_FIRST, _END = day_of(date(2021, 1, 1)), day_of(date(2022, 1, 1))


def _dated(share: str, *later: tuple[date, str]) -> Site:
    return replace(site(share=share), later=tuple((day_of(day), Decimal(part)) for day, part in later))


_SOLD_IN_PART = _dated("1", (date(2021, 7, 1), "0.6"), (date(2023, 1, 1), "0"))


@pytest.mark.parametrize(
    ("plant", "shares"),
    [
        (_dated("0.6"), [("2021-01-01", "0.6")]),
        (_SOLD_IN_PART, [("2021-01-01", "1"), ("2021-07-01", "0.6")]),
        (_dated("0", (date(2021, 1, 1), "1")), [("2021-01-01", "1")]),
        (_dated("0", (date(2021, 1, 2), "1")), [("2021-01-01", "0"), ("2021-01-02", "1")]),
        (_dated("1", (date(2022, 1, 1), "0.6")), [("2021-01-01", "1")]),
        (_dated("1", (date(2021, 5, 1), "1"), (date(2021, 6, 1), "1")), [("2021-01-01", "1")]),
        (
            _dated("1", (date(2020, 5, 1), "0.5"), (date(2021, 6, 1), "1"), (date(2021, 8, 1), "0.5")),
            [("2021-01-01", "0.5"), ("2021-06-01", "1"), ("2021-08-01", "0.5")],
        ),
    ],
)
def test_shares_cover_the_year_and_no_two_alike_follow_each_other(plant: Site, shares: list[tuple[str, str]]) -> None:
    found = shares_in(plant, _FIRST, _END)
    assert [(each.first_day, each.share) for each in found] == [
        (day_of(date.fromisoformat(day)), Decimal(share)) for day, share in shares
    ]
    assert [each.end_day for each in found] == [*(each.first_day for each in found[1:]), _END]


def test_what_is_not_held_has_no_stretch_and_a_whole_year_no_days() -> None:
    bought = _dated("0", (date(2021, 7, 1), "1"))
    (half,) = held_stretches(bought, _FIRST, _END)
    assert (half.share, half.days) == (Decimal(1), (day_of(date(2021, 7, 1)), _END))
    (whole,) = held_stretches(bought, _END, _END + 365)
    assert (whole.share, whole.days, whole.later) == (Decimal(1), None, ())
    assert held_stretches(bought, _FIRST - 366, _FIRST) == []
    assert (bought.is_ever_held, _dated("0").is_ever_held) == (True, False)


def test_days_that_are_held_run_together_whatever_the_share() -> None:
    first, sold, bought, end = (day_of(date(2021, month, 1)) for month in (3, 5, 9, 11))
    plant = _dated("0", *((date(2021, month, 1), share) for month, share in ((3, "1"), (4, "0.6"), (5, "0"), (9, "1"))))
    assert held_spans(plant, _FIRST, _END) == [(first, sold), (bought, _END)]
    assert held_spans(plant, _FIRST, end) == [(first, sold), (bought, end)]
    assert held_spans(_dated("1"), _FIRST, _END) == [(_FIRST, _END)]
    assert held_spans(_dated("0"), _FIRST, _END) == []


def test_a_stretch_says_its_days_and_a_whole_plant_says_nothing() -> None:
    first, second = held_stretches(_SOLD_IN_PART, _FIRST, _END)
    assert share_words(first) == "plant ganzhou enters with a share of 1 from 2021-01-01 to 2021-06-30"
    assert share_words(second) == "plant ganzhou enters with a share of 0.6 from 2021-07-01 to 2021-12-31"
    assert share_words(site(share="0.6")) == "plant ganzhou enters with a share of 0.6"
    assert share_words(site()) is None


def test_a_plant_is_held_in_another_year_as_it_is_in_this_one() -> None:
    moved = held_as_in(_SOLD_IN_PART, _FIRST, _END, years=-2)
    assert (moved.share, moved.later) == (Decimal(1), ((day_of(date(2019, 7, 1)), Decimal("0.6")),))
    assert mean_share(shares_in(_SOLD_IN_PART, _FIRST, _END)) == Decimal("0.79835616438356164384")  # 291.4 / 365
    assert mean_share(()) == 0


def test_the_day_that_a_year_lacks_is_the_first_of_march() -> None:
    assert same_day(day_of(date(2020, 2, 29)), 1) == day_of(date(2021, 3, 1))
    assert same_day(day_of(date(2021, 7, 16)), -3) == day_of(date(2018, 7, 16))
