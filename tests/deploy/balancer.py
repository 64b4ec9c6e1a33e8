"""The balancer as it is shipped, with its ports, folders and servers put in the place of those of the compose file."""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.deploy.tools import DEPLOY
from tests.support.processes import ADMIN_KEY, Server, free_port

CONFIGURATION = DEPLOY / "compose" / "nginx.conf"
_START_S = 20


@dataclass(frozen=True, slots=True)
class Balancer:
    """A running balancer: its ports for HTTPS and for HTTP, the certificate to know it by, and where bodies wait."""

    port: int
    plain_port: int
    certificate: Path
    bodies: Path

    @property
    def address(self) -> str:
        """The address for HTTPS."""
        return f"https://127.0.0.1:{self.port}"

    def client(self) -> httpx.Client:
        """Return a client with the administrator's key that knows the certificate."""
        return httpx.Client(base_url=self.address, verify=self._context(), headers={"X-API-Key": ADMIN_KEY}, timeout=60)

    def connect(self) -> ssl.SSLSocket:
        """Return a connection on which a test writes its request itself."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        return self._context().wrap_socket(connection, server_hostname="127.0.0.1")

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))


def nginx() -> str:
    """Return the path of nginx; skips the test where there is none, which leaves the tests of its text."""
    path = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if path is None or shutil.which("openssl") is None:
        pytest.skip("nginx or openssl is not installed: the balancer's configuration is read, and not tried")
    return path


def configured(folder: Path, ports: Sequence[int], *, secure: int = 8443, plain: int = 8080) -> Path:
    """Write the shipped configuration below `folder` for servers on these two ports, with a certificate; return it."""
    text = CONFIGURATION.read_text()
    for name, port in zip(("serve-1:8000", "serve-2:8000"), ports, strict=True):
        text = _put(text, f"server {name} ", f"server 127.0.0.1:{port} ")
    text = _put(text, "listen 8443 ", f"listen 127.0.0.1:{secure} ")
    text = _put(text, "listen 8080;", f"listen 127.0.0.1:{plain};")
    text = _put(text, " /tmp/", f" {folder}/", times=6)
    text = _put(text, "/etc/nginx/tls/", f"{folder}/", times=2)
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(folder / "tls.key"), "-out", str(folder / "tls.crt")]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subprocess.run(["openssl", "req", "-x509", *curve, *subject, *files], check=True, capture_output=True)
    path = folder / "nginx.conf"
    path.write_text(text)
    return path


@contextmanager
def balancing(folder: Path, servers: Sequence[Server]) -> Iterator[Balancer]:
    """Yield the balancer in front of two servers; it is stopped at the end."""
    program, secure, plain = nginx(), free_port(), free_port()
    path = configured(folder, [server.port for server in servers], secure=secure, plain=plain)
    # Where it is started by root its workers would be another user, who may not write into the test's folder.
    process = subprocess.Popen([program, "-c", path, "-g", "user root; daemon off;"], stderr=subprocess.PIPE)
    try:
        _wait(process, secure)
        yield Balancer(secure, plain, folder / "tls.crt", folder / "bodies")
    finally:
        process.terminate()
        process.communicate(timeout=_START_S)


def _put(text: str, old: str, new: str, *, times: int = 1) -> str:
    assert text.count(old) == times, f"{old!r} stands {text.count(old)} times in the configuration"
    return text.replace(old, new)


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    process.kill()
    assert process.stderr is not None
    raise AssertionError(f"nginx did not come up: {process.stderr.read().decode()}")
