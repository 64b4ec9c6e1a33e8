"""A file of readings is uploaded, looked at, stored as it was looked at, and taken back."""

import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import openpyxl
import pytest
from sqlalchemy import text

from app.jobs.retention import forget_old
from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.pages import browsing, signed_in
from tests.support.uploads import PAGE, act, chosen, table, tiles, uploaded

GERMAN = (
    "Export der Messstellen\n"
    "Datum;Zähler;Verbrauch;Einheit\n"
    "01.03.2024 00:15;Netzbezug;1,5;MWh\n"
    "13.03.2024 00:30;Netzbezug;1.002,5;MWh\n"
    "14.03.2024 00:30;Netzbezug;viel;MWh\n"
    "31.03.2024 00:30;Dachanlage;7;MWh\n"
)


@pytest.fixture
def works(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    """A plant with a meter of quarter hours, one read by the month, and a counter."""
    make_organization()
    make_plant(code="main", timezone="Asia/Shanghai")
    make_meter(code="grid", name="Netzbezug", interval="PT15M", timestamp_edge="interval_end")
    make_meter(code="gas", name="Gas", resource="fuel.natural_gas", unit="m3", interval="P1M")
    make_meter(code="hall", name="Hall", kind="register")


@pytest.fixture
def person(client: httpx.Client, works: None) -> Iterator[httpx.Client]:
    """A browser with a session, whose key may do everything."""
    made = client.post("/v1/keys", json={"name": "Li Wei", "scopes": ["admin"]}).json()["key"]
    with browsing(client, made) as browser:
        yield browser


def test_a_german_file_is_recognized_tried_stored_in_part_and_taken_back(
    person: httpx.Client, client: httpx.Client, database: Database
) -> None:
    client.post("/v1/organizations/acme/readings", json={"readings": [_reading("2024-03-01T00:15:00+08:00", 1)]})
    here = uploaded(person, "März.csv", GERMAN.encode("cp1252"))
    page = person.get(here).text

    found = chosen(page)
    assert [found[f"role|{at}"] for at in range(4)] == ["timestamp", "meter", "value", "unit"]
    assert (found["code|Netzbezug"], found["code|Dachanlage"]) == ("grid", "")
    marks = ("header_line", "stamp", "order", "timezone", "decimal", "thousands", "factor", "delimiter", "encoding")
    assert [found[name] for name in marks] == ["2", "local", "DMY", "Asia/Shanghai", ",", ".", "", ";", "cp1252"]
    assert tiles(page) == ["1", "1", "0", "2"]
    assert table(page, "Rejected rows") == [
        [
            "5",
            "Netzbezug",
            "&#39;viel&#39; is not a number with decimal mark &#39;,&#39;, thousands mark &#39;.&#39;",
            "value_unreadable",
        ],
        ["6", "Dachanlage", "the mapping lists no meter for &#39;Dachanlage&#39;", "unknown_meter"],
    ]
    assert table(page, "The first readings")[0] == [
        *("3", "grid", "2024-03-01 00:15", "2024-03-01 00:00 – 2024-03-01 00:15", "1500 kWh", "measured", "–"),
    ]
    assert table(page, "grid") == [["2024-03", "1", "1004000"]]
    assert len(client.get("/v1/organizations/acme/readings").json()["items"]) == 1

    refused = act(person, here, page, "store", which="all")
    assert (refused.status_code, "Nothing was stored" in refused.text) == (422, True)
    stored = act(person, here, page, "store", which="right")
    assert stored.status_code == 303, stored.text
    result = person.get(stored.headers["Location"]).text
    assert tiles(result) == ["1", "1", "0", "2"]
    assert "Li Wei" in result
    readings = client.get("/v1/organizations/acme/readings?meter=grid").json()["items"]
    assert [(each["timestamp"], each["value"], each["revision"]) for each in readings] == [
        ("2024-02-29T16:15:00Z", 1500, 2),
        ("2024-03-12T16:30:00Z", 1002500, 1),
    ]
    assert {each["batch"] for each in readings} == set(re.findall(r"<code>(b\w{16})</code>", result))
    roll_pending(database)
    month = client.get("/v1/organizations/acme/rollups?meter=grid&grain=month").json()["items"][0]
    assert month["quantity"] == 1004000

    back = person.post(here, data={"act": "undo", "reason": "another year"})
    assert back.headers["Location"].endswith("?done=2")
    readings = client.get("/v1/organizations/acme/readings?meter=grid").json()["items"]
    assert [(each["timestamp"], each["value"]) for each in readings] == [("2024-02-29T16:15:00Z", 1)]
    assert person.post(here, data={"act": "undo", "reason": "again"}).headers["Location"].endswith("?done=0")


def test_what_was_changed_since_it_was_looked_at_is_shown_anew_and_not_stored(
    person: httpx.Client, client: httpx.Client
) -> None:
    here = uploaded(person, "a.csv", b"timestamp,meter,value\n2024-03-01T00:15:00+08:00,grid,5\n")
    page = person.get(here).text
    client.post("/v1/organizations/acme/readings", json={"readings": [_reading("2024-03-01T00:15:00+08:00", 4)]})

    late = act(person, here, page, "store")
    assert (late.status_code, tiles(late.text)) == (422, ["0", "1", "0", "0"])
    assert client.get("/v1/organizations/acme/readings").json()["items"][0]["value"] == 4
    otherwise = act(person, here, late.text, "store", factor="2")
    assert (otherwise.status_code, "You read the file otherwise now" in otherwise.text) == (422, True)
    assert act(person, here, otherwise.text, "store").status_code == 303
    assert client.get("/v1/organizations/acme/readings").json()["items"][0]["value"] == 10


def test_of_several_files_of_one_reading_that_are_stored_at_once_one_is_and_the_others_are_shown_anew(
    person: httpx.Client, client: httpx.Client
) -> None:
    rows = {value: f"timestamp,meter,value\n2024-03-01T00:15:00+08:00,grid,{value}\n".encode() for value in "123456"}
    files = {value: uploaded(person, "a.csv", content) for value, content in rows.items()}
    pages = {value: person.get(here).text for value, here in files.items()}
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda value: act(person, files[value], pages[value], "store"), files))
    assert sorted(each.status_code for each in answers) == [303, *[422] * 5]
    assert [item["revision"] for item in client.get("/v1/organizations/acme/readings").json()["items"]] == [1]


def test_a_chinese_table_of_a_column_a_meter_is_read_and_its_mapping_remembered(
    person: httpx.Client, client: httpx.Client
) -> None:
    content = "抄表日期,Hall (kWh),Gas,天气\n03/04/2024,100,12,晴\n04/04/2024,150,,雨\n"
    here = uploaded(person, "四月.csv", content.encode("gb18030"))
    page = person.get(here).text
    found = chosen(page)
    assert [found[f"role|{at}"] for at in range(4)] == ["timestamp", "=hall", "=gas", ""]
    assert (found["encoding"], found["order"]) == ("gb18030", "MDY")
    assert page.count("The file may be read in two ways") == 1

    doubled = act(person, here, page, "look", **{"role|2": "=hall"})
    assert "Two columns are said to be the same: choose one of them" in doubled.text
    look = act(person, here, page, "look", **{"order": "MDY", "role|2": ""})
    assert look.status_code == 303
    page = person.get(here).text
    assert table(page, "hall") == [["2024-03", "–", "45.16129"], ["2024-04", "–", "4.83871"]]
    assert [row[2] for row in table(page, "The first readings")] == ["2024-03-04 00:00", "2024-04-04 00:00"]
    assert act(person, here, page, "name", name="Halls").status_code == 303
    assert act(person, here, person.get(here).text, "forget").headers["Location"].endswith("?done=forgotten")
    assert person.get(here).status_code == 404

    again = person.get(uploaded(person, "五月.csv", content.replace("/04/", "/05/").encode("gb18030"))).text
    assert "read by the mapping Halls" in again
    assert (chosen(again)["order"], chosen(again)["role|2"]) == ("MDY", "")
    assert client.get("/v1/organizations/acme/readings").json()["items"] == []


def test_a_workbook_of_months_is_read_from_the_sheet_and_line_that_one_chooses(
    person: httpx.Client, client: httpx.Client
) -> None:
    book = openpyxl.Workbook()
    cover, months = book.active, book.create_sheet("2024")
    cover.append(["Bills of the year", "see the next sheet"])
    for row in (["Gas works"], [], ["Meter", "Unit", "Jan 2024", "Feb 2024"], ["gas", "m3", 100.5, None]):
        months.append(row)
    written = io.BytesIO()
    book.save(written)
    here = uploaded(person, "bills.xlsx", written.getvalue())
    assert act(person, here, person.get(here).text, "look", sheet="2024").status_code == 303
    page = person.get(here).text

    found = chosen(page)
    assert [found[f"role|{at}"] for at in range(4)] == ["meter", "unit", "period", "period"]
    assert (found["header_line"], found["stamp"]) == ("3", "period")
    assert table(page, "gas") == [["2024-01", "–", "100.5"]]
    assert act(person, here, page, "store", quality="manual").status_code == 422
    assert act(person, here, person.get(here).text, "store").status_code == 303
    stored = client.get("/v1/organizations/acme/readings").json()["items"]
    assert [(each["meter"], each["value"], each["quality"]) for each in stored] == [("gas", 100.5, "manual")]


def test_a_template_is_filled_in_and_recognized_without_choosing_anything(
    person: httpx.Client, client: httpx.Client
) -> None:
    january, february = ({"meter": "gas", "timestamp": f"2024-0{at}-01T00:00:00+08:00"} for at in (1, 2))
    known = [{**january, "value": 12.5}, {**february, "value": 0.1, "quality": "estimated"}]
    client.post("/v1/organizations/acme/readings", json={"readings": known}).raise_for_status()
    file = person.get(f"{PAGE}/template", params={"year": "2024", "plant": "main", "language": "zh"})
    assert file.headers["content-disposition"] == 'attachment; filename="acme-main-2024.xlsx"'
    book = openpyxl.load_workbook(io.BytesIO(file.content))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]][:7] == ["计量点", "名称", "厂区", "资源", "单位", "2024-01", "2024-02"]
    assert [cell.value for cell in sheet[2]][:8] == ["gas", "Gas", "main", "fuel.natural_gas", "m3", 12.5, 0.1, None]
    assert (sheet.max_row, sheet.protection.sheet, sheet["A2"].protection.locked, sheet["H2"].protection.locked) == (
        *(2, True, True, False),
    )
    assert [str(each.sqref) for each in sheet.data_validations.dataValidation] == ["F2:Q2"]

    sheet["H2"], sheet["F2"] = 30, 13
    written = io.BytesIO()
    book.save(written)
    here = uploaded(person, "filled.xlsx", written.getvalue())
    page = person.get(here).text
    assert tiles(page) == ["1", "1", "1", "0"]
    assert table(page, "gas") == [["2024-01", "12.5", "13"], ["2024-03", "–", "30"]]
    assert act(person, here, page, "store").status_code == 303
    stored = client.get("/v1/organizations/acme/readings").json()["items"]
    assert [(each["value"], each["quality"]) for each in stored] == [(13, "manual"), (0.1, "estimated"), (30, "manual")]


def test_a_file_that_nobody_stores_is_forgotten_with_its_bytes(person: httpx.Client, database: Database) -> None:
    def kept() -> int:
        with database.read() as session:
            return int(session.connection().execute(text("SELECT count(*) FROM kept_file")).scalar_one())

    before = kept()
    old = uploaded(person, "old.csv", b"timestamp,meter,value\n2021-01-01T00:00:00Z,grid,1\n")
    new = uploaded(person, "new.csv", b"timestamp,meter,value\n2021-01-01T00:00:00Z,grid,2\n")
    with database.write() as session:
        session.connection().execute(text("UPDATE upload SET expires_at = 1 WHERE name = 'old.csv'"))
    assert (person.get(old).status_code, kept()) == (404, before + 2)
    forget_old(database, event_days=7)
    assert (person.get(new).status_code, kept()) == (200, before + 1)


def test_a_file_is_its_senders_alone_and_refused_where_it_is_none(person: httpx.Client, client: httpx.Client) -> None:
    here = uploaded(person, "a.csv", b"timestamp,meter,value\n2024-03-01T00:15:00+08:00,grid,5\n")
    key = client.post("/v1/keys", json={"name": "other", "scopes": ["ingest", "read"], "organizations": ["acme"]})
    other = {"Cookie": signed_in(person, key.json()["key"])}
    assert person.get(here, headers=other).status_code == 404
    reader = client.post("/v1/keys", json={"name": "reader", "scopes": ["read"], "organizations": ["acme"]})
    reads = {"Cookie": signed_in(person, reader.json()["key"])}
    assert 'type="file"' not in person.get(PAGE, headers=reads).text
    assert person.post(PAGE, files={"file": ("a.csv", b"x")}, headers=reads).status_code == 403
    assert person.post(PAGE, files={"other": ("a.csv", b"x")}).status_code == 422
    assert person.post(PAGE, data={"file": "x"}).status_code == 400
    none = person.get(uploaded(person, "../x/picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"))
    assert (none.status_code, "picture.png cannot be read" in none.text, "../" in none.text) == (422, True, False)
    assert person.post(PAGE, files={"file": ("a.csv", b"x" * (22 * 2**20))}).status_code == 413


def _reading(timestamp: str, value: float) -> dict[str, Any]:
    return {"meter": "grid", "timestamp": timestamp, "value": value}
