"""A real HTTP server on a thread, which answers as a test says and remembers what it was asked."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What to answer: after `wait_s`; `drop` closes the connection without a word, `raw` is all that is sent."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    wait_s: float = 0
    drop: bool = False
    raw: bytes | None = None


class WebhookSite:
    """The server's address, and every request so far."""

    def __init__(self, answer: Callable[[Asked], Answer], port: int = 0) -> None:
        self.asked: list[Asked] = []
        self._answer = answer
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def take(self, asked: Asked) -> Answer:
        """Remember a request and decide on its answer."""
        with self._lock:
            self.asked.append(asked)
        return self._answer(asked)

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def site(answer: Callable[[Asked], Answer] = lambda _: Answer(), port: int = 0) -> Iterator[WebhookSite]:
    """Serve on the loopback address until the block ends."""
    served = WebhookSite(answer, port)
    served.start()
    try:
        yield served
    finally:
        served.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of callers that hang up."""


def _handler(served: WebhookSite) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else an answer's body waits for its head to be acknowledged, 40 ms

        def do_GET(self) -> None:
            self._handle()

        def do_POST(self) -> None:
            self._handle()

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = served.take(Asked(self.command, self.path, dict(self.headers.items()), body))
            time.sleep(answer.wait_s)
            if answer.drop or answer.raw is not None:
                self.close_connection = True
                self.wfile.write(answer.raw or b"")
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_args: object) -> None:
            """Keep the test's output clean."""

    return Handler
