"""Aspects: the leading part of every framework's codes, their order and their titles."""

import pytest

from app.disclosure.frameworks.aspects import aspect_of, aspect_place, aspect_title


@pytest.mark.parametrize(
    ("kpi", "aspect"),
    [
        ("A1.2", "A1"),
        ("B10.1", "B10"),
        ("D.28(a)", "D"),
        ("302-1", "302"),
        ("E1-6.44b", "E1"),
        ("29(a)(i)(1)", "29"),
        ("Profile", "Profile"),
    ],
)
def test_an_aspect_is_the_leading_part_of_a_code(kpi: str, aspect: str) -> None:
    assert aspect_of(kpi) == aspect


def test_aspects_are_ordered_by_letters_and_then_by_number_and_words_come_last() -> None:
    aspects = ["Profile", "B1", "A10", "305", "D", "A2", "302"]
    assert sorted(aspects, key=aspect_place) == ["302", "305", "A2", "A10", "B1", "D", "Profile"]


def test_an_aspect_without_a_title_is_its_code() -> None:
    assert aspect_title("hkex-2025", "D") == "D Climate-related disclosures"
    assert aspect_title("gri", "302") == "302 Energy"
    assert aspect_title("hkex-2020", "Profile") == "Profile"
    assert aspect_title("own", "A1") == "A1"
