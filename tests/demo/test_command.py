"""`esg demo` says where it answers once it does, prints a key that works, and reads a plant when it is asked to."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from app.demo.live_plant import readings_at, shown_at
from tests.support.processes import Server

_DEMO = ("-c", "from app.cli import main; main()", "demo", "--bare")
_JAN_2026_S = 1_767_225_600


@pytest.fixture
def starting(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start demos without the example companies on one new file; they are stopped at the end."""
    started: list[Server] = []

    def start(*options: str, port: int | None = None) -> Server:
        settings = {"ESG_ADMIN_KEY": ""}
        started.append(Server(f"sqlite:///{tmp_path / 'demo.db'}", (*_DEMO, *options), settings, port))
        return started[-1]

    yield start
    for each in started:
        each.stop()


def _told(server: Server, word: str) -> str:
    """Return what is printed behind a word, once it is."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if (found := re.search(rf"^{word} +(.+)\n", server.output(), re.MULTILINE)) is not None:
            return found[1]
        time.sleep(0.02)
    raise AssertionError(f"no line {word} in:\n{server.output()}")


def test_the_demo_tells_where_it_answers_and_a_key_and_reads_the_workshop(starting: Callable[..., Server]) -> None:
    demo = starting("--live", "--every", "1")
    assert httpx.get(_told(demo, "Open")).status_code == 200
    key = _told(demo, "Key").removeprefix("export KEY=")
    readings = f"{demo.address}/v1/organizations/workshop/readings"

    row = {"meter": "press", "timestamp": "2026-01-05T00:15:00+08:00", "value": 48.25}
    answer = httpx.post(readings, headers={"X-API-Key": key}, json={"readings": [row]})
    assert (answer.status_code, answer.json()["inserted"]) == (200, 1)

    since = (datetime.now(UTC) - timedelta(minutes=5)).replace(microsecond=0).isoformat()
    end = time.monotonic() + 30
    while len(found := httpx.get(readings, params={"meter": "grid", "start": since}).json()["items"]) < 2:
        assert time.monotonic() < end, demo.output()
        time.sleep(0.1)
    assert found[0]["value"] < found[1]["value"]
    assert httpx.get(_told(demo, "Live").partition(",")[0]).status_code == 200

    second = starting(port=demo.port)
    assert second.wait() != 0
    assert "Open" not in second.output()


def test_the_registers_of_the_workshop_count_the_same_whoever_looks_and_never_back() -> None:
    assert shown_at("grid", _JAN_2026_S) == Decimal("1576800.000")
    shown = [shown_at("water", _JAN_2026_S + 3_600 * hour) for hour in range(49)]
    assert all(before < after for before, after in pairwise(shown))
    assert readings_at(_JAN_2026_S)["readings"][0] == {
        "meter": "grid",
        "timestamp": "2026-01-01T00:00:00Z",
        "value": 1576800.0,
    }
