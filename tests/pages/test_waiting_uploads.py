"""Uploaded files that wait are listed with who sent them when; none is pushed out by another without a word."""

import re
from collections.abc import Iterator

import httpx
import pytest

from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.pages import browsing
from tests.support.uploads import PAGE, act, uploaded

_FILE = b"meter,timestamp,value\ngrid,2024-03-01T00:00:00+08:00,7\n"


@pytest.fixture
def works(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    make_organization()
    make_plant(code="main", timezone="Asia/Shanghai")
    make_meter(code="grid", interval="PT15M")


@pytest.fixture
def li(client: httpx.Client, works: None) -> Iterator[httpx.Client]:
    yield from _browser(client, "Li Wei", ["read", "ingest"])


@pytest.fixture
def mo(client: httpx.Client, works: None) -> Iterator[httpx.Client]:
    yield from _browser(client, "Mo", ["read", "ingest"])


def test_a_file_that_waits_is_gone_on_with_by_its_sender_alone(li: httpx.Client, mo: httpx.Client) -> None:
    here = uploaded(li, "march.csv", _FILE)
    uploaded(li, "riddle.csv", b"a;b\n1;2\n")

    row, riddle = _row(li, "march.csv"), _row(li, "riddle.csv")
    assert "Li Wei" in row
    assert f'href="{here}"' in row
    assert "to be looked at and stored" in row
    assert "to be told how it is read" in riddle
    seen = _row(mo, "march.csv")
    assert "Li Wei" in seen
    assert "<a " not in seen
    assert "<button" not in seen
    assert li.post(here, data={"act": "forget"}).status_code == 303
    assert _row(li, "march.csv") == ""


def test_what_is_stored_waits_no_more(li: httpx.Client) -> None:
    here = uploaded(li, "march.csv", _FILE)
    assert act(li, here, li.get(here).text, "store").status_code == 303
    assert _row(li, "march.csv") == ""
    assert "march.csv" in li.get(PAGE).text


def test_a_file_is_thrown_away_by_its_sender_and_by_who_administers(
    client: httpx.Client, li: httpx.Client, mo: httpx.Client
) -> None:
    codes = [uploaded(li, name, _FILE).rpartition("/")[2] for name in ("one.csv", "two.csv")]
    assert mo.post(f"{PAGE}/waiting", data={"upload": codes[0]}).status_code == 404
    assert li.post(f"{PAGE}/waiting", data={"upload": codes[0]}).headers["Location"] == f"{PAGE}?done=forgotten"
    for administrator in _browser(client, "Ada", ["admin"]):
        assert "<button" in _row(administrator, "two.csv")
        assert administrator.post(f"{PAGE}/waiting", data={"upload": codes[1]}).status_code == 303
        assert administrator.post(f"{PAGE}/waiting", data={"upload": codes[1]}).status_code == 404
    assert "Files that wait" not in li.get(PAGE).text


def test_of_twenty_that_wait_none_is_dropped_and_one_more_is_refused(
    li: httpx.Client, mo: httpx.Client, database: Database
) -> None:
    first = uploaded(li, "file-0.csv", _FILE)
    for number in range(1, 20):
        uploaded(mo, f"file-{number}.csv", _FILE)

    refused = mo.post(PAGE, files={"file": ("file-20.csv", _FILE)})
    assert refused.status_code == 422
    assert "20 files wait already" in refused.text.split('role="alert"')[1].split("</p>")[0]
    assert len(_rows(li)) == 20
    assert li.get(first).status_code == 200
    li.post(first, data={"act": "forget"})
    uploaded(mo, "file-20.csv", _FILE)


def _browser(client: httpx.Client, name: str, scopes: list[str]) -> Iterator[httpx.Client]:
    made = client.post("/v1/keys", json={"name": name, "scopes": scopes, "organizations": ["acme"]}).json()
    with browsing(client, made["key"]) as browser:
        yield browser


def _rows(browser: httpx.Client) -> list[str]:
    part = browser.get(PAGE).text.partition('id="waiting"')[2].partition("</table>")[0]
    return re.findall(r'<tr><th scope="row">.*?</tr>', part, re.DOTALL)


def _row(browser: httpx.Client, name: str) -> str:
    return next((each for each in _rows(browser) if f">{name}<" in each), "")
