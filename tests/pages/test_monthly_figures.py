"""Monthly figures are typed or pasted into a grid, stored in the name of who typed them, and taken back."""

import html
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from app.pages.data_in.written_figures import FigureUnreadable, decimal_mark, pasted_figure, plain_figure
from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.pages import browsing, signed_in

PAGE = "/organizations/acme/monthly"
CHOSEN = {"plant": "main", "year": "2024"}


@pytest.fixture
def works(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    """Two meters that are read by the month, one named by its end, and one that is not."""
    make_organization()
    make_plant(code="main", timezone="Asia/Shanghai")
    make_meter(code="grid", interval="P1M", timestamp_edge="interval_start")
    make_meter(code="gas", resource="fuel.natural_gas", unit="m3", interval="P1M", timestamp_edge="interval_end")
    make_meter(code="quick", interval="PT15M")


@pytest.fixture
def person(client: httpx.Client, works: None) -> Iterator[httpx.Client]:
    """A browser with a session, whose key may do everything."""
    made = client.post("/v1/keys", json={"name": "Li Wei", "scopes": ["admin"]}).json()["key"]
    with browsing(client, made) as browser:
        yield browser


def test_typed_figures_are_stored_as_of_hand_by_whom_and_counted_in_their_months(
    person: httpx.Client, client: httpx.Client, database: Database
) -> None:
    answer = _store(person, {"grid|2024-01": "1,200.5", "gas|2024-12": "90"})
    assert answer.status_code == 303, answer.text

    page = person.get(answer.headers["Location"]).text
    assert _values(page) == {"grid|2024-01": "1200.5", "gas|2024-12": "90"}
    assert page.count("Li Wei, <span") == 2
    assert "quick" not in page
    stored = client.get("/v1/organizations/acme/readings").json()["items"]
    assert [(each["meter"], each["timestamp"], each["value"], each["quality"]) for each in stored] == [
        ("grid", "2023-12-31T16:00:00Z", 1200.5, "manual"),
        ("gas", "2024-12-31T16:00:00Z", 90, "manual"),
    ]
    roll_pending(database)
    year = client.get("/v1/organizations/acme/rollups?meter=gas&grain=year").json()["items"][0]
    assert (year["start"], year["quantity"]) == ("2023-12-31T16:00:00Z", 90)


def test_a_pasted_block_is_laid_into_the_grid_and_nothing_is_stored(person: httpx.Client, client: httpx.Client) -> None:
    block = "1,000\t2,000.25\t-\r\n7\tseven\t9\r\n"
    page = _send(person, {}, act="paste", block=block, row="grid", column="2024-03")

    assert _values(page.text) == {
        "grid|2024-03": "1000",
        "grid|2024-04": "2000.25",
        "gas|2024-03": "7",
        "gas|2024-04": "seven",
        "gas|2024-05": "9",
    }
    assert page.text.count('aria-invalid="true"') == 1
    assert client.get("/v1/organizations/acme/readings").json()["items"] == []
    too_wide = _send(person, {}, act="paste", block="1\t2\t3", row="gas", column="2024-11")
    assert (too_wide.status_code, "larger than the grid" in too_wide.text) == (422, True)
    assert "1\t2\t3" in too_wide.text


def test_what_was_stored_is_undone_to_what_stood_before(person: httpx.Client, client: httpx.Client) -> None:
    _store(person, {"grid|2024-01": "10"})
    stored = _store(person, {"grid|2024-01": "11", "grid|2024-02": "20"}).headers["Location"]
    page = person.get(stored).text
    assert _values(page) == {"grid|2024-01": "11", "grid|2024-02": "20"}
    batch = re.findall(r'name="batch" value="(\w+)"', page)[0]

    assert person.post(PAGE, params=CHOSEN, data={"act": "undo", "batch": batch, "reason": "slip"}).status_code == 303
    assert _values(person.get(PAGE, params=CHOSEN).text) == {"grid|2024-01": "10"}
    again = person.post(PAGE, params=CHOSEN, data={"act": "undo", "batch": batch, "reason": "slip"})
    assert (again.status_code, "Nothing was changed" in again.text) == (422, True)
    meant = _store(person, {"grid|2024-02": "20"}).headers["Location"]  # what was taken back may be meant after all
    page = person.get(meant).text
    assert _values(page) == {"grid|2024-01": "10", "grid|2024-02": "20"}
    batch = re.findall(r'name="batch" value="(\w+)"', page)[0]
    assert person.post(PAGE, params=CHOSEN, data={"act": "undo", "batch": batch, "reason": "slip"}).status_code == 303
    assert _values(person.get(PAGE, params=CHOSEN).text) == {"grid|2024-01": "10"}


def test_a_figure_is_taken_away_with_a_reason_alone(person: httpx.Client, client: httpx.Client) -> None:
    _store(person, {"gas|2024-01": "10"})
    refused = _store(person, {"gas|2024-01": ""})
    assert (refused.status_code, "and a reason" in refused.text) == (422, True)
    assert len(client.get("/v1/organizations/acme/readings").json()["items"]) == 1
    assert _store(person, {"gas|2024-01": ""}, reason="the neighbour's bill").status_code == 303
    assert client.get("/v1/organizations/acme/readings").json()["items"] == []


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        pytest.param({"grid|2024-01": "5", "gas|2024-01": "1234,5"}, "Write a number such as 1234.5", id="comma"),
        pytest.param({"grid|2024-01": "5", "gas|2024-01": "9" * 12}, "register the meter in a larger unit", id="huge"),
        pytest.param({}, "Nothing was changed", id="nothing"),
    ],
)
def test_one_figure_that_is_wrong_keeps_all_from_being_stored(
    person: httpx.Client, client: httpx.Client, texts: dict[str, str], words: str
) -> None:
    answer = _store(person, texts)

    assert answer.status_code == 422
    assert words in html.unescape(answer.text), answer.text
    assert _values(answer.text) == texts
    assert client.get("/v1/organizations/acme/readings").json()["items"] == []


def test_what_somebody_else_has_changed_meanwhile_is_not_written_over(
    person: httpx.Client, client: httpx.Client
) -> None:
    _store(person, {"grid|2024-01": "10"})
    late = _send(person, {"grid|2024-01": "12"}, act="store", was={"grid|2024-01": ""}, seen={"grid|2024-01": "0"})

    assert late.status_code == 409
    assert "Li Wei has changed this meanwhile to 10, and you wrote 12" in late.text
    assert _values(late.text) == {"grid|2024-01": "12"}
    assert client.get("/v1/organizations/acme/readings").json()["items"][0]["value"] == 10
    again = person.post(PAGE, params=CHOSEN, data={**_fields(late.text), "act": "store"})
    assert again.status_code == 303
    assert client.get("/v1/organizations/acme/readings").json()["items"][0]["value"] == 12


def test_a_cell_that_nobody_touched_is_no_conflict_and_stays_as_others_have_stored_it(
    person: httpx.Client, client: httpx.Client
) -> None:
    _store(person, {"grid|2024-01": "10"})
    old: dict[str, Any] = {"cell|grid|2024-01": "", "was|grid|2024-01": "", "seen|grid|2024-01": "0"}
    assert _send(person, {"gas|2024-01": "5"}, act="store", **old).status_code == 303
    stored = client.get("/v1/organizations/acme/readings").json()["items"]
    assert {each["meter"]: each["value"] for each in stored} == {"grid": 10, "gas": 5}


def test_of_several_who_store_into_one_empty_cell_at_once_one_does_and_the_others_are_told(
    person: httpx.Client, client: httpx.Client
) -> None:
    fields = {**_fields(person.get(PAGE, params=CHOSEN).text), "act": "store"}

    def send(value: str) -> httpx.Response:
        return person.post(PAGE, params=CHOSEN, data={**fields, "cell|grid|2024-01": value})

    with ThreadPoolExecutor(6) as threads:
        answers = dict(zip("123456", threads.map(send, "123456"), strict=True))
    assert sorted(each.status_code for each in answers.values()) == [303, *[409] * 5]
    (reading,) = client.get("/v1/organizations/acme/readings").json()["items"]
    (winner,) = [value for value, each in answers.items() if each.status_code == 303]
    assert (reading["value"], reading["revision"]) == (int(winner), 1)
    for value, answer in answers.items():
        assert value == winner or f"meanwhile to {winner}, and you wrote {value}" in answer.text


def test_a_figure_that_was_corrected_meanwhile_is_not_taken_away(person: httpx.Client, client: httpx.Client) -> None:
    _store(person, {"gas|2024-01": "10"})
    _store(person, {"gas|2024-01": "11"})
    old = {"was": {"gas|2024-01": "10"}, "seen": {"gas|2024-01": "1"}}
    late = _send(person, {"gas|2024-01": ""}, act="store", reason="the neighbour's bill", **old)
    assert (late.status_code, "meanwhile to 11, and you wrote nothing" in late.text) == (409, True)
    assert client.get("/v1/organizations/acme/readings").json()["items"][0]["value"] == 11


def test_less_than_nothing_is_asked_about_and_then_stored(
    person: httpx.Client, client: httpx.Client, database: Database
) -> None:
    written = {"grid|2024-01": "-5", "grid|2024-02": "7"}
    asked = _store(person, written)
    assert (asked.status_code, asked.text.count("Below zero")) == (422, 1)
    assert client.get("/v1/organizations/acme/readings").json()["items"] == []
    assert 'name="below_zero"' in asked.text

    assert _send(person, written, act="store", reason="", below_zero="1").status_code == 303
    roll_pending(database)
    year = client.get("/v1/organizations/acme/rollups?meter=grid&grain=year").json()["items"][0]
    assert year["quantity"] == 2


def test_who_may_only_read_sees_figures_and_no_fields(person: httpx.Client, client: httpx.Client) -> None:
    _store(person, {"grid|2024-01": "10"})
    key = client.post("/v1/keys", json={"name": "reader", "scopes": ["read"], "organizations": ["acme"]}).json()
    reads = {"Cookie": signed_in(person, key["key"])}
    page = person.get(PAGE, params=CHOSEN, headers=reads)
    assert (page.status_code, 'name="cell|' in page.text) == (200, False)
    assert person.post(PAGE, params=CHOSEN, data={"act": "store"}, headers=reads).status_code == 403
    assert (
        person.post(PAGE, params=CHOSEN, data={"act": "store"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code
        == 403
    )
    assert person.get(PAGE, params={"plant": "none"}).status_code == 404


def test_numbers_are_read_as_they_are_written_and_never_guessed() -> None:
    read = {"1 234.50": "1234.50", "12,345,678": "12345678", "-3": "-3", "–": "", " ": "", "1.234": "1.234"}
    assert {text: plain_figure(text) for text in read} == read
    for text in ("1,5", "12,34", "1.234,5", "1e5", "５", "kWh", "1,234,5"):
        with pytest.raises(FigureUnreadable):
            plain_figure(text)


def _values(page: str) -> dict[str, str]:
    found = re.findall(r'name="cell\|([^"]+)" value="([^"]+)"', page)
    return {html.unescape(name): html.unescape(value) for name, value in found}


def _store(person: httpx.Client, texts: dict[str, str], reason: str = "") -> httpx.Response:
    return _send(person, texts, act="store", reason=reason)


def _send(
    person: httpx.Client,
    texts: dict[str, str],
    was: dict[str, str] | None = None,
    seen: dict[str, str] | None = None,
    **more: Any,
) -> httpx.Response:
    """Send the form as a browser does: with every cell as the page has it but those that are typed."""
    fields = _fields(person.get(PAGE, params=CHOSEN).text)
    typed = {f"cell|{name}": text for name, text in texts.items()}
    known = {f"was|{name}": text for name, text in (was or {}).items()}
    known |= {f"seen|{name}": text for name, text in (seen or {}).items()}
    return person.post(PAGE, params=CHOSEN, data={**fields, **typed, **known, **more})


def _fields(page: str) -> dict[str, str]:
    return {html.unescape(name): html.unescape(value) for name, value in _INPUT.findall(page)}


_INPUT = re.compile(r'name="((?:cell|was|seen)\|[^"]+)" value="([^"]*)"')


@pytest.mark.parametrize(
    ("block", "digits"),
    [
        pytest.param("10.500\t1.234,5\t-7,25", ["10500", "1234.5", "-7.25"], id="a comma is said"),
        pytest.param("1.234.567\t12.000", ["1234567", "12000"], id="two groups say a comma"),
        pytest.param("10.500\t0.5\t1,234", ["10.500", "0.5", "1234"], id="a point is said"),
        pytest.param("10.500\t7\t1,234", [None, "7", None], id="nothing is said"),
        pytest.param("10.500\t1.234,5\t0.5", [None, None, "0.5"], id="both are said"),
        pytest.param("0.125\t-", ["0.125", ""], id="no group begins with nought"),
    ],
)
def test_a_block_is_read_with_the_decimal_mark_that_it_says(block: str, digits: list[str | None]) -> None:
    texts = block.split("\t")
    mark = decimal_mark(texts)
    read: list[str | None] = []
    for text in texts:
        try:
            read.append(pasted_figure(text, mark))
        except FigureUnreadable:
            read.append(None)
    assert read == digits


def test_a_pasted_block_of_another_country_is_stored_as_meant(person: httpx.Client) -> None:
    page = _send(person, {}, act="paste", block="10.500\t1.234,5", row="grid", column="2024-03")
    assert _values(page.text) == {"grid|2024-03": "10500", "grid|2024-04": "1234.5"}
