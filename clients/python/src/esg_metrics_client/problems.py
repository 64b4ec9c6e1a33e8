"""What the service answers when it does not do what it was asked."""

from typing import Any

import httpx

from esg_metrics_client.wire import read


class Unreachable(ConnectionError):
    """The service could not be reached, or was too busy, for as long as the client was to try."""


class Problem(Exception):
    """An answer of application/problem+json. `code` is stable and made for programs, `detail` is for people.

    `errors` names rows or fields; `body` is the whole object, with the counts of a batch that was refused.
    """

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status = status
        self.body = body
        self.code: str = body.get("code", "unknown")
        self.detail: str = body.get("detail", "")
        self.request_id: str | None = body.get("request_id")
        self.errors: list[dict[str, Any]] = body.get("errors", [])
        super().__init__(f"{status} {self.code}: {self.detail}")


def problem_of(answer: httpx.Response) -> Problem:
    """Return the problem that an answer is, also one that something between client and service made."""
    try:
        body = read(answer.content)
    except ValueError:
        body = None
    return Problem(answer.status_code, body if isinstance(body, dict) else {"detail": answer.text[:500]})
