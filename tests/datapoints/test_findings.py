"""Stated numbers held against each other: ratios against parts, totals against sums and weighted averages."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from app.accounting.stated.datapoints import Stated, StatedBook
from app.accounting.stated.indicators import indicators
from app.accounting.stated.reconciliation import findings_on

_PERSON, _H, _PERCENT = "person", "h", "%"


def _stated(indicator: str, value: str, unit: str, kept: str | None = None, **dimensions: str) -> Stated:
    number = Decimal(value)
    return Stated(
        code="",
        indicator=indicator,
        dimensions=dimensions,
        value=number if kept is None else Decimal(kept),
        text=None,
        stated_value=number,
        stated_unit=unit,
        evidence=None,
        revision=1,
        key=None,
        stored_ms=0,
    )


def _found(asked: Stated, *others: Stated) -> list[tuple[str, str]]:
    """Return code and words of what is found on the first of these, CNY being the currency."""
    book = StatedBook([asked, *others], currency="CNY")
    return [(each.code, each.detail) for each in findings_on(asked, book, indicators())]


def _staff(*values: tuple[str, str, str]) -> Sequence[Stated]:
    return [_stated("workforce.total", value, _PERSON, **{name: part}) for name, part, value in values]


def test_a_share_that_its_parts_do_not_give_is_found() -> None:
    share = _stated("community.local_employee_share", "58.42", _PERCENT)
    parts = _stated("community.local_employees", "2062", _PERSON), _stated("workforce.total", "3529", _PERSON)

    assert _found(share, *parts) == [
        (
            "ratio_differs",
            "community.local_employees / workforce.total = 2062 / 3529 gives 58.4302 %, stated is 58.42 %",
        )
    ]


@pytest.mark.parametrize("value", ["58.43", "58.4", "58", "58.4301"])
def test_a_share_rounded_or_cut_off_to_any_digits_agrees(value: str) -> None:
    share = _stated("community.local_employee_share", value, _PERCENT)
    parts = _stated("community.local_employees", "2062", _PERSON), _stated("workforce.total", "3529", _PERSON)

    assert _found(share, *parts) == []


def test_a_share_stated_in_another_unit_is_compared_in_that_unit() -> None:
    share = _stated("community.local_employee_share", "0.58", "fraction", kept="58")
    parts = _stated("community.local_employees", "2062", _PERSON), _stated("workforce.total", "3529", _PERSON)

    assert _found(share, *parts) == []


def test_a_ratio_is_left_alone_where_a_part_is_not_stated() -> None:
    share = _stated("community.local_employee_share", "58.42", _PERCENT)

    assert _found(share, _stated("workforce.total", "3529", _PERSON)) == []
    assert _found(share, _stated("community.local_employees", "2062", _PERSON)) == []


def test_a_ratio_over_nobody_is_left_alone() -> None:
    share = _stated("community.local_employee_share", "58.42", _PERCENT)
    parts = _stated("community.local_employees", "2", _PERSON), _stated("workforce.total", "0", _PERSON)

    assert _found(share, *parts) == []


def test_a_missing_numerator_is_the_sum_of_its_parts() -> None:
    average = _stated("training.hours_average", "183.93", _H)
    hours = (
        _stated("training.hours", "429108.69", _H, gender="male"),
        _stated("training.hours", "220164.21", _H, gender="female"),
    )
    staff = [
        _stated("workforce.total", "3529", _PERSON),
        *_staff(("gender", "male", "2332"), ("gender", "female", "1197")),
    ]

    assert _found(average, *hours, *staff) == [
        (
            "ratio_differs",
            "training.hours / workforce.total = 649272.9 / 3529 gives 183.9821 h, stated is 183.93 h",
        )
    ]
    # Without the hours of one gender there is no sum to compare with.
    assert _found(average, hours[0], *staff) == []


def test_an_average_by_categories_is_weighted_by_their_heads() -> None:
    categories = ("senior_management", "middle_management", "general_staff")
    staff = _staff(
        *(("employee_category", name, heads) for name, heads in zip(categories, ("8", "190", "3331"), strict=True))
    )
    hours = [
        _stated("training.hours_average", value, _H, employee_category=name)
        for name, value in zip(categories, ("112", "201.63", "182.03"), strict=True)
    ]

    assert _found(_stated("training.hours_average", "183.93", _H), *hours, *staff) == [
        (
            "weighted_average_differs",
            "the average by employee_category, weighted by workforce.total, is 182.9265 h, stated is 183.93 h",
        )
    ]
    assert _found(_stated("training.hours_average", "182.93", _H), *hours, *staff) == []
    assert _found(_stated("training.hours_average", "183.93", _H), *hours, *staff[:2]) == []


def test_heads_that_do_not_add_up_are_found_to_the_last_one() -> None:
    total = _stated("workforce.total", "3529", _PERSON)

    assert _found(total, *_staff(("gender", "male", "2332"), ("gender", "female", "1197"))) == []
    assert _found(total, *_staff(("gender", "male", "2332"), ("gender", "female", "1196"))) == [
        ("parts_do_not_add_up", "the parts by gender add up to 3528 person, stated is 3529 person")
    ]


def test_rounded_hours_add_up_within_their_last_digits() -> None:
    def hours(value: str, **dimensions: str) -> Stated:
        return _stated("training.hours", value, _H, **dimensions)

    parts = hours("33.3", gender="male"), hours("66.6", gender="female")
    assert (
        _found(
            hours(
                "100",
            ),
            *parts,
        )
        == []
    )
    assert _found(hours("100.2"), *parts) == [
        ("parts_do_not_add_up", "the parts by gender add up to 99.9 h, stated is 100.2 h")
    ]


def test_products_may_leave_revenue_out_and_one_part_alone_is_no_sum() -> None:
    revenue = _stated("finance.revenue", "4080.07", "RMB million", kept="4080070000")
    part = _stated("finance.revenue", "1050.68", "RMB million", kept="1050680000", product="motors")

    assert _found(revenue, part) == []
    assert _found(_stated("workforce.total", "10", _PERSON), *_staff(("gender", "male", "9"))) == []


def test_a_margin_is_compared_in_money_of_any_scale() -> None:
    margin = _stated("finance.profit_margin", "11.13", _PERCENT)
    profit = _stated("finance.profit", "453.22", "RMB million", kept="453220000")
    revenue = _stated("finance.revenue", "4.08007", "CNY billion", kept="4080070000")

    assert _found(margin, profit, revenue) == [
        (
            "ratio_differs",
            "finance.profit / finance.revenue = 453220000 / 4080070000 gives 11.1081 %, stated is 11.13 %",
        )
    ]


def test_a_rate_a_million_hours_is_multiplied_out() -> None:
    rate = _stated("injuries.recordable_rate", "1.25", "number")
    parts = _stated("injuries.recordable", "5", "number"), _stated("workforce.hours_worked", "4000000", _H)

    assert _found(rate, *parts) == []
    assert [code for code, _ in _found(_stated("injuries.recordable_rate", "1.5", "number"), *parts)] == [
        "ratio_differs"
    ]


def test_a_text_and_a_part_have_no_sums_to_meet() -> None:
    words = Stated("", "labour.prevention", {}, None, "Checked.", None, None, None, 1, None, 0)

    assert _found(words) == []
    assert _found(*_staff(("gender", "male", "9"), ("gender", "female", "1"))) == []
