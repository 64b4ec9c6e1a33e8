"""What every problem has in common."""

from typing import Any

import httpx


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert list(problem)[:7] == ["type", "title", "status", "detail", "code", "request_id", "errors"]
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert problem["detail"]
    for error in problem["errors"]:
        assert list(error) == ["index", "field", "meter", "timestamp", "code", "detail"]
    return problem
