"""What every answer tells a browser to refuse: being framed, guessing its type, telling where a visitor came from."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_Header = tuple[bytes, bytes]
_ALWAYS: tuple[_Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)
_NOTHING: _Header = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_UNFRAMED: _Header = (b"content-security-policy", b"frame-ancestors 'none'")
"""For PDF, which a browser shows by means of its own that another policy would forbid."""


class Protection:
    """The outermost middleware: it adds its headers to every answer that does not have them itself, as pages do.

    An answer to a request by TLS, at a proxy that is believed as well, says for `hsts_s` seconds that only TLS is to be
    used; 0 leaves that out.
    """

    def __init__(self, app: ASGIApp, *, hsts_s: int) -> None:
        self._app = app
        self._by_tls = (*_ALWAYS, (b"strict-transport-security", b"max-age=%d" % hsts_s)) if hsts_s else _ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = self._by_tls if scope["scheme"] == "https" else _ALWAYS

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = dict(message.get("headers", ()))
                policy = _UNFRAMED if own.get(b"content-type") == b"application/pdf" else _NOTHING
                missing = [each for each in (*added, policy) if each[0] not in own]
                message = {**message, "headers": [*message.get("headers", ()), *missing]}
            await send(message)

        await self._app(scope, receive, send_protected)
