"""A synchronous HTTP client of the real application, its start and stop included, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager

import anyio.from_thread
import httpx
from fastapi import FastAPI


class _ApplicationTransport(httpx.BaseTransport):
    """Carries each request to the application on the event loop it was started on."""

    def __init__(self, app: FastAPI, portal: anyio.from_thread.BlockingPortal) -> None:
        self._transport = httpx.ASGITransport(app=app)
        self._portal = portal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return self._portal.call(self._answer, request)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await self._transport.handle_async_request(request)
        content = b"".join([piece async for piece in answer.aiter_raw()])
        return httpx.Response(answer.status_code, headers=answer.headers.raw, stream=httpx.ByteStream(content))


@contextmanager
def running(app: FastAPI, *, key: str | None) -> Iterator[httpx.Client]:
    """Start the application and yield a client that presents `key`; stop the application at the end."""
    headers = {} if key is None else {"X-API-Key": key}
    with (
        anyio.from_thread.start_blocking_portal() as portal,
        portal.wrap_async_context_manager(app.router.lifespan_context(app)),
        httpx.Client(
            transport=_ApplicationTransport(app, portal), base_url="http://esg.test", headers=headers
        ) as client,
    ):
        yield client
