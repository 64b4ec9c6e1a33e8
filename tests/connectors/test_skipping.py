"""Records that hold no reading are told by the fields that the mapping names, and no others."""

from typing import Any

import pytest

from app.ingest.bodies.json_values import Digits
from app.ingest.sources.skipping import is_left_out
from app.schemas.readings.mappings import SkipMapping

TOTAL = SkipMapping(field="meter", equals=["Total"], starts_with=["Sum "])


@pytest.mark.parametrize(
    ("fields", "left_out"),
    [
        ({"meter": " TOTAL ", "v": "1"}, True),
        ({"meter": "sum of halls", "v": "1"}, True),
        ({"meter": "totals", "v": "1"}, False),
        ({"meter": "hall", "note": "Total"}, False),
        ({"meter": "", "v": None, "w": " "}, True),
        ({"meter": "", "v": Digits("0")}, False),
        ({"meter": None, "v": {"x": "1"}}, False),
        ({}, False),
    ],
)
def test_a_record_is_left_out_by_the_field_that_is_named_or_when_it_is_empty(
    fields: dict[str, Any], left_out: bool
) -> None:
    assert is_left_out(fields, [TOTAL.rule()]) is left_out


def test_without_a_name_any_field_tells_also_inside_of_objects() -> None:
    rules = [SkipMapping(equals=[], starts_with=["合计"]).rule()]
    assert is_left_out({"a": {"b": "合计 2021"}, "v": "1"}, rules)
    assert not is_left_out({"a": {"b": "2021 合计"}, "v": "1"}, rules)
    assert is_left_out({"a": {"b": "x"}}, [SkipMapping(field="a.b", equals=["X"], starts_with=[]).rule()])
