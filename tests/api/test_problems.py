"""Every error has one shape, whatever went wrong."""

import gzip
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.http.deps import MayReadAnywhere, api_router
from app.main import create_app
from app.settings import Settings
from tests.conftest import ADMIN_KEY, Make
from tests.support.client import running
from tests.support.problems import assert_problem

PLANTS = "/v1/organizations/acme/plants"
JSON = {"Content-Type": "application/json"}


def test_a_problem_is_spelt_out_in_full(client: httpx.Client, make_organization: Make) -> None:
    make_organization()

    answer = client.post(
        PLANTS, json={"code": "a b", "country": "CN"}, headers={"X-Request-ID": "gateway-7/2021-03-01"}
    )

    assert answer.json() == {
        "type": "urn:esg-metrics:problem:invalid_request",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "code: String should match pattern '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'",
        "code": "invalid_request",
        "request_id": "gateway-7/2021-03-01",
        "errors": [
            {
                "index": None,
                "field": "code",
                "meter": None,
                "timestamp": None,
                "code": "string_pattern_mismatch",
                "detail": "String should match pattern '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'",
            }
        ],
    }


@pytest.mark.parametrize("sent", ["", "two words", "x" * 129, "a\tb"])
def test_a_request_id_that_makes_no_sense_is_replaced(client: httpx.Client, sent: str) -> None:
    answer = client.get("/health/live", headers={"X-Request-ID": sent})

    assert len(answer.headers["X-Request-ID"]) == 32


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"", "empty_body", "empty"),
        (b'{"code": "a",\n "country": }', "malformed_json", "line 2, column 13"),
        (b'{"code": "a"', "malformed_json", "line 1"),
        (b'{"code": "a", "equity_share": NaN}', "malformed_json", "NaN"),
        (b'{"code": "a", "equity_share": -Infinity}', "malformed_json", "-Infinity"),
        (b'{"code": "a", "equity_share": 1e99999999999999999999}', "malformed_json", "out of range"),
        (b'{"code": "a", "equity_share": ' + b"9" * 5000 + b"}", "malformed_json", "too many digits"),
        (b'{"code": "a", "code": "b"}', "malformed_json", "'code' is given twice"),
        (b'{"code": "\xff"}', "malformed_json", "UTF-8"),
        (b"[" * 100_000, "malformed_json", "nested too deeply"),
    ],
)
def test_a_body_that_cannot_be_read_is_400(
    client: httpx.Client, make_organization: Make, body: bytes, code: str, words: str
) -> None:
    make_organization()

    problem = assert_problem(client.post(PLANTS, content=body, headers=JSON), 400, code)

    assert words in problem["detail"]
    assert client.get(PLANTS).json()["items"] == []


@pytest.mark.parametrize("number", ["1E+999999", "1E+300", "1e-999999", "0." + "1" * 21])
def test_a_number_with_too_many_digits_is_422(client: httpx.Client, make_organization: Make, number: str) -> None:
    make_organization()
    body = f'{{"code":"a","country":"CN","equity_share":{number}}}'.encode()

    problem = assert_problem(client.post(PLANTS, content=body, headers=JSON), 422, "invalid_request")

    assert [error["field"] for error in problem["errors"]] == ["equity_share"]


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"7", b"null"])
def test_a_body_that_is_no_object_is_422(client: httpx.Client, make_organization: Make, body: bytes) -> None:
    make_organization()

    answer = client.post(PLANTS, content=body, headers=JSON)

    assert answer.status_code in (400, 422)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_gzipped_body_is_read(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    body = gzip.compress(b'{"code":"main","country":"CN"}')

    assert client.post(PLANTS, content=body, headers={**JSON, "Content-Encoding": "gzip"}).status_code == 201
    cut = client.post(PLANTS, content=body[:-9], headers={**JSON, "Content-Encoding": "gzip"})
    noise = client.post(PLANTS, content=b"{}", headers={**JSON, "Content-Encoding": "gzip"})
    other = client.post(PLANTS, content=body, headers={**JSON, "Content-Encoding": "deflate"})
    twice = client.post(PLANTS, content=body, headers=[*JSON.items(), *[("Content-Encoding", "gzip")] * 2])
    assert_problem(cut, 400, "truncated_gzip")
    assert_problem(noise, 400, "malformed_gzip")
    for answer in (other, twice):
        problem = assert_problem(answer, 415, "unsupported_encoding")
        assert "gzip, zstd, br" in problem["detail"]
        assert answer.headers["Accept-Encoding"] == "gzip, zstd, br"


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/merge-patch+json", "nonsense"])
def test_a_body_of_another_media_type_is_415(client: httpx.Client, make_organization: Make, media_type: str) -> None:
    make_organization()

    answer = client.post(PLANTS, content=b'{"code":"a"}', headers={"Content-Type": media_type})

    assert_problem(answer, 415, "unsupported_media_type")


def test_a_body_over_the_limit_is_413_declared_or_not(settings: Settings, make_organization: Make) -> None:
    make_organization()
    small = create_app(settings.model_copy(update={"max_body_bytes": 200}))
    body = b'{"code":"main","country":"CN","name":"' + b"x" * 200 + b'"}'

    with running(small, key=ADMIN_KEY) as client:
        declared = client.post(PLANTS, content=body, headers=JSON)
        streamed = client.post(PLANTS, content=iter([body[:100], body[100:]]), headers=JSON)
        packed = client.post(PLANTS, content=gzip.compress(body), headers={**JSON, "Content-Encoding": "gzip"})
        readings = client.post("/v1/organizations/acme/readings", content=body, headers=JSON)

    for answer in (declared, streamed, packed, readings):
        assert_problem(answer, 413, "body_too_large")


def test_a_parameter_that_is_read_twice_is_wrong_once(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    refused = client.get("/v1/organizations/acme/disclosures/hkex/abc")
    assert refused.status_code == 422
    assert [(each["field"], each["code"]) for each in refused.json()["errors"]] == [("year", "int_parsing")]
    assert refused.json()["detail"].count("year:") == 1


def test_an_unknown_path_is_404(client: httpx.Client) -> None:
    for path in ("/v1/nothing", "/v1/organizations/", "/v2/organizations"):
        problem = assert_problem(client.get(path), 404, "not_found")
        assert problem["detail"] == f"There is nothing at {path}"


def test_a_wrong_method_is_405_and_names_every_right_one(client: httpx.Client, make_organization: Make) -> None:
    make_organization()

    problem = assert_problem(client.delete("/v1/organizations/acme/plants"), 405, "method_not_allowed")

    assert client.delete(PLANTS).headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    assert client.post("/v1/organizations/acme").headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"
    assert "GET, HEAD, OPTIONS, POST" in problem["detail"]


def test_a_failure_is_500_without_its_text_and_is_logged_once(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    router = api_router("broken", "/v1/broken")

    @router.get("")
    def get_broken(_access: MayReadAnywhere) -> None:
        raise RuntimeError("the secret reason")

    app = create_app(settings)
    app.include_router(router)
    with running(app, key=ADMIN_KEY) as client:
        answer = client.get("/v1/broken", headers={"X-Request-ID": "r-1"})

    problem = assert_problem(answer, 500, "internal_error")
    logged = capsys.readouterr().err
    assert "secret" not in answer.text
    assert problem["request_id"] == "r-1"
    assert logged.count("RuntimeError: the secret reason") == 1


def test_a_database_that_does_not_answer_is_503(tmp_path: Any) -> None:
    app: FastAPI = create_app(Settings(database_url=f"sqlite:///{tmp_path / 'esg.db'}", admin_key=ADMIN_KEY))
    with running(app, key=ADMIN_KEY) as client:
        assert client.get("/health/ready").json()["status"] == "ok"
        with app.state.database.write() as session:
            session.connection().exec_driver_sql("DELETE FROM alembic_version")
        stale = client.get("/health/ready")
        with app.state.database.write() as session:
            session.connection().exec_driver_sql("DROP TABLE plant")
        broken = client.get("/v1/organizations")

    assert stale.headers["Retry-After"] == "5"
    assert_problem(stale, 503, "not_ready")
    assert broken.status_code == 200
