"""Exports over HTTP, of a publication that the service made."""

import csv
import hashlib
import io
import json
import zipfile
from decimal import Decimal

import httpx
import openpyxl
import pypdf
import pytest

from tests.support.desk import Desk
from tests.support.works import DISCLOSURE, answer

PATH = f"{DISCLOSURE}/2021/publications/1/exports"
NAME = "acme_hkex-2020_2021_publication-1"


def export(client: httpx.Client, wanted: str, **headers: str) -> httpx.Response:
    got = client.get(f"{PATH}/{wanted}", headers=headers)
    assert got.status_code == 200, got.text
    return got


@pytest.mark.parametrize(
    ("wanted", "media", "shown"),
    [
        ("json", "application/json", "attachment"),
        ("csv", "text/csv; charset=utf-8", "attachment"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "attachment"),
        ("html", "text/html; charset=utf-8", "inline"),
        ("pdf", "application/pdf", "inline"),
        ("zip", "application/zip", "attachment"),
    ],
)
def test_a_file_says_what_it_is_and_what_it_is_called(desk: Desk, wanted: str, media: str, shown: str) -> None:
    digest = desk.prepare()["hash"]
    got = export(desk.client, wanted)
    assert got.headers["Content-Type"] == media
    assert got.headers["Content-Disposition"] == f'{shown}; filename="{NAME}.{wanted}"'
    plain = export(desk.client, wanted, **{"Accept-Encoding": "identity"})
    log = "-readings-audit" if wanted == "zip" else ""
    assert (plain.headers["ETag"], plain.content) == (f'"{digest}-{wanted}{log}"', got.content)
    assert export(desk.client, wanted).content == got.content


def test_the_steps_after_preparation_change_no_export(desk: Desk) -> None:
    desk.prepare()
    before = export(desk.client, "zip").content
    desk.approve(1)
    desk.publish(1)
    assert export(desk.client, "zip").content == before


def test_the_json_is_the_hashed_document(desk: Desk) -> None:
    digest = desk.published()["hash"]
    content = export(desk.client, "json").content
    assert hashlib.sha256(content).hexdigest() == digest
    assert json.loads(content, parse_float=Decimal) == desk.read(1)["document"]


def test_every_format_tells_the_same_figures(desk: Desk) -> None:
    desk.published()
    rows = csv.DictReader(io.StringIO(export(desk.client, "csv").text, newline=""))
    consumption = next(row for row in rows if row["key"] == "consumption.electricity")
    assert (consumption["display"], consumption["value_2020"]) == ("1000", "500")
    book = openpyxl.load_workbook(io.BytesIO(export(desk.client, "xlsx").content))
    titles = {row[1].value: row for row in book["A2"].iter_rows(min_row=4)}
    assert [cell.value for cell in titles["Electricity consumption"][4:7]] == [1000, 500, None]
    text = pypdf.PdfReader(io.BytesIO(export(desk.client, "pdf").content)).pages[0].extract_text()
    assert "Electricity consumption" in text
    assert "1,000" in text
    assert ">1,000</td>" in export(desk.client, "html").text


def test_the_terms_of_the_lineage_add_up_to_each_figure(desk: Desk) -> None:
    desk.published()
    with zipfile.ZipFile(io.BytesIO(export(desk.client, "zip").content)) as archive:
        tables = {
            name: list(csv.DictReader(io.StringIO(archive.read(f"{NAME}/{name}.csv").decode(), newline="")))
            for name in ("figures", "lineage", "factors")
        }
    sums: dict[tuple[str, str], Decimal] = {}
    for row in tables["lineage"]:
        if row["part"] == "term":
            name = (row["key"], row["dimensions"])
            sums[name] = sums.get(name, Decimal(0)) + Decimal(row["value"])
    values = {(row["key"], row["dimensions"]): Decimal(row["value"]) for row in tables["figures"] if row["value"]}
    assert values == sums
    assert len(values) > 10
    assert {row["factor"] for row in tables["lineage"]} - {row["factor"] for row in tables["factors"]} == {""}


@pytest.mark.parametrize(("wanted", "another"), [("pdf", "csv"), ("csv", "pdf")])
def test_a_file_that_the_caller_has_is_not_sent_again(desk: Desk, wanted: str, another: str) -> None:
    desk.prepare()
    tag = export(desk.client, wanted).headers["ETag"]
    assert tag.endswith('-csv-zstd"' if wanted == "csv" else '-pdf"')
    got = desk.client.get(f"{PATH}/{wanted}", headers={"If-None-Match": f'"another", {tag}'})
    assert (got.status_code, got.content, got.headers["ETag"]) == (304, b"", tag)
    assert export(desk.client, another, **{"If-None-Match": tag}).content


def test_the_page_may_load_nothing(desk: Desk) -> None:
    desk.prepare()
    policy = export(desk.client, "html").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("frame-ancestors 'none'")


def test_what_is_not_there_is_refused(desk: Desk) -> None:
    desk.prepare()
    client, publications = desk.client, f"{DISCLOSURE}/2021/publications"
    assert answer(client, "GET", f"{publications}/2/exports/pdf", 404)["code"] == "not_found"
    unknown = PATH.replace("hkex-2020", "hkex-1984")
    assert answer(client, "GET", f"{unknown}/pdf", 404)["code"] == "unknown_framework"
    refused = answer(client, "GET", f"{PATH}/docx", 422)
    assert (refused["code"], refused["errors"][0]["field"]) == ("invalid_request", "format")


def test_exports_are_for_those_who_may_read(desk: Desk) -> None:
    desk.prepare()
    made = answer(desk.client, "POST", "/v1/keys", 201, json={"name": "gateway", "scopes": ["ingest"]})
    assert answer(desk.client, "GET", f"{PATH}/csv", 403, headers={"X-API-Key": made["key"]})["code"] == "forbidden"


@pytest.mark.parametrize("wanted", ["html", "pdf", "xlsx", "csv", "zip"])
def test_a_file_in_chinese_is_another_one_and_english_is_what_is_sent_unasked(desk: Desk, wanted: str) -> None:
    digest = desk.published()["hash"]
    english, path = export(desk.client, wanted), f"{PATH}/{wanted}"
    asked = desk.client.get(path, params={"language": "en"})
    assert (asked.content, asked.headers["ETag"]) == (english.content, english.headers["ETag"])
    chinese = desk.client.get(path, params={"language": "zh"}, headers={"If-None-Match": english.headers["ETag"]})
    assert (chinese.status_code, chinese.headers["Content-Language"]) == (200, "zh-Hans")
    assert f'filename="{NAME}-zh.{wanted}"' in chinese.headers["Content-Disposition"]
    assert chinese.content != english.content
    assert desk.client.get(path, params={"language": "zh"}).content == chinese.content
    assert "Content-Language" not in english.headers
    assert desk.read(1)["hash"] == digest


def test_the_json_is_one_for_all_languages(desk: Desk) -> None:
    desk.prepare()
    asked = desk.client.get(f"{PATH}/json", params={"language": "zh"})
    plain = export(desk.client, "json")
    assert (asked.content, asked.headers["ETag"]) == (plain.content, plain.headers["ETag"])


def test_an_unknown_language_is_refused(desk: Desk) -> None:
    desk.prepare()
    refused = desk.client.get(f"{PATH}/pdf", params={"language": "fr"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "language")
