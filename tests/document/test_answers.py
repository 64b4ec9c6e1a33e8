"""What each operation can answer: declared where it can happen, and nowhere else."""

import re
from typing import Any

import httpx
import pytest

from app.http.errors import ANSWERS
from tests.document.walking import operations

REFERENCE = "#/components/headers/"


def answers_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each.members["responses"] for each in operations(document) if each.name == name]
    return dict(found)


def test_every_error_is_a_problem_and_says_what_it_means(document: dict[str, Any]) -> None:
    for each in operations(document):
        for status, answer in each.members["responses"].items():
            assert answer["description"] not in (
                "",
                "OK",
                "Successful Response",
                "Validation Error",
                "Service Unavailable",
            )
            if status >= "400" and "text/plain" not in answer["content"]:
                (schema,) = [media["schema"]["$ref"] for media in answer["content"].values()]
                assert list(answer["content"]) == ["application/problem+json"]
                assert schema.rpartition("/")[2] in ("Problem", "ReadingProblem"), each.name
                assert answer["headers"]["X-Request-ID"] == {"$ref": REFERENCE + "RequestId"}
    assert "HTTPValidationError" not in document["components"]["schemas"]


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("get_organization", "200 401 403 404 406 422 500 503"),
        ("list_organizations", "200 401 403 406 422 500 503"),
        ("create_organization", "201 400 401 403 406 408 409 413 415 422 500 503"),
        ("update_plant", "200 400 401 403 404 406 408 412 413 415 422 500 503"),
        ("delete_plant", "204 401 403 404 409 412 422 500 503"),
        ("post_readings", "200 400 401 403 404 406 408 413 415 422 429 500 503"),
        ("start_job_run", "202 401 403 404 406 422 500 503"),
        ("get_export", "200 304 401 403 404 422 500 503"),
        ("get_liveness", "200 400 500"),
        ("get_readiness", "200 400 500 503"),
    ],
)
def test_an_operation_declares_what_can_happen_to_it(document: dict[str, Any], name: str, statuses: str) -> None:
    assert list(answers_of(document, name)) == statuses.split()


def test_a_publication_as_json_is_an_object_and_every_other_file_is_bytes(document: dict[str, Any]) -> None:
    content = answers_of(document, "get_export")["200"]["content"]
    assert list(content)[-1] == "application/json"
    assert [each["schema"]["type"] for each in content.values()] == ["string"] * 5 + ["object"]


def test_every_conflict_there_is_can_happen_to_an_operation(document: dict[str, Any]) -> None:
    declared = {
        code
        for each in operations(document)
        if "409" in each.members["responses"]
        for code in re.findall("`([a-z_]+)`", each.members["responses"]["409"]["description"])
    }
    assert declared == {answer.code for answer in ANSWERS.values() if answer.status == 409}


def test_headers_are_declared_where_they_are_sent(document: dict[str, Any]) -> None:
    def headers(name: str, status: str) -> set[str]:
        return set(answers_of(document, name)[status].get("headers", {}))

    assert headers("create_plant", "201") == {"Location", "X-Request-ID"}
    assert headers("start_job_run", "202") == {"Location", "X-Request-ID"}
    assert headers("get_plant", "200") == {"ETag", "X-Request-ID"}
    assert headers("update_plant", "200") == {"ETag", "X-Request-ID"}
    assert headers("get_disclosure", "304") == {"ETag", "X-Request-ID"}
    assert headers("post_readings", "200") == {"X-Request-ID"}
    assert headers("post_readings", "429") == {"Retry-After", "X-Request-ID"}
    assert headers("get_plant", "503") == {"Retry-After", "X-Request-ID"}
    assert headers("get_plant", "401") == {"WWW-Authenticate", "X-Request-ID"}
    assert headers("prepare_publication", "409") == {"Retry-After", "X-Request-ID"}
    assert headers("create_plant", "409") == {"X-Request-ID"}
    assert headers("get_export", "304") == {"ETag", "X-Request-ID"}
    assert headers("get_export", "200") == {"ETag", "Content-Disposition", "X-Request-ID"}


def test_what_is_made_says_where_it_is(document: dict[str, Any]) -> None:
    made = [each for each in operations(document) for status in ("201", "202") if status in each.members["responses"]]
    assert len(made) > 20
    for each in made:
        for status in ("201", "202"):
            if status in each.members["responses"]:
                assert "Location" in each.members["responses"][status]["headers"], each.name


def test_an_operation_says_which_scope_its_key_needs(document: dict[str, Any], client: httpx.Client) -> None:
    words = {each.name: each.members["description"].rpartition("\n\n")[2] for each in operations(document)}

    assert words["post_readings"] == "Needs a key with the scope `ingest`."
    assert words["get_disclosure"] == "Needs a key with the scope `read`."
    assert words["create_acceptance"] == "Needs a key with the scope `amend` or `prepare`."
    assert words["publish_publication"] == "Needs a key with the scope `approve`."
    assert words["list_jobs"] == "Needs a key with the scope `admin` that is not limited to organizations."
    for each in operations(document):
        assert ("x-required-scopes" in each.members) == each.path.startswith("/v1"), each.name
        assert each.members["security"] == ([{"ApiKey": []}] if each.path.startswith("/v1") else [])
