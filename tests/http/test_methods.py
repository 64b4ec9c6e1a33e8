"""HEAD and OPTIONS of every path, and what cannot be answered as a client wants it."""

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from tests.conftest import Make
from tests.support.problems import assert_problem
from tests.support.shared import Shared

ACME = "/v1/organizations/acme"


def _paths(app: FastAPI) -> dict[str, set[str]]:
    """Return every path of the application with its methods."""
    found: dict[str, set[str]] = {}
    for each in iter_route_contexts(app.routes):
        found.setdefault(str(each.path), set()).update(each.methods or ())
    return found


def test_every_path_answers_options_with_its_methods_to_anybody(vacant: Shared) -> None:
    paths = _paths(vacant.app)
    assert len(paths) > 80
    for path, methods in paths.items():
        place = path.replace("{", "").replace("}", "")
        answer = vacant.client.request("OPTIONS", place, headers={"X-API-Key": "nobody"})
        expected = methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
        assert (answer.status_code, answer.content) == (204, b""), path
        assert expected <= set(answer.headers["allow"].split(", ")), path
    assert vacant.client.request("OPTIONS", ACME).headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"
    assert_problem(vacant.client.request("OPTIONS", "/v1/nothing"), 404, "not_found")


@pytest.mark.parametrize("path", [ACME, f"{ACME}/meters", f"{ACME}/metrics/energy?year=2021", "/docs", "/health/live"])
def test_head_is_the_head_of_what_get_answers(client: httpx.Client, make_organization: Make, path: str) -> None:
    make_organization()
    whole, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    ours = ("x-request-id", "date")
    assert [each for each in head.headers.items() if each[0] not in ours] == [
        each for each in whole.headers.items() if each[0] not in ours
    ]


def test_head_of_a_stream_ends_and_of_what_is_not_there_says_so(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    rows = client.head(f"{ACME}/readings", headers={"Accept": "text/csv"})
    assert (rows.status_code, rows.headers["content-type"], rows.content) == (200, "text/csv; charset=utf-8", b"")
    events = client.head(f"{ACME}/stream")
    assert (events.status_code, events.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert "content-encoding" not in events.headers
    assert client.head("/v1/organizations/nobody").status_code == 404
    assert client.head(ACME, headers={"X-API-Key": "nobody"}).status_code == 401
    assert client.head(f"{ACME}/previews").status_code == 405


def test_head_is_counted_by_its_route(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    client.head(ACME)
    assert 'method="HEAD",route="/v1/organizations/{organization}",status="200"' in client.get("/metrics").text


def test_what_a_client_does_not_accept_is_refused_before_anything_is_done(client: httpx.Client) -> None:
    body = {"code": "acme", "name": "Acme", "timezone": "Asia/Shanghai", "currency": "CNY"}
    for accept in ("text/html", "application/json;q=0", "text/*, application/xml"):
        answer = client.post("/v1/organizations", json=body, headers={"Accept": accept})
        problem = assert_problem(answer, 406, "not_acceptable")
        assert "application/json" in problem["detail"]
    assert client.get(ACME).status_code == 404
    for accept in (
        "application/*",
        "*/*;q=0.1",
        "text/html, application/json;q=0.2",
        "application/json; numbers=string",
    ):
        assert client.get("/v1/frameworks", headers={"Accept": accept}).status_code == 200


def test_readings_are_answered_by_the_weight_of_what_is_accepted(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    found = []
    for accept in ("text/csv;q=0.5, application/json", "application/json;q=0.5, text/csv", "application/x-ndjson, */*"):
        answer = client.get(f"{ACME}/readings", headers={"Accept": accept})
        found.append(answer.headers["content-type"].partition(";")[0])
        assert "Accept" in answer.headers["vary"].split(", ")
    assert found == ["application/json", "text/csv", "application/x-ndjson"]
    assert_problem(client.get(f"{ACME}/readings", headers={"Accept": "text/html"}), 406, "not_acceptable")
