"""Files of readings, by the operations that are for files."""

import gzip

import httpx
import pytest

from tests.conftest import Make

FILES = "/v1/organizations/acme/readings/files"
CSV = b"meter,timestamp,value\ngrid,2021-03-01T00:00:00+08:00,12.5\n"
NDJSON = b'{"meter": "grid", "timestamp": "2021-03-01T00:15:00+08:00", "value": 3}\n'
OCTETS = "application/octet-stream"


@pytest.fixture(autouse=True)
def acme(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    make_organization()
    make_plant()
    make_meter()


def upload(client: httpx.Client, body: bytes, media: str | None, **query: str) -> httpx.Response:
    headers = {} if media is None else {"Content-Type": media}
    return client.post(FILES, content=body, headers=headers, params=query)


def test_a_file_is_taken_by_its_stated_format_or_by_its_content_type(client: httpx.Client) -> None:
    answers = [
        upload(client, CSV, OCTETS, format="csv"),
        upload(client, NDJSON, OCTETS, format="ndjson"),
        upload(client, CSV, "text/csv; charset=utf-8"),
        upload(client, NDJSON, "application/x-ndjson"),
        upload(client, CSV, None, format="csv"),
    ]

    assert [each.status_code for each in answers] == [200] * 5
    assert [each.json()["inserted"] for each in answers] == [1, 1, 0, 0, 0]
    assert [each.json()["duplicate"] for each in answers] == [0, 0, 1, 1, 1]


def test_a_packed_file_and_the_options_of_a_batch_are_taken(client: httpx.Client) -> None:
    headers = {"Content-Type": OCTETS, "Content-Encoding": "gzip"}
    tried = client.post(FILES, content=gzip.compress(CSV), headers=headers, params={"format": "csv", "dry_run": "true"})

    assert (tried.status_code, tried.json()["inserted"], tried.json()["batch"]) == (200, 1, None)
    assert client.get("/v1/organizations/acme/readings").json()["items"] == []


@pytest.mark.parametrize("media", [OCTETS, "application/json", None])
def test_a_file_of_no_stated_format_is_refused_with_what_to_say(client: httpx.Client, media: str | None) -> None:
    answer = upload(client, CSV, media)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_fields")
    assert answer.json()["errors"][0]["field"] == "format"
    assert "format=csv" in answer.json()["detail"]


def test_all_readings_come_as_a_file(client: httpx.Client) -> None:
    upload(client, CSV, OCTETS, format="csv")
    whole = client.get(FILES, params={"format": "csv"})
    by_accept = client.get(FILES, headers={"Accept": "application/x-ndjson"})

    assert whole.headers["content-type"].startswith("text/csv")
    assert [line.split(",")[:3] for line in whole.text.splitlines()] == [
        ["meter", "timestamp", "value"],
        ["grid", "2021-02-28T16:00:00Z", "12.5"],
    ]
    assert by_accept.headers["content-type"].startswith("application/x-ndjson")
    assert whole.content == client.get("/v1/organizations/acme/readings", headers={"Accept": "text/csv"}).content


@pytest.mark.parametrize(
    ("query", "code"),
    [({}, "missing"), ({"format": "json"}, "enum"), ({"format": "csv", "limit": "5"}, "unknown_parameter")],
)
def test_a_download_says_which_file_and_has_no_pages(client: httpx.Client, query: dict[str, str], code: str) -> None:
    answer = client.get(FILES, params=query)

    assert answer.status_code == 422
    assert [each["code"] for each in answer.json()["errors"]] == [code]


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("", {"dryrun": "true"}, "unknown_parameter"),
        ("", {"atomic": "perhaps"}, "bool_parsing"),
        ("/files", {}, "missing"),
        ("/files", {"format": "json"}, "enum"),
    ],
    ids=["unknown", "no boolean", "no format", "no such format"],
)
def test_a_post_that_is_refused_for_its_address_has_the_counts_of_every_422(
    client: httpx.Client, path: str, query: dict[str, str], code: str
) -> None:
    answer = client.post(f"/v1/organizations/acme/readings{path}", params=query, content=b"{}")

    assert answer.status_code == 422
    told = answer.json()
    assert [each["code"] for each in told["errors"]] == [code]
    names = ("batch", "received", "inserted", "replaced", "duplicate", "suspect", "rejected", "warnings")
    assert [told[name] for name in names] == [None, 0, 0, 0, 0, 0, 0, []]
