"""Making an HTTP call: the host resolved, every address checked, the checked one connected to, no redirect followed.

An answer counts when it is whole. The HTTP library sees to its length and its chunks. Its packing is undone here, since
the library takes gzip that was cut for a shorter text, reads one member of several and ignores codings unknown to it.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from functools import cache
from types import TracebackType

import httpx

from app.clients.addresses import Address, AddressNotAllowed, BadUrl, Reach, checked_url
from app.clients.replies import Bounds, CallFailed, Reply
from app.core.codings import CODINGS, CodingFault, CodingUnsupported, ContentDecoder, Fault, coding_named
from app.core.spans import outgoing

_AGENT = "esg-metrics"
_PIECE_BYTES = 65_536
_NOT_CODINGS = ("utf-8", "none")
"""What some servers write into Content-Encoding though nothing is packed."""

_STEP_TIMEOUT_S = 60.0
"""For each connect, write and read alone; the call as a whole has its own deadline."""


class Caller:
    """Calls within `reach` from one thread, over connections kept open until it is closed."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._runner = asyncio.Runner()
        self._client: httpx.AsyncClient | None = None

    def __enter__(self) -> "Caller":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            self._runner.run(self._client.aclose())
        self._runner.close()

    def call(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, bounds: Bounds) -> Reply:
        """Return the answer, redirects included, as it is; raises CallFailed."""
        with outgoing(method, url) as traced:
            return self._runner.run(self._call(method, url, {**traced, **headers}, content, bounds))

    async def _call(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, bounds: Bounds
    ) -> Reply:
        try:
            checked_url(url, self._reach)
            async with asyncio.timeout(bounds.seconds):
                return await self._exchange(method, url, headers, content, bounds)
        except (BadUrl, httpx.InvalidURL) as error:
            raise CallFailed("bad_url", str(error)) from error
        except AddressNotAllowed as error:
            raise CallFailed("address_not_allowed", str(error)) from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise CallFailed("timed_out", f"no answer within {bounds.seconds:g} s") from error
        except socket.gaierror as error:
            raise CallFailed("unresolved", f"the host has no address: {error.strerror}") from error
        except httpx.HTTPError as error:
            raise CallFailed("not_reached", _words(error)) from error

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, bounds: Bounds
    ) -> Reply:
        if self._client is None:
            self._client = _client(self._reach)
        async with self._client.stream(method, url, headers=headers, content=content) as response:
            if bounds.cut or not 200 <= response.status_code < 300:
                return Reply(response.status_code, await _beginning(response, bounds.answer_bytes))
            return await _whole(response, bounds.answer_bytes)


async def _beginning(response: httpx.Response, most: int) -> bytes:
    """Return at most so many bytes of a body as they were sent; that it breaks off changes nothing about the status."""
    body = bytearray()
    try:
        async for piece in response.aiter_raw():
            body += piece
            if len(body) >= most:
                break
    except httpx.TimeoutException:
        raise
    except httpx.TransportError:
        pass
    return bytes(body[:most])


async def _whole(response: httpx.Response, most: int) -> Reply:
    """Return an answer with its body unpacked; raises CallFailed when there are more bytes, or it is not whole."""
    header = response.headers.get("content-encoding", "")
    try:
        coding = None if header.strip().lower() in _NOT_CODINGS else coding_named(header)
        body = await _unpacked(response, ContentDecoder(coding), most)
    except CodingUnsupported as error:
        raise CallFailed("unsupported_encoding", str(error)) from error
    except CodingFault as fault:
        code = "answer_cut" if fault.fault is Fault.TRUNCATED else "answer_malformed"
        raise CallFailed(code, fault.detail) from fault
    except httpx.TimeoutException:
        raise
    except httpx.TransportError as error:
        raise CallFailed("answer_cut", _words(error)) from error
    ends = coding is not None or not response.headers.keys().isdisjoint(("content-length", "transfer-encoding"))
    return Reply(response.status_code, body, ends)


async def _unpacked(response: httpx.Response, decoder: ContentDecoder, most: int) -> bytes:
    body = bytearray()
    received = 0
    async for packed in response.aiter_raw(_PIECE_BYTES):
        received += len(packed)
        if received > most:
            raise _too_large(most)
        for piece in decoder.decode(packed):
            body += piece
            if len(body) > most:
                raise _too_large(most)
    decoder.close()
    return bytes(body)


def _too_large(most: int) -> CallFailed:
    return CallFailed("answer_too_large", f"the answer has more than {most} bytes")


class _Checked(httpx.AsyncBaseTransport):
    """Sends each request to an address of its host that was checked; the name stays in Host and in the certificate.

    Connections are pooled by address, so each name has a pool of its own: else one could borrow another's certificate.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._transports: dict[str, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        extensions = {**request.extensions, "sni_hostname": host}
        if host not in self._transports:
            self._transports[host] = httpx.AsyncHTTPTransport(verify=_tls(), trust_env=False)
        failure: httpx.ConnectError | None = None
        for address in self._reach.check(await _resolved(host)):
            url = request.url.copy_with(host=_written(address))
            sent = httpx.Request(
                request.method, url, headers=request.headers, stream=request.stream, extensions=extensions
            )
            try:
                return await self._transports[host].handle_async_request(sent)
            except httpx.ConnectError as error:
                failure = error
        raise failure or httpx.ConnectError("the host has no address")

    async def aclose(self) -> None:
        for transport in self._transports.values():
            await transport.aclose()


async def _resolved(host: str) -> list[str]:
    """Return each address of `host` once; raises socket.gaierror."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _written(address: Address) -> str:
    return f"[{address}]" if address.version == 6 else str(address)


def _client(reach: Reach) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=_Checked(reach),
        timeout=_STEP_TIMEOUT_S,
        trust_env=False,
        follow_redirects=False,
        headers={"User-Agent": _AGENT, "Accept-Encoding": CODINGS},
    )


@cache
def _tls() -> ssl.SSLContext:
    """Return a context that trusts the authorities of the package and those of the system."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


def _words(error: httpx.HTTPError) -> str:
    return str(error)[:200] or type(error).__name__
