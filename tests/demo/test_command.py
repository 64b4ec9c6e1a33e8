"""`esg demo` says where it answers once it does, prints a key that works, and reads a plant when it is asked to."""

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from textwrap import dedent

import httpx
import pytest

from app.demo.live_plant import readings_at, shown_at
from tests.support.guides import ROOT, agrees
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
        each.close()


def _told(server: Server, word: str) -> str:
    """Return what is printed behind a word, once it is."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if (found := re.search(rf"^{word} +(.+)\n", server.output(), re.MULTILINE)) is not None:
            return found[1]
        time.sleep(0.02)
    raise AssertionError(f"no line {word} in:\n{server.output()}")


def _first_post_of_the_readme() -> tuple[str, str]:
    """Return the README's first request that writes, and what it says that it answers."""
    section = (ROOT / "README.md").read_text().partition("## First requests")[2].partition("\n## ")[0]
    blocks = [dedent(each) for each in re.findall(r"(?:^    .+\n)+", section, re.MULTILINE)]
    place = next(place for place, block in enumerate(blocks) if "$KEY" in block)
    return blocks[place], blocks[place + 1]


def test_the_demo_tells_where_it_answers_and_a_key_and_reads_the_workshop(starting: Callable[..., Server]) -> None:
    demo = starting("--live", "--every", "1")
    assert httpx.get(_told(demo, "Open")).status_code == 200
    key = _told(demo, "Key").removeprefix("export KEY=")
    readings = f"{demo.address}/v1/organizations/workshop/readings"

    command, told = _first_post_of_the_readme()
    posted = command.replace("http://127.0.0.1:8000", demo.address)
    environment = {**os.environ, "KEY": key}
    answer = subprocess.run(["bash", "-c", posted], env=environment, capture_output=True, text=True, check=False)
    assert agrees(answer.stdout, told), (answer.stdout, answer.stderr)

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
