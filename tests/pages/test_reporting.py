"""From the live table to a published report, by the buttons of the pages alone; and what has moved since."""

import re
from collections.abc import Iterator

import httpx
import pytest

from app.pages.report.moves import differences
from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.pages import browsing

CSV = {"Content-Type": "text/csv"}
PAGE = "/organizations/acme/reports/gri/2023"


@pytest.fixture
def works(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    """A plant of Great Britain with a year of electricity, as one reading."""
    make_organization(frameworks=["gri"])
    make_plant(code="main", timezone="Europe/London", country="GB")
    make_meter(code="grid", interval="P1Y")
    _post(client, database, "grid,2023-01-01T00:00:00+00:00,1200000")


@pytest.fixture
def preparer(client: httpx.Client, works: None) -> Iterator[httpx.Client]:
    yield from _browser(client, _key(client, "Pia Prepares", ["read", "prepare"]))


@pytest.fixture
def approver(client: httpx.Client, works: None) -> Iterator[httpx.Client]:
    yield from _browser(client, _key(client, "Ava Approves", ["read", "approve"]))


def test_a_year_is_prepared_by_one_and_approved_and_published_by_another(
    client: httpx.Client, preparer: httpx.Client, approver: httpx.Client, database: Database
) -> None:
    assert "Nothing has been prepared yet" in preparer.get(PAGE).text
    answer = preparer.post(f"{PAGE}/prepare", data={"reason": ""})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?done=prepared")
    assert _standing(preparer) == ["draft"]
    assert 'value="approve"' not in preparer.get(PAGE).text
    assert preparer.get(f"{PAGE}?done=%25(x)s").status_code == 200

    assert 'value="approve"' in approver.get(PAGE).text
    assert approver.post(f"{PAGE}/step", data={"number": "1", "act": "approve"}).status_code == 303
    assert _standing(approver) == ["approved"]
    assert f'action="{PAGE}/1/publish"' in approver.get(PAGE).text
    assert approver.post(f"{PAGE}/step", data={"number": "1", "act": "publish", "sure": "1"}).status_code == 303
    assert _standing(approver) == ["published"]
    assert "Nothing has moved" in approver.get(f"{PAGE}/1/drift").text
    export = re.findall(r'href="([^"]+exports/csv)"', approver.get(PAGE).text)[0]
    assert client.get(export).status_code == 200

    _post(client, database, "grid,2023-01-01T00:00:00+00:00,1300000")
    moved = approver.get(f"{PAGE}/1/drift").text
    row = next(each for each in moved.split("<tr>") if ("302-1" in each and "MWh" in each) or "302-1" in each)
    assert "material" in row
    refused = preparer.post(f"{PAGE}/prepare", data={})
    assert refused.status_code == 409
    assert "reason" in _wrong(refused)
    assert preparer.post(f"{PAGE}/prepare", data={"reason": "a meter was read wrongly"}).status_code == 303
    page = preparer.get(f"{PAGE}/differences?before=1&after=2").text
    shown = dict(re.findall(r'<td class="num"[^>]*>([\d,.]+)</td><td class="num"[^>]*>([\d,.]+)</td>', page))
    assert shown["4,320"] == "4,680"  # GJ: 1,200 and 1,300 MWh of 3.6


def test_publishing_asks_once_more_and_names_what_is_open_by_how_grave_it_is(
    client: httpx.Client,
    database: Database,
    make_plant: Make,
    make_meter: Make,
    preparer: httpx.Client,
    approver: httpx.Client,
) -> None:
    make_plant(code="berlin", timezone="Europe/Berlin", country="DE")
    make_meter(code="gas", plant="berlin", resource="fuel.natural_gas", unit="m3", interval="P1Y")
    _post(client, database, "gas,2023-01-01T00:00:00+01:00,5")
    assert preparer.post(f"{PAGE}/prepare", data={}).status_code == 303
    assert approver.get(f"{PAGE}/1/publish").status_code == 303, "a draft is not published"
    assert approver.post(f"{PAGE}/step", data={"number": "1", "act": "approve"}).status_code == 303

    asked = approver.post(f"{PAGE}/step", data={"number": "1", "act": "publish"})
    assert (asked.status_code, asked.headers["Location"]) == (303, f"{PAGE}/1/publish")
    assert _standing(approver) == ["approved"], "nothing is published before the second question"
    page = approver.get(f"{PAGE}/1/publish").text
    assert page.index("<h2>Errors (") < page.index("<h2>Warnings (")
    assert "the energy of fuel.natural_gas at berlin is missing" in page.partition("<h2>Warnings")[0]
    assert "Publish it with these errors" in page
    assert preparer.get(f"{PAGE}/1/publish").status_code == 403


def test_who_prepared_cannot_approve_and_a_step_out_of_order_is_told(
    client: httpx.Client, preparer: httpx.Client, approver: httpx.Client
) -> None:
    of_both = _browser(client, _key(client, "Both", ["read", "prepare", "approve"]))
    both = next(of_both)
    assert both.post(f"{PAGE}/prepare", data={}).status_code == 303
    own = both.post(f"{PAGE}/step", data={"number": "1", "act": "approve"})
    assert own.status_code == 409
    assert "prepared publication 1" in _wrong(own)
    early = approver.post(f"{PAGE}/step", data={"number": "1", "act": "publish", "sure": "1"})
    assert early.status_code == 409
    absent = approver.post(f"{PAGE}/step", data={"number": "7", "act": "approve"})
    assert absent.status_code == 409
    assert _standing(approver) == ["draft"]
    assert preparer.post(f"{PAGE}/step", data={"number": "1", "act": "approve"}).status_code == 403


def test_a_reader_of_chinese_is_told_why_not_and_gets_chinese_files_of_a_document_that_is_the_same(
    client: httpx.Client, preparer: httpx.Client
) -> None:
    chinese = {"language": "zh"}
    refused = preparer.post(f"{PAGE}/prepare", data={"interim": "yes"}, params=chinese)
    assert _wrong(refused) != ""
    assert re.search(r"[\u4e00-\u9fff]", _wrong(refused))
    assert preparer.post(f"{PAGE}/prepare", data={}, params=chinese).status_code == 303
    link = re.findall(r'href="([^"]+exports/html[^"]*)"', preparer.get(PAGE, params=chinese).text)[0]
    assert link.endswith("exports/html?language=zh")
    assert '<html lang="zh-Hans">' in client.get(link).text
    assert preparer.get(PAGE, params={"language": "en"}).text.count("exports/html?language") == 0
    document = client.get(link.replace("html?language=zh", "json")).text
    assert not re.search(r"[\u4e00-\u9fff]", document)


def test_a_kpi_without_a_figure_is_explained(preparer: httpx.Client) -> None:
    before = _silent(preparer)
    sent = {f"text|{before[0]}": "No such source at any plant", f"text|{before[1]}": "Nothing is packed"}
    assert preparer.post(f"{PAGE}/explain", data={**sent, f"text|{before[2]}": " "}).status_code == 303

    assert _silent(preparer) == before[2:]
    assert preparer.post(f"{PAGE}/explain", data={f"text|{before[2]}": " "}).status_code == 409
    typed = {f"text|{before[3]}": "x" * 20_001, f"text|{before[2]}": 'Not yet "known"'}
    refused = preparer.post(f"{PAGE}/explain", data=typed)
    assert refused.status_code == 409
    assert 'value="Not yet &#34;known&#34;"' in refused.text, "what was typed is kept"
    assert _silent(preparer) == before[2:]


def test_what_is_printed_differently_is_told_with_what_is_new_and_gone() -> None:
    def figure(key: str, display: str | None) -> dict[str, object]:
        return {"key": key, "kpi": "1", "dimensions": {}, "title": key, "unit": "t", "display": display, "text": None}

    before = {"figures": [figure("same", "1"), figure("other", "1000"), figure("gone", "3")]}
    after = {"figures": [figure("new", "4"), figure("same", "1"), figure("other", "1001.50")]}
    found = [(each.title, each.before, each.after) for each in differences(before, after)]
    assert found == [("new", None, "4"), ("other", "1,000", "1,001.50"), ("gone", "3", None)]


def _key(client: httpx.Client, name: str, scopes: list[str]) -> str:
    made = client.post("/v1/keys", json={"name": name, "scopes": scopes, "organizations": ["acme"]})
    return str(made.json()["key"])


def _browser(client: httpx.Client, key: str) -> Iterator[httpx.Client]:
    with browsing(client, key) as browser:
        yield browser


def _post(client: httpx.Client, database: Database, row: str) -> None:
    body = f"meter,timestamp,value\n{row}\n"
    client.post("/v1/organizations/acme/readings", content=body, headers=CSV).raise_for_status()
    roll_pending(database)


def _standing(browser: httpx.Client) -> list[str]:
    rows = browser.get(PAGE).text.split('<tr id="publication-')[1:]
    return [re.findall(r'data-label="Standing">([a-z]+)</td>', row)[0] for row in rows]


def _silent(browser: httpx.Client) -> list[str]:
    return re.findall(r'name="text\|([^"]+)"', browser.get(PAGE).text)


def _wrong(answer: httpx.Response) -> str:
    return answer.text.split('role="alert"')[1].split("</p>")[0]
