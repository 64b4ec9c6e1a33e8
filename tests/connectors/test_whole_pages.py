"""A page is taken whole or not at all: of one that broke off nothing is stored, and the place and position stay."""

import gzip
import json

import brotli
import httpx
import pytest
import zstandard

from tests.connectors.conftest import CONNECTOR, CONNECTORS, Create, Pull, on_sqlite_alone
from tests.support.webhook_site import Answer, site

HOURS = [f"2021-03-01T{hour:02}:00:00+08:00" for hour in range(24)]
LINES = [f'{{"tag": "grid", "at": "{at}", "v": 12345}}' for at in HOURS]
NDJSON = "\n".join(LINES).encode() + b"\n"
CSV = "\n".join(["tag,at,v", *(f"grid,{at},12345" for at in HOURS)]).encode()
DOCUMENT = f'{{"items": [{", ".join(LINES)}]}}'.encode()
BODIES = {"ndjson": NDJSON, "csv": CSV, "json": DOCUMENT}
PACK = {"gzip": gzip.compress, "zstd": zstandard.compress, "br": brotli.compress}
START = "2021-02-28T00:00:00Z"


def mapping(form: str) -> dict[str, object]:
    where = {"records": "items"} if form == "json" else {}
    members = {name: rule for name, rule in CONNECTOR["mapping"].items() if name not in ("format", "records")}
    return {**members, "format": form, **where}


def unframed(body: bytes, *headers: str) -> Answer:
    return Answer(raw=b"\r\n".join([b"HTTP/1.0 200 OK", *map(str.encode, headers), b"", body]))


def readings(client: httpx.Client) -> list[int]:
    items = client.get("/v1/organizations/acme/readings", params={"meter": "grid"}).json()["items"]
    return [item["value"] for item in items]


def position(client: httpx.Client) -> str:
    return str(client.get(f"{CONNECTORS}/historian").json()["position"])


@pytest.mark.parametrize("form", BODIES)
@pytest.mark.parametrize("coding", PACK)
def test_a_page_that_was_cut_stores_nothing_and_the_next_pull_takes_all_of_it(
    client: httpx.Client, create: Create, pull: Pull, form: str, coding: str
) -> None:
    whole = PACK[coding](BODIES[form])
    headers = {"Content-Encoding": coding}
    answers = iter([Answer(body=whole[: len(whole) // 2], headers=headers), Answer(body=whole[:-1], headers=headers)])
    with site(lambda _: next(answers, Answer(body=whole, headers=headers))) as source:
        create(url=source.url, mapping=mapping(form), position=START)
        failed = [pull() for _ in range(2)]
        before = readings(client), position(client)
        last = pull()

    assert [(each["error"], each["received"]) for each in failed] == [("answer_cut", 0)] * 2
    assert before == ([], START)
    assert (last["error"], last["inserted"]) == (None, 24)
    assert readings(client) == [12345] * 24
    assert position(client) == "2021-03-01T15:00:00Z"


@on_sqlite_alone
def test_both_members_of_a_page_are_taken(create: Create, pull: Pull) -> None:
    members = gzip.compress(NDJSON[:600]) + gzip.compress(NDJSON[600:])
    with site(lambda _: Answer(body=members, headers={"Content-Encoding": "gzip"})) as source:
        create(url=source.url, mapping=mapping("ndjson"))
        assert pull()["inserted"] == 24


@on_sqlite_alone
@pytest.mark.parametrize(
    ("form", "body", "error"),
    [
        ("ndjson", NDJSON, None),
        ("ndjson", NDJSON[:-1], "answer_cut"),
        ("csv", CSV + b"\r\n", None),
        ("csv", CSV[:-3], "answer_cut"),
        ("csv", CSV, "answer_cut"),
        ("json", DOCUMENT, None),
        ("json", DOCUMENT[:-1], "malformed_json"),
    ],
)
def test_of_an_answer_that_tells_no_length_the_last_line_has_its_end(
    create: Create, pull: Pull, form: str, body: bytes, error: str | None
) -> None:
    with site(lambda _: unframed(body)) as source:
        create(url=source.url, mapping=mapping(form))
        pulled = pull()
    assert (pulled["error"], pulled["inserted"]) == (error, 0 if error else 24)


@on_sqlite_alone
def test_a_line_of_utf_16_ends_as_another_does(create: Create, pull: Pull) -> None:
    with site(lambda _: unframed((CSV + b"\n").decode().encode("utf-16"))) as source:
        create(url=source.url, mapping={**mapping("csv"), "encoding": "utf-16"})
        assert pull()["inserted"] == 24


@on_sqlite_alone
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(206, DOCUMENT, {"Content-Range": f"bytes 0-{len(DOCUMENT) - 1}/99999"}), "refused"),
        (Answer(body=gzip.compress(DOCUMENT), headers={"Content-Encoding": "deflate"}), "unsupported_encoding"),
        (Answer(body=gzip.compress(DOCUMENT) + b"\0" * 20, headers={"Content-Encoding": "gzip"}), "answer_malformed"),
        (Answer(body=gzip.compress(bytes(200_000)), headers={"Content-Encoding": "gzip"}), "answer_too_large"),
        (Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + DOCUMENT), "answer_cut"),
        (Answer(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n"), "answer_cut"),
    ],
    ids=["part", "coding", "trailing", "bomb", "length", "chunks"],
)
def test_any_other_answer_that_is_not_whole_is_refused(
    client: httpx.Client, create: Create, pull: Pull, answer: Answer, error: str
) -> None:
    with site(lambda _: answer) as source:
        create(url=source.url, position=START)
        pulled = pull()
    assert (pulled["error"], pulled["received"], position(client)) == (error, 0, START)


@on_sqlite_alone
def test_a_second_page_that_was_cut_is_pulled_again_and_the_first_is_not(
    client: httpx.Client, create: Create, pull: Pull
) -> None:
    first = json.dumps({"items": [json.loads(LINES[0])], "next": "/more"}).encode()
    second = gzip.compress(f'{{"items": [{LINES[1]}]}}'.encode())
    packed = {"Content-Encoding": "gzip"}
    answers = iter([Answer(body=first), Answer(body=second[:-3], headers=packed)])
    with site(lambda _: next(answers, Answer(body=second, headers=packed))) as source:
        create(url=source.url, position=START, next_page={"field": "next"})
        cut = pull()
        between = position(client)
        again = pull()

    assert (cut["error"], cut["inserted"], between) == ("answer_cut", 1, START)
    assert (again["error"], again["inserted"]) == (None, 1)
    assert [each.path for each in source.asked] == ["/", "/more", "/more"]
    assert position(client) == "2021-02-28T17:00:00Z"
