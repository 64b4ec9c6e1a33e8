"""The report of a transition period is prepared, explained, commented on and compared from its own page."""

import re

import httpx
import pytest

from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.pages import browsing
from tests.support.works import send

REPORTS = "/organizations/acme/reports/hkex-2020"
API = "/v1/organizations/acme/disclosures/hkex-2020/2024"


@pytest.fixture
def moved(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    """A company whose years begin in April from 2024 on: January to March are the period 2024T."""
    make_organization()
    make_plant()
    make_meter(interval="P1M", timestamp_edge="interval_start")
    april = {"valid_from": "2024-04-01", "start_month": 4, "label": "start", "transition": "short"}
    client.put("/v1/organizations/acme/fiscal-years", json={"items": [april]}).raise_for_status()
    months = [f"{year}-{month:02}" for year in (2023, 2024, 2025) for month in range(1, 13)][:27]
    send(client, database, "".join(f"grid,{month}-01T00:00:00+08:00,2000\n" for month in months))


def test_a_transition_period_has_a_report_of_its_own(client: httpx.Client, moved: None) -> None:
    client.post(f"{API}/publications", json={}).raise_for_status()
    key = client.post("/v1/keys", json={"name": "Pia", "scopes": ["read", "prepare"]}).json()["key"]
    with browsing(client, key) as pia:
        annual = pia.get("/?organization=acme&year=2024T").text
        assert f'href="{REPORTS}/2024T' in annual
        place = f"{REPORTS}/2024T"
        assert "Nothing has been prepared yet" in pia.get(place).text
        assert "<option selected>2024T</option>" in pia.get(place).text
        for _ in range(2):
            assert pia.post(f"{place}/prepare", data={}).headers["Location"] == f"{place}?done=prepared"
        page = pia.get(place).text
        assert re.findall(r'id="publication-(\d+)"', page) == ["3", "2"]
        assert f"{place}/differences?before=2&amp;after=3" in page
        assert re.findall(r'id="publication-(\d+)"', pia.get(f"{REPORTS}/2024").text) == ["1"]
        assert [each["period"] for each in client.get(f"{API}/publications").json()["items"]] == [
            "2024",
            "2024T",
            "2024T",
        ]
        export = re.findall(r'href="([^"]+/2/exports/csv)"', page)[0]
        assert "2024-01-01 to 2024-03-31" in client.get(export).text
        sent = {"text|A2.5": "Nothing is packed"}
        assert pia.post(f"{place}/explain", data=sent).status_code == 303
        (stated,) = client.get("/v1/organizations/acme/datapoints?indicator=explanation").json()["items"]
        assert (stated["period"], stated["transition"], stated["text"]) == (2024, True, "Nothing is packed")
        assert pia.post(f"{place}/2/comments", data={"text": "Three months?"}).status_code == 303
        assert "Three months?" in pia.get(f"{place}/2/comments").text
        assert pia.get(f"{place}/2/drift").status_code == 200
        assert "Both print the same figures" in pia.get(f"{place}/differences?before=2&after=3").text
        chosen = pia.get(f"{REPORTS}/2024?year=2024T")
        assert (chosen.status_code, chosen.headers["Location"]) == (303, place)
        assert pia.get(f"{REPORTS}/2024X").status_code == 422

        figure = "/organizations/acme/figures/hkex-2020/2024/consumption.electricity"
        shown = pia.get(f"{figure}?transition=true").text
        assert "<option selected>2024T</option>" in shown
        months = pia.get("/organizations/acme/figures/hkex-2020/2024T/consumption.electricity?by=month").text
        assert "2024T</h1>" in months
        assert "year=2024T" in months
