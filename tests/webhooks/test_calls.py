"""A call goes to the address that was checked, follows nothing, and ends within its bounds."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from app.clients import calls
from app.clients.addresses import Reach
from app.clients.calls import Caller
from app.clients.replies import Bounds, CallFailed, Reply
from app.clients.signing import new_signing_secret, signature_headers
from tests.support.webhook_site import Answer, site

LOOPBACK = Reach((ip_network("127.0.0.0/8"), ip_network("::1/128")))
BOUNDS = Bounds(seconds=10, answer_bytes=1_000)


def get(url: str, *, reach: Reach = LOOPBACK, bounds: Bounds = BOUNDS) -> Reply:
    with Caller(reach) as caller:
        return caller.call("GET", url, {}, None, bounds)


def failure(url: str, **options: Any) -> str:
    with pytest.raises(CallFailed) as failed:
        get(url, **options)
    return failed.value.code


def named(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Have every name stand for these addresses; return the names that were asked for."""
    asked: list[str] = []

    def resolve(host: str, port: int | None, *_args: object, **_options: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port or 0)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


def test_an_answer_comes_back_as_it_is() -> None:
    with site(lambda _: Answer(418, b"teapot")) as server:
        assert get(server.url) == Reply(418, b"teapot")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "127.1", "0", "[::ffff:127.0.0.1]"])
def test_a_private_address_is_never_connected_to_however_it_is_written(host: str) -> None:
    with site() as server:
        assert failure(f"http://{host}:{server.port}/", reach=Reach()) == "address_not_allowed"
    assert server.asked == []


def test_a_name_that_stands_for_a_private_address_too_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, "1.1.1.1", "127.0.0.1")
    with site() as server:
        assert failure(f"http://receiver.example:{server.port}/", reach=Reach()) == "address_not_allowed"
    assert server.asked == []


def test_a_name_is_resolved_once_and_the_checked_address_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = named(monkeypatch, "127.0.0.1")
    with site() as server:
        assert get(f"http://receiver.example:{server.port}/hook").status == 200
    assert asked == ["receiver.example"]
    assert server.asked[0].headers["Host"] == f"receiver.example:{server.port}"


def test_an_address_that_does_not_answer_gives_way_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    named(monkeypatch, "127.0.0.2", "127.0.0.1")
    with site() as server:
        assert get(f"http://receiver.example:{server.port}/").status == 200


def test_a_redirect_is_not_followed() -> None:
    with site(lambda _: Answer(302, headers={"Location": "/other"})) as server:
        assert get(server.url).status == 302
    assert [each.path for each in server.asked] == ["/"]


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with site() as server, site() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        get(server.url)
    assert (len(server.asked), len(proxy.asked)) == (1, 0)


def test_what_cannot_be_reached_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    with site() as server:
        gone = server.url
    assert failure(gone) == "not_reached"
    assert failure("http://no-such-host.invalid/") == "unresolved"
    assert failure(f"http://{'a' * 64}.example/") == "unresolved"
    assert failure("ftp://receiver.example/") == "bad_url"


def test_an_answer_beyond_its_bound_is_a_failure_or_cut() -> None:
    with site(lambda _: Answer(body=b"x" * 100_000)) as server:
        assert failure(server.url) == "answer_too_large"
        assert get(server.url, bounds=Bounds(10, 1_000, cut=True)).body == b"x" * 1_000


def test_a_call_ends_in_time_even_when_the_answer_trickles() -> None:
    with _trickling() as port:
        started = time.monotonic()
        assert failure(f"http://127.0.0.1:{port}/", bounds=Bounds(0.5, 1_000)) == "timed_out"
    assert time.monotonic() - started < 5


@contextmanager
def _trickling() -> Iterator[int]:
    """Serve one caller a header line of one byte every twentieth of a second, without end."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                    for _ in range(100):
                        connection.sendall(b"x")
                        time.sleep(0.05)
                except OSError:
                    return

        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="a certificate is made by openssl")
def test_a_certificate_is_checked_for_the_name_though_the_address_is_connected_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=receiver.example",
    ]
    names = ["-addext", "subjectAltName=DNS:receiver.example", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *names], check=True, capture_output=True)
    named(monkeypatch, "127.0.0.1")
    seen: list[str | None] = []
    with _over_tls(certificate, key, seen.append) as port:
        unknown = failure(f"https://receiver.example:{port}/")
        trusting = ssl.create_default_context(cafile=str(certificate))
        monkeypatch.setattr(calls, "_tls", lambda: trusting)
        right = get(f"https://receiver.example:{port}/").status
        wrong = failure(f"https://other.example:{port}/")

    assert (unknown, right, wrong) == ("not_reached", 200, "not_reached")
    assert seen == ["receiver.example", "receiver.example", "other.example"]


@contextmanager
def _over_tls(certificate: Path, key: Path, name_seen: Callable[[str | None], None]) -> Iterator[int]:
    """Serve three callers over TLS, one after the other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.sni_callback = lambda _socket, name, _context: name_seen(name)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for _ in range(3):
                connection, _ = server.accept()
                try:
                    with connection, context.wrap_socket(connection, server_side=True) as secured:
                        secured.recv(10_000)
                        secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                except OSError:
                    continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


def test_a_signature_is_the_one_of_the_specification() -> None:
    headers = signature_headers(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp_s=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert headers == {
        "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "Webhook-Timestamp": "1614265330",
        "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_secrets_are_long_and_never_the_same() -> None:
    first, second = new_signing_secret(), new_signing_secret()
    assert first != second
    assert len(first) == len("whsec_") + 44
