"""A reading posted to a server on SQLite moves the annual figure on the stream and on the page that follows it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stream.devtools import opened
from tests.support.processes import Server, serving
from tests.support.sse import Follower

ORGANIZATION = {"code": "acme", "name": "Acme", "timezone": "Asia/Shanghai", "currency": "CNY"}
PLANT = {"code": "main", "name": "Main", "country": "CN", "timezone": "Asia/Shanghai"}
METER = {"code": "bin", "plant": "main", "name": "Bin", "resource": "waste.nonhazardous", "kind": "event", "unit": "t"}
YEAR = datetime.now(UTC).year


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a SQLite file with one meter."""
    path = tmp_path_factory.mktemp("live") / "esg.db"
    with serving(f"sqlite:///{path}") as (started,):
        for where, body in (("", ORGANIZATION), ("/acme/plants", PLANT), ("/acme/meters", METER)):
            assert _post(started, where, body).status_code == 201
        yield started


def _post(server: Server, where: str, body: dict[str, Any]) -> httpx.Response:
    return httpx.post(f"{server.address}/v1/organizations{where}", json=body, headers=server.headers, timeout=30)


def _read(server: Server, day: int, tonnes: float, meter: str = "bin") -> None:
    reading = {"meter": meter, "timestamp": f"{YEAR}-01-{day:02}T12:00:00+08:00", "value": tonnes}
    assert _post(server, "/acme/readings", {"readings": [reading]}).json()["inserted"] == 1


def test_a_reading_is_told_of_as_accepted_rolled_up_and_shown_within_seconds(server: Server) -> None:
    follower = Follower(server, "acme")
    follower.opened()
    _read(server, 1, 20)
    follower.told(3)
    acknowledged = time.monotonic()
    _read(server, 2, 1.5)
    told = {event.event: event.data["payload"] for event in follower.told(3)}
    took = time.monotonic() - acknowledged
    follower.close()

    assert set(told) == {"readings.accepted", "rollups.changed", "figures.changed"}
    assert told["readings.accepted"]["inserted"] == 1
    assert told["rollups.changed"] == {"meters": 1, "start_day": f"{YEAR}-01-02", "end_day": f"{YEAR}-01-03"}
    (figure,) = told["figures.changed"]["figures"]
    assert (figure["key"], figure["old"], figure["new"]) == ("waste.nonhazardous", "20.0", "21.5")
    assert took < 5


def test_the_page_shows_the_figure_move_as_readings_arrive(server: Server, tmp_path: Path) -> None:
    _read(server, 3, 100)
    time.sleep(2)
    now = "document.querySelector('[data-figure=\"A1.4 waste.nonhazardous\"] .now').textContent"
    key = f"document.querySelector('[name=key]').value = {server.headers['X-API-Key']!r}"
    with opened(server.address, tmp_path / "profile") as page:
        page.wait_for("document.querySelector('[name=key]') !== null")
        page.value(f"{key}; document.querySelector('[name=key]').form.submit()")
        page.wait_for("document.querySelector('h1')?.textContent.startsWith('Acme') === true")
        page.value("location.assign('/live')")
        page.wait_for("document.getElementById('state')?.textContent === 'Live'")
        before = page.value(now)
        _read(server, 4, 0.5)
        page.wait_for(f"{now} !== {before!r}")
        after, earlier = page.value(now), page.value(now.replace(".now", ".before"))
        page.wait_for("document.getElementById('readings').textContent === '1'")
        lines = page.value("document.getElementById('events').children.length")

    assert float(after) - float(before) == 0.5
    assert earlier == before
    assert lines == 3


def test_a_meters_page_and_a_plants_figures_move_as_readings_arrive(server: Server, tmp_path: Path) -> None:
    for where, body in (
        ("/acme/plants", {**PLANT, "code": "north", "name": "North"}),
        ("/acme/meters", {**METER, "code": "skip", "plant": "north"}),
    ):
        assert _post(server, where, body).status_code == 201
    _read(server, 5, 7)
    now = "document.querySelector('[data-figure=\"A1.4 waste.nonhazardous\"] .now').textContent"
    with opened(server.address, tmp_path / "profile") as page:
        page.wait_for("document.querySelector('[name=key]') !== null")
        key = f"document.querySelector('[name=key]').value = {server.headers['X-API-Key']!r}"
        page.value(f"{key}; document.querySelector('[name=key]').form.submit()")
        page.wait_for("document.querySelector('h1')?.textContent.startsWith('Acme') === true")
        page.value("location.assign('/organizations/acme/look/bin')")
        value = "document.querySelector('#newest [data-part=value]')?.textContent"
        page.wait_for(f"{value} === '7'")
        _read(server, 6, 2.25)
        page.wait_for(f"{value} === '2.25'")
        assert page.value("document.querySelector('#newest [data-part=at]').textContent") == f"6 January {YEAR}, 12:00"

        page.value("location.assign('/live?plant=north')")
        page.wait_for("document.getElementById('state')?.textContent === 'Live'")
        assert page.value("document.querySelector('h1').textContent") == f"Acme, North, {YEAR}, live"
        assert page.value(now) == "–"  # of the other plant's readings it knows nothing
        _read(server, 7, 1.5, "skip")
        page.wait_for(f"{now} === '1.5'")


def test_the_page_asks_who_cannot_read_for_a_key(server: Server) -> None:
    page = httpx.get(f"{server.address}/live", timeout=30)
    stream = httpx.get(f"{server.address}/live/stream", params={"organization": "acme"}, timeout=30)

    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=%2Flive")
    assert stream.status_code == 404
    for path in ("/live/figures?organization=acme", "/organizations/acme/look/bin/newest"):
        assert httpx.get(f"{server.address}{path}", timeout=30).status_code == 404
