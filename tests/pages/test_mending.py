"""What is wrong with meters is mended by buttons: in the name of who is signed in, with a reason, as by the API."""

import html
import re
from collections.abc import Iterator

import httpx
import pytest

from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.conftest import ADMIN_KEY, Make
from tests.support.pages import browsing, signed_in

CSV = {"Content-Type": "text/csv"}
PAGE = "/organizations/acme/issues"


@pytest.fixture
def works(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    """A meter with two readings that are too large to be believed and a gap, and a register that fell to zero."""
    make_organization()
    make_plant(code="main", timezone="Europe/Berlin")
    make_meter(code="grid", interval="PT1H", max_rate="100")
    make_meter(code="gas", resource="fuel.natural_gas", kind="register", unit="m3", interval=None)
    rows = [f"grid,2024-05-01T0{hour}:00:00+02:00,{value}" for hour, value in enumerate((5, 500, 6, 700, 5))]
    rows += ["grid,2024-05-01T09:00:00+02:00,5"]
    rows += [f"gas,2024-05-0{day}T00:00:00+02:00,{value}" for day, value in ((1, 90), (2, 95), (3, 4), (4, 9))]
    body = "meter,timestamp,value\n" + "\n".join(rows)
    client.post(
        "/v1/organizations/acme/readings", content=body, headers={"Content-Type": "text/csv"}
    ).raise_for_status()
    roll_pending(database)


@pytest.fixture
def person(client: httpx.Client, works: None) -> Iterator[httpx.Client]:
    """A browser with a session, whose key may do everything."""
    with browsing(client, ADMIN_KEY) as browser:
        yield browser


def test_suspects_are_accepted_and_withdrawn_with_a_reason(
    person: httpx.Client, client: httpx.Client, database: Database
) -> None:
    first, second = _picks(person)
    answer = person.post(PAGE, data={"act": "accept", "pick": [first], "reason": "load test of the new press"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?done=1")
    assert person.post(PAGE, data={"act": "withdraw", "pick": [second], "reason": "sensor"}).status_code == 303

    assert _picks(person) == []
    roll_pending(database)
    year = client.get("/v1/organizations/acme/rollups?meter=grid&grain=year").json()["items"][0]
    assert (year["quantity"], year["count"]) == (521, 5)
    named = client.get("/v1/organizations/acme/meters/grid/revisions?timestamp=2024-05-01T01:00:00%2B02:00").json()
    assert named["items"][-1]["reason"] == "load test of the new press"


def test_several_are_accepted_at_once(person: httpx.Client) -> None:
    answer = person.post(PAGE, data={"act": "accept", "pick": _picks(person), "reason": "right"})

    assert answer.headers["Location"] == f"{PAGE}?done=2"
    assert _picks(person) == []


@pytest.mark.parametrize("act", ["accept", "withdraw"])
def test_what_somebody_else_has_mended_meanwhile_keeps_the_others_from_nothing(person: httpx.Client, act: str) -> None:
    first, second = _picks(person)
    assert person.post(PAGE, data={"act": "withdraw", "pick": [first], "reason": "sensor"}).status_code == 303

    late = person.post(PAGE, data={"act": act, "pick": [first, second], "reason": "right"})
    assert late.status_code == 422
    assert "1 of 2 were done" in late.text.split('role="alert"')[1].split("</p>")[0]
    assert _picks(person) == []


def test_an_exchange_is_stated_where_a_register_fell(
    person: httpx.Client, client: httpx.Client, database: Database
) -> None:
    row = next(each for each in person.get(PAGE).text.split("<tr>") if 'value="exchange"' in each)
    at = re.findall(r'name="at" value="([^"]+)"', row)[0]
    sent = {"act": "exchange", "meter": "gas", "at": at, "final_value": "97.5", "first_value": "0", "reason": "swapped"}
    assert person.post(PAGE, data=sent).status_code == 303

    roll_pending(database)
    assert 'value="exchange"' not in person.get(PAGE).text
    year = client.get("/v1/organizations/acme/rollups?meter=gas&grain=year").json()["items"][0]
    assert year["quantity"] == 16.5  # 90 to 97.5, and 0 to 9


def test_gaps_are_estimated_from_then_on(person: httpx.Client, client: httpx.Client) -> None:
    assert person.post(PAGE, data={"act": "estimate", "meter": "grid"}).status_code == 303

    assert client.get("/v1/organizations/acme/meters/grid").json()["estimates_gaps"] is True
    assert 'value="estimate"' not in person.get(PAGE).text


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        pytest.param({"act": "accept", "reason": "right"}, "Pick what is to be mended", id="nothing picked"),
        pytest.param({"act": "accept", "pick": "grid|2024-05-01T00:00:00Z|"}, "Reason: Fill", id="no reason"),
        pytest.param({"act": "withdraw", "pick": "grid|2024-05-01T00:00:00Z|"}, "Pick", id="withdrawn without reason"),
        pytest.param({"act": "accept", "pick": "none|2024-05-01T00:00:00Z|", "reason": "x"}, "0 of 1", id="no meter"),
        pytest.param({"act": "dance", "pick": "grid|2024-05-01T00:00:00Z|"}, "Pick what", id="no act"),
        pytest.param(
            {"act": "exchange", "meter": "grid", "at": "2024-05-01T00:00:00Z", "final_value": "1", "first_value": "0",
             "reason": "x"}, "only a register", id="no register",
        ),
        pytest.param({"act": "exchange", "meter": "gas", "at": "noon"}, "at:", id="no instant"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_on_the_page_and_nothing_is_changed(
    person: httpx.Client, sent: dict[str, str], words: str
) -> None:
    before = _picks(person)
    answer = person.post(PAGE, data=sent)

    assert answer.status_code == 422
    assert words in answer.text.split('role="alert"')[1].split("</p>")[0]
    assert _picks(person) == before


def test_who_may_only_read_has_no_buttons_and_no_other_site_presses_them(
    client: httpx.Client, person: httpx.Client
) -> None:
    key = client.post("/v1/keys", json={"name": "reader", "scopes": ["read"], "organizations": ["acme"]}).json()
    reads = {"Cookie": signed_in(person, key["key"])}
    page = person.get(PAGE, headers=reads)
    assert page.status_code == 200
    assert 'name="act"' not in page.text
    sent = {"act": "estimate", "meter": "grid"}
    assert person.post(PAGE, data=sent, headers=reads).status_code == 403
    assert person.post(PAGE, data=sent, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.get("/v1/organizations/acme/meters/grid").json()["estimates_gaps"] is False


def test_kinds_are_chosen(person: httpx.Client) -> None:
    assert len(_picks(person, kind="suspect")) == 2
    assert _picks(person, kind="gap") == []
    assert len(_picks(person, kind="")) == 2
    assert person.get(PAGE, params={"kind": "none"}).status_code == 422


def _picks(person: httpx.Client, **chosen: str) -> list[str]:
    page = person.get(PAGE, params=chosen)
    assert page.status_code == 200, page.text
    return [html.unescape(each) for each in re.findall(r'name="pick" value="([^"]+)"', page.text)]


def test_a_year_of_the_address_is_that_of_the_list_and_stays_when_something_was_done(person: httpx.Client) -> None:
    assert len(_picks(person, year="2024")) == 2
    assert _picks(person, year="2023") == []
    page = person.get(PAGE, params={"year": "2024"}).text
    assert "What touches 2024." in page
    assert '<input type="hidden" name="year" value="2024">' in page
    assert len(_picks(person, year="")) == 2

    done = person.post(f"{PAGE}?year=2024", data={"act": "withdraw", "pick": [_picks(person)[0]], "reason": "sensor"})
    assert done.headers["Location"] == f"{PAGE}?done=1&year=2024"
