"""Files that prove figures are attached to a month or a batch, listed where the figure is, packed, and removed."""

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.pages import browsing
from tests.support.uploads import act, uploaded

API = "/v1/organizations/acme/evidence"
PAGE = "/organizations/acme/evidence"
BILL = b"%PDF-1.7\nbill of March"
MARCH = {"meter": "grid", "month": "2024-03"}


@pytest.fixture(scope="module")
def shared_settings() -> Mapping[str, Any]:
    """Files of up to a hundred kilobytes."""
    return {"max_file_bytes": 100_000}


@pytest.fixture
def works(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    """Two meters that are read by the month."""
    make_organization()
    make_plant(code="main", timezone="Asia/Shanghai")
    make_plant(code="other", timezone="Asia/Shanghai")
    make_meter(code="grid", name="Grid", interval="P1M", timestamp_edge="interval_start")
    make_meter(code="far", plant="other", interval="P1M", timestamp_edge="interval_start")


@pytest.fixture
def person(client: httpx.Client, works: None) -> Iterator[httpx.Client]:
    """A browser with a session, whose key may do everything."""
    made = client.post("/v1/keys", json={"name": "Li Wei", "scopes": ["admin"]}).json()["key"]
    with browsing(client, made) as browser:
        yield browser


def test_a_bill_is_attached_to_a_month_once_shown_at_its_cell_and_removed_with_its_hash_kept(
    person: httpx.Client, client: httpx.Client, database: Database
) -> None:
    digest = hashlib.sha256(BILL).hexdigest()
    for _ in range(2):
        sent = person.post(PAGE, params=MARCH, files={"file": ("Rechnung März.pdf", BILL)})
        assert sent.headers["Location"] == f"{PAGE}?meter=grid&month=2024-03&done=attached", sent.text
    again = client.post(API, params={**MARCH, "name": "copy.pdf"}, content=BILL)
    other = client.post(API, params={**MARCH, "month": "2024-04", "name": "b.pdf"}, content=BILL)
    assert (again.status_code, other.status_code) == (200, 201)
    (april, march) = client.get(API, params={"meter": "grid"}).json()["items"]
    assert again.json() == march
    assert {name: march[name] for name in ("name", "media_type", "size", "sha256", "meter", "month", "batch")} == {
        "name": "Rechnung März.pdf",
        "media_type": "application/pdf",
        "size": len(BILL),
        "sha256": digest,
        "meter": "grid",
        "month": "2024-03",
        "batch": None,
    }
    assert _kept(database, digest) == 1

    grid = person.get("/organizations/acme/monthly", params={"plant": "main", "year": "2024"}).text
    assert grid.count('title="Evidence: 1"') == 2
    assert grid.count('title="Evidence: 0"') == 10
    page = person.get(PAGE, params=MARCH).text
    assert "Rechnung März.pdf" in page
    assert "Li Wei" in page
    file = person.get(f"{API}/{march['code']}/content", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (file.content, file.headers["content-type"]) == (BILL, "application/pdf")
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["content-disposition"].startswith('attachment; filename="Rechnung M_rz.pdf"; filename*=')

    refused = person.post(f"{PAGE}/remove", data={**MARCH, "code": march["code"]})
    assert (refused.status_code, "Give a reason" in refused.text) == (422, True)
    assert person.post(f"{PAGE}/remove", data={**MARCH, "code": march["code"], "reason": "mine"}).status_code == 303
    assert client.get(f"{API}/{march['code']}").status_code == 404
    assert _kept(database, digest) == 1  # April's is of the same bytes
    assert client.delete(f"{API}/{april['code']}", params={"reason": "theirs"}).status_code == 204
    assert _kept(database, digest) == 0
    log = client.get("/v1/organizations/acme/audit", params={"kind": "evidence", "subject": march["code"]}).json()
    removed, attached = log["items"]
    assert (attached["before"], attached["after"]["sha256"], attached["after"]["month"]) == (None, digest, "2024-03")
    assert (removed["before"]["sha256"], removed["after"]) == (digest, {"removed": True, "reason": "mine"})


def test_an_uploaded_file_proves_its_batch_and_both_are_in_the_pack(
    person: httpx.Client, client: httpx.Client, database: Database
) -> None:
    content = b"timestamp,meter,value\n2024-03-01T00:00:00+08:00,grid,500\n"
    here = uploaded(person, "march.csv", content)
    assert act(person, here, person.get(here).text, "store").status_code == 303
    (proof,) = client.get(API).json()["items"]
    assert (proof["name"], proof["media_type"], proof["sha256"]) == (
        *("march.csv", "text/csv", hashlib.sha256(content).hexdigest()),
    )
    assert "Evidence: 1" in person.get(here).text
    client.post(API, params={**MARCH, "name": "bill.pdf"}, content=BILL).raise_for_status()
    client.post(API, params={**MARCH, "meter": "far", "name": "far.pdf"}, content=BILL).raise_for_status()
    client.post(API, params={**MARCH, "month": "2023-03", "name": "old.pdf"}, content=BILL).raise_for_status()
    client.post(API, params={**MARCH, "month": "2025-03", "name": "next.pdf"}, content=BILL).raise_for_status()
    span = {"from": "2024-03-01", "to": "2024-03-31"}
    readings = person.get("/organizations/acme/meters/grid/readings", params=span).text
    assert [name in readings for name in ("march.csv", "bill.pdf", "far.pdf", "old.pdf")] == [True, True, False, False]

    roll_pending(database)
    publications = "/v1/organizations/acme/disclosures/hkex-2020/2024/publications"
    client.post(publications, json={"reason": None}).raise_for_status()
    before = client.get(f"{publications}/1/exports/zip")
    with zipfile.ZipFile(io.BytesIO(before.content)) as pack:
        names = [name.partition("/")[2] for name in pack.namelist()]
        root = pack.namelist()[0].partition("/")[0]
        rows = pack.read(f"{root}/evidence.csv").decode().splitlines()
        places = [row.partition(",")[0] for row in rows[1:]]
        assert [place[26:] for place in places] == ["march.csv", "bill.pdf"]
        assert [pack.read(f"{root}/{place}") for place in places] == [content, BILL]
        sums = pack.read(f"{root}/SHA256SUMS").decode()
        readme = pack.read(f"{root}/README.txt").decode()
    assert set(places) <= set(names)
    assert f"{hashlib.sha256(BILL).hexdigest()}  {places[1]}\n" in sums
    assert "evidence.csv" in readme
    known = {"If-None-Match": before.headers["ETag"]}
    assert client.get(f"{publications}/1/exports/zip", headers=known).status_code == 304
    client.post(API, params={**MARCH, "name": "mail.eml"}, content=b"From: x\n").raise_for_status()
    assert client.get(f"{publications}/1/exports/zip", headers=known).status_code == 200


@pytest.mark.parametrize(
    ("asked", "content", "status", "field"),
    [
        pytest.param({**MARCH, "name": "bill.exe"}, BILL, 422, "name", id="kind"),
        pytest.param({**MARCH, "name": "bill.pdf"}, b"<html>", 422, "name", id="content"),
        pytest.param({**MARCH, "name": "bill.csv"}, b"a\0b", 422, "name", id="binary"),
        pytest.param({"name": "bill.pdf"}, BILL, 422, "meter", id="of-nothing"),
        pytest.param({"name": "bill.pdf", "meter": "grid"}, BILL, 422, "meter", id="no-month"),
        pytest.param({**MARCH, "month": "2024-13", "name": "bill.pdf"}, BILL, 422, "month", id="month"),
        pytest.param({**MARCH, "meter": "none", "name": "bill.pdf"}, BILL, 404, None, id="meter"),
        pytest.param({"batch": "b0000018f3a2c4d10", "name": "bill.pdf"}, BILL, 404, None, id="batch"),
        pytest.param({**MARCH, "name": "bill.pdf"}, BILL + b"x" * 100_000, 413, None, id="large"),
    ],
)
def test_what_is_no_evidence_is_refused(
    client: httpx.Client, works: None, asked: dict[str, str], content: bytes, status: int, field: str | None
) -> None:
    answer = client.post(API, params=asked, content=content)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert [each["field"] for each in answer.json()["errors"]] == ([field] if field else [])
    assert client.get(API).json()["items"] == []


def test_who_may_read_attach_and_remove_are_three_and_a_bound_key_attaches_to_its_own(
    client: httpx.Client, works: None
) -> None:
    def key(**fields: Any) -> dict[str, str]:
        made = client.post("/v1/keys", json={"name": "k", "organizations": ["acme"], **fields})
        return {"X-API-Key": made.json()["key"]}

    bill = {**MARCH, "name": "bill.pdf"}
    reads, brings = key(scopes=["read"]), key(scopes=["ingest"])
    assert client.post(API, params=bill, content=BILL, headers=reads).status_code == 403
    made = client.post(API, params=bill, content=BILL, headers=brings)
    assert made.status_code == 201
    assert made.headers["Location"] == f"{API}/{made.json()['code']}"
    assert client.get(API, headers=brings).status_code == 403
    assert client.delete(made.headers["Location"], params={"reason": "x"}, headers=brings).status_code == 403
    bound = key(scopes=["ingest"], meters=["far"])
    assert client.post(API, params={**bill, "name": "c.pdf"}, content=BILL + b"2", headers=bound).status_code == 404
    assert client.post(API, params={**bill, "meter": "far"}, content=BILL, headers=bound).status_code == 201
    batch = client.post(
        "/v1/organizations/acme/readings",
        json={"readings": [{"meter": "grid", "timestamp": "2024-03-01T00:00:00+08:00", "value": 1}]},
    ).json()["batch"]
    of_batch = {"batch": batch, "name": "bill.pdf"}
    assert client.post(API, params=of_batch, content=BILL, headers=bound).status_code == 404
    assert client.post(API, params=of_batch, content=BILL).json()["batch"] == batch


def _kept(database: Database, digest: str) -> int:
    with database.read() as session:
        found = text("SELECT count(*) FROM kept_file WHERE digest = :digest")
        return int(session.connection().execute(found, {"digest": digest}).scalar_one())
