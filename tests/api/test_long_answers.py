"""Answers are written as JSON in one way, however long their lists are."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.schemas.wire.json import ExactJSON


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1_000, 1_001])
def test_a_list_of_any_length_is_written_whole(count: int) -> None:
    rows = [{"index": number, "value": Decimal("0.10"), "words": 'a "b", c'} for number in range(count)]
    content = {"problems": rows, "at": datetime(2021, 3, 1, tzinfo=UTC), "none": None, "digits": Decimal("1E+2")}
    written = bytes(ExactJSON(content).body)
    assert json.loads(written) == {
        "problems": [{"index": number, "value": 0.1, "words": 'a "b", c'} for number in range(count)],
        "at": "2021-03-01T00:00:00Z",
        "none": None,
        "digits": 100,
    }
    assert b'"digits":100}' in written
    assert written.count(b'"value":0.1,') == count
