"""The service behind one key: requests that are repeated when that is safe, exact numbers, pages as iterators."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx

from esg_metrics_client.organization import Organization
from esg_metrics_client.problems import problem_of
from esg_metrics_client.retrying import Retrying
from esg_metrics_client.wire import in_query, read, written

Content = bytes | Callable[[], Iterator[bytes]]
"""The bytes of a body, or what gives them piece by piece, anew at each try."""


class Client:
    """A connection to the service; close it, or use it in a `with`. Threads may share it.

    Paths begin with `/v1`. Every method raises Problem for an answer that is an error, and Unreachable when nobody
    answered within `patience_s`. A POST carries one Idempotency-Key however often it is tried.
    """

    def __init__(
        self,
        address: str,
        key: str | None,
        *,
        timeout_s: float = 30.0,
        patience_s: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {} if key is None else {"X-API-Key": key}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=timeout_s, transport=transport)
        self._retrying = Retrying(patience_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def organization(self, code: str) -> Organization:
        """Return what can be asked of one organization."""
        return Organization(self, code)

    def get(self, path: str, **query: Any) -> Any:
        """Read something; lists and tuples repeat a filter, None leaves a parameter out."""
        return read(self.request("GET", path, query=query).content)

    def items(self, path: str, **query: Any) -> Iterator[Any]:
        """Yield the items of a list, page after page."""
        cursor = None
        while True:
            page = self.get(path, **{"limit": 1_000, **query, "cursor": cursor})
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def post(self, path: str, body: Any, **query: Any) -> Any:
        """Create something, or have a step taken; None where the answer has no body."""
        return self._with_body("POST", path, body, query)

    def put(self, path: str, body: Any, **query: Any) -> Any:
        """Put something in the place of what there is."""
        return self._with_body("PUT", path, body, query)

    def patch(self, path: str, body: Any, **query: Any) -> Any:
        """Change the fields that `body` names."""
        return self._with_body("PATCH", path, body, query)

    def delete(self, path: str, **query: Any) -> None:
        """Delete something."""
        self.request("DELETE", path, query=query)

    def download(self, path: str, to: str | Path, **query: Any) -> None:
        """Write an answer to a file as it comes: an export, or rows in a format. A file that breaks off is not left."""
        target = Path(to)
        part = target.with_name(f"{target.name}.part")
        try:
            with self.streaming(path, query) as answer, part.open("wb") as file:
                for piece in answer.iter_bytes():
                    file.write(piece)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        content: Content | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send any request and return its answer, which is no error; tried again like all others."""
        sent = {**_key_of(method), **(headers or {})}

        def once() -> httpx.Response:
            body = content() if callable(content) else content
            return self._http.request(method, path, params=_parameters(query), content=body, headers=sent)

        answer = self._retrying.send(once)
        if answer.is_error:
            raise problem_of(answer)
        return answer

    @contextmanager
    def streaming(
        self,
        path: str,
        query: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        *,
        silence_s: float | None = None,
    ) -> Iterator[httpx.Response]:
        """Yield an answer whose body has not been read yet; `silence_s` is how long none of it may come."""
        waits = self._http.timeout.as_dict() | ({} if silence_s is None else {"read": silence_s})
        request = self._http.build_request(
            "GET", path, params=_parameters(query), headers=headers, extensions={"timeout": waits}
        )
        answer = self._retrying.send(lambda: self._http.send(request, stream=True))
        try:
            if answer.is_error:
                answer.read()
                raise problem_of(answer)
            yield answer
        finally:
            answer.close()

    def _with_body(self, method: str, path: str, body: Any, query: Mapping[str, Any]) -> Any:
        headers = {"Content-Type": "application/json"}
        answer = self.request(method, path, query=query, content=written(body), headers=headers)
        return read(answer.content) if answer.content else None


def _parameters(query: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: in_query(value) for name, value in (query or {}).items() if value is not None}


def _key_of(method: str) -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}
