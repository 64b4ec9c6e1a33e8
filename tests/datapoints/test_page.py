"""Stated figures on the annual page: in their chapters, with their source, words behind a click."""

import re
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.conftest import Make
from tests.support.works import ORGANIZATION, answer

POINTS = f"{ORGANIZATION}/datapoints"


@pytest.fixture(scope="module")
def shared_settings() -> Mapping[str, Any]:
    """The service shows its pages to whoever comes."""
    return {"anonymous_read": True}


@pytest.fixture
def stated(client: httpx.Client, make_organization: Make) -> str:
    """The annual page of an organization that stated head counts, one part of a rate, a text and an answer."""
    make_organization()
    for body in (
        {"indicator": "workforce.total", "value": 3529, "unit": "person", "evidence": "Payroll"},
        {"indicator": "workforce.total", "dimensions": {"age": "under_30"}, "value": 1038, "unit": "person"},
        {"indicator": "workforce.turnover_rate", "dimensions": {"gender": "male"}, "value": 9.8, "unit": "%"},
        {"indicator": "community.local_employees", "value": 2062, "unit": "person"},
        {"indicator": "community.local_employee_share", "value": 58.42, "unit": "%"},
        {"indicator": "labour.prevention", "text": "Papers are checked.\nNobody under 18 works <here>."},
        {"indicator": "assertion.intensities_decreased", "text": "yes"},
    ):
        answer(client, "POST", POINTS, 201, json={"period": 2021, **body})
    response = client.get("/", params={"organization": "acme", "year": 2021})
    assert response.status_code == 200
    return response.text


def _row(page: str, key: str, dimensions: str = "") -> str:
    """Return the text of a row of the table, markup taken out."""
    part = f' data-dimensions="{dimensions}"' if dimensions else ""
    found = re.search(rf'data-key="{re.escape(key)}"{part}>(.*?)</tr>', page, re.DOTALL)
    assert found, key
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def test_a_stated_number_stands_in_its_chapter_with_its_source(stated: str) -> None:
    row = _row(stated, "workforce.total")

    assert row.startswith("B1.1 Employees person 3,529 –")
    assert "stated" in row
    assert "Source stated by environment on" in row
    assert row.endswith(": Payroll Key workforce.total")
    assert "B1 Employment" in stated


def test_a_part_is_of_its_total_and_stands_alone_without_one(stated: str) -> None:
    assert "of which age under 30" in _row(stated, "workforce.total", "age under_30")
    assert "B1.2 Employee turnover rate, gender male" in _row(stated, "workforce.turnover_rate", "gender male")


def test_words_are_kept_for_whoever_asks_and_an_answer_is_shown(stated: str) -> None:
    row = _row(stated, "labour.prevention")
    assert "in words" in row
    assert "In words Papers are checked. Nobody under 18 works &lt;here&gt;." in row
    assert " yes " in _row(stated, "assertion.intensities_decreased")


def test_a_ratio_that_its_parts_do_not_give_is_marked(stated: str) -> None:
    row = _row(stated, "community.local_employee_share")
    assert "1 finding" in row
    assert "gives 58.4302 %, stated is 58.42 %" in row
