"""What is uploaded and is no table is told by what it is, a cover is passed over, and what is wrong is said plainly."""

import html
import io
from collections.abc import Iterator

import httpx
import openpyxl
import pytest

from tests.conftest import Make
from tests.support.pages import browsing
from tests.support.uploads import act, chosen, table, uploaded


@pytest.fixture
def person(client: httpx.Client, make_organization: Make, make_plant: Make, make_meter: Make) -> Iterator[httpx.Client]:
    """A browser with a session, at an organization with a monthly meter."""
    make_organization()
    make_plant(code="main", timezone="Asia/Shanghai")
    make_meter(code="grid", interval="P1M", timestamp_edge="interval_start")
    made = client.post("/v1/keys", json={"name": "Li Wei", "scopes": ["admin"]}).json()["key"]
    with browsing(client, made) as browser:
        yield browser


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n", "the file is a PDF", id="pdf"),
        pytest.param(b"\xff\xd8\xff\xe0\0\x10JFIF", "the file is a picture (JPEG)", id="jpeg"),
        pytest.param(b"\n<html><table><tr><td>1</td></tr></table></html>", "the file is a web page (HTML)", id="html"),
        pytest.param(b"\x1f\x8b\x08\0\0\0\0\0", "the file is packed (gzip)", id="gzip"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a workbook of the old kind (.xls)", id="xls"),
    ],
)
def test_a_file_that_is_no_table_is_refused_by_what_it_is(person: httpx.Client, content: bytes, words: str) -> None:
    page = person.get(uploaded(person, "bills.xlsx", content))
    assert page.status_code == 422
    assert f"bills.xlsx cannot be read: {words}" in html.unescape(page.text) or words in html.unescape(page.text)


def test_of_a_workbook_the_first_sheet_with_a_table_is_read_and_another_one_can_be_chosen(person: httpx.Client) -> None:
    book = openpyxl.Workbook()
    cover, empty = book.active, book.create_sheet("notes")
    for row in (["Company", "Acme"], ["Year", 2024], ["Prepared by", "Li Wei"]):
        cover.append(row)
    empty.append(["nothing here"])
    for name, value in (("2024", 5), ("2025", 7)):
        sheet = book.create_sheet(name)
        sheet.append(["Meter", f"{name}-01", f"{name}-02"])
        sheet.append(["grid", value, value])
    written = io.BytesIO()
    book.save(written)
    here = uploaded(person, "bills.xlsx", written.getvalue())
    page = person.get(here).text
    assert (chosen(page)["sheet"], table(page, "grid")[0]) == ("2024", ["2024-01", "–", "5"])
    assert act(person, here, page, "look", sheet="2025").status_code == 303
    assert table(person.get(here).text, "grid")[0] == ["2025-01", "–", "7"]


@pytest.mark.parametrize("factor", ["-1", "0", "0/1", "1/0", "abc", "1,5"])
def test_what_numbers_are_multiplied_by_is_above_nought_and_refused_in_plain_words(
    person: httpx.Client, factor: str
) -> None:
    here = uploaded(person, "a.csv", b"meter,month,value\ngrid,2024-01,1\n")
    refused = act(person, here, person.get(here).text, "look", factor=factor)
    page = html.unescape(refused.text)
    assert refused.status_code == 422
    assert "Numbers are multiplied by: A number above 0 such as 1000 or 0.001" in page
    assert (chosen(page)["factor"], "pattern" in page, 'value="store"' in page) == (factor, False, False)


@pytest.mark.parametrize(
    "path", ["/organizations/acme/monthly?year=abc", "/organizations/acme/upload/template?year=20"]
)
def test_a_bad_year_is_refused_in_plain_words(person: httpx.Client, path: str) -> None:
    answer = person.get(path, headers={"Accept": "text/html"})
    page = html.unescape(answer.text)
    assert answer.status_code == 422
    assert "Year: A reporting year from 1973 on, such as 2024" in page
    assert "pattern" not in page
    assert "1973 年以后的报告年度" in person.get(f"{path}&language=zh", headers={"Accept": "text/html"}).text
