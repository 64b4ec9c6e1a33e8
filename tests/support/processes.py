"""Real server processes, each on a port of its own, for what only a process can show."""

import os
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from tests.support.forks import forks, run_python

ADMIN_KEY = "test-administrator"
_PATIENCE_S = 180
_STOPPING_S = 15
SERVE = ("-c", "from app.cli import main; main()", "serve")


class Server:
    """A server process and the address it answers at; it runs the jobs itself unless settings say otherwise."""

    def __init__(
        self, database_url: str, arguments: Sequence[str], settings: Mapping[str, str], port: int | None = None
    ) -> None:
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.headers = {"X-API-Key": ADMIN_KEY}
        own = {"ESG_DATABASE_URL": database_url, "ESG_ADMIN_KEY": ADMIN_KEY, "ESG_ROLE": "all", **settings}
        self._environment = {**os.environ, **own}
        self._arguments = [*arguments, "--port", str(self.port)]
        handle, self._log = tempfile.mkstemp()
        os.close(handle)
        self.start()

    def start(self) -> None:
        """Begin a life, the first one or after a death."""
        self._process = forks.Process(target=run_python, args=(self._arguments, self._environment, self._log))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def wait_until_ready(self) -> None:
        end = time.monotonic() + _PATIENCE_S
        with httpx.Client(base_url=self.address) as client:  # one, since each reads all certificates there are
            while time.monotonic() < end and self._process.is_alive():
                with suppress(httpx.TransportError):
                    if client.get("/health/ready").status_code == 200:
                        return
                time.sleep(0.05)
        raise AssertionError(f"the server did not come up:\n{self.output()}")

    def kill(self) -> None:
        """End the process as a power cut would."""
        self._process.kill()
        self._process.join()

    def stop(self) -> None:
        """Ask the process to end, and wait for it; one that does not is killed."""
        self._process.terminate()
        self._process.join(_STOPPING_S)
        self.kill()

    def close(self) -> None:
        """End the process, and forget what it has written."""
        self.stop()
        os.unlink(self._log)

    def wait(self) -> int:
        """Wait for a process that ends by itself, and return how it ended."""
        self._process.join(_PATIENCE_S)
        assert self._process.exitcode is not None, self.output()
        return self._process.exitcode

    def output(self) -> str:
        """Return what the process has written."""
        return Path(self._log).read_text("utf-8", errors="replace")

    def memory_bytes(self) -> int:
        """Return the process's resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    database_url: str, *, count: int = 1, arguments: Sequence[str] = SERVE, **settings: str
) -> Iterator[list[Server]]:
    """Yield server processes on one database, started side by side; those still alive are stopped at the end."""
    servers = [Server(database_url, arguments, settings) for _ in range(count)]
    try:
        for server in servers:
            server.wait_until_ready()
        yield servers
    finally:
        for server in servers:
            server.close()
