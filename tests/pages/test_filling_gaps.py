"""One gap is estimated by a button, silence is asked about by mail, and a missing month is typed in the grid."""

import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

import httpx
import pytest

from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.pages import browsing
from tests.support.works import send

PAGE = "/organizations/acme/issues"


@pytest.fixture
def person(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> Iterator[httpx.Client]:
    """Who may ingest, at a plant of Berlin: a gap of two hours, one without a past, and a month that was not typed."""
    make_organization()
    make_plant(code="main", timezone="Europe/Berlin")
    make_meter(code="grid", interval="PT1H", timestamp_edge="interval_end")
    make_meter(code="month", interval="P1M", timestamp_edge="interval_start")
    hours = [(1, 10), (2, 10), (5, 40), (6, 40), (20, 40)]
    rows = "".join(f"grid,2024-05-01T{hour:02}:00:00+02:00,{value}\n" for hour, value in hours)
    rows += "".join(f"month,2024-0{month}-01T00:00:00+0{1 if month == 3 else 2}:00,7\n" for month in (3, 5))
    send(client, database, rows)
    sent = {"name": "Ina Ingests", "scopes": ["read", "ingest"], "organizations": ["acme"]}
    with browsing(client, client.post("/v1/keys", json=sent).json()["key"]) as browser:
        yield browser


def test_a_gap_is_estimated_by_its_own_button_and_every_value_says_so(
    person: httpx.Client, client: httpx.Client, database: Database
) -> None:
    page = person.get(PAGE).text
    gap, long = [each for each in _gaps(page) if each["meter"] == "grid"]
    assert (gap["from"], gap["until"]) == ("2024-05-01T00:00:00Z", "2024-05-01T02:00:00Z")
    without = person.post(f"{PAGE}/gap", data={**gap, "reason": " "})
    assert (without.status_code, "Say why the gap is estimated" in without.text) == (422, True)
    done = person.post(f"{PAGE}/gap", data={**gap, "reason": "the gateway was off"})
    assert (done.status_code, done.headers["Location"]) == (303, f"{PAGE}?done=2")
    roll_pending(database)
    stored = client.get("/v1/organizations/acme/readings?meter=grid").json()["items"]
    assert [(each["timestamp"], each["value"], each["quality"]) for each in stored][2:4] == [
        ("2024-05-01T01:00:00Z", 20, "estimated"),
        ("2024-05-01T02:00:00Z", 30, "estimated"),
    ]
    assert _gaps(person.get(PAGE).text)[0]["from"] == long["from"]
    again = person.post(f"{PAGE}/gap", data={**gap, "reason": "once more"})
    assert again.status_code == 422
    no_past = person.post(f"{PAGE}/gap", data={**long, "reason": "x"})
    assert (no_past.status_code, "four weeks before" in no_past.text) == (422, True)
    told = client.get("/v1/organizations/acme/meters/grid/revisions?timestamp=2024-05-01T01:00:00Z").json()["items"]
    assert [(each["name"], each["reason"]) for each in told] == [("Ina Ingests", "the gateway was off")]


def test_silence_is_asked_about_and_a_missing_month_leads_to_its_cell(person: httpx.Client) -> None:
    page = html.unescape(person.get(PAGE).text)
    mails = [unquote(each) for each in re.findall(r'href="(mailto:[^"]+)"', page)]
    assert len(mails) == 2
    assert "subject=Meter grid has been silent since 2024-05-01 20:00" in mails[0]
    assert "no reading of the meter grid at the plant main since 2024-05-01 20:00 (plant time)" in mails[0]
    links = re.findall(r'href="([^"]+/monthly[^"]+)"', page)
    address = "/organizations/acme/monthly?plant=main&year=2024#at-month-2024-0"
    assert [each for each in links if "#" in each] == [f"{address}4", f"{address}6"]
    assert 'id="at-month-2024-04"' in person.get(links[-1].partition("#")[0]).text


def _gaps(page: str) -> list[dict[str, str]]:
    forms = re.findall(r'<form method="post" id="gap-\d+".*?</form>', page)
    return [dict(re.findall(r'name="(\w+)" value="([^"]+)"', each)) for each in forms]
