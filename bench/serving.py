"""Servers in processes of their own: the service, and the programs it is held against."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.store.arrivals.arrivals import organizations_with_arrivals
from app.store.engine.database import Database
from app.store.rollups.dirty_spans import organization_with_spans
from app.store.rollups.rolling import organizations_with_marks
from bench.builds import Build
from bench.client import Connection, get
from bench.lab import Lab, opened

KEY = "bench-administrator"
_START_S = 180.0


class ServerDied(RuntimeError):
    """A server did not come up; its log is in the message."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its port on this machine, and the id of its first process."""

    port: int
    pid: int

    def connect(self) -> Connection:
        """Return a keep-alive connection."""
        return Connection(self.port)


@contextmanager
def service(lab: Lab, url: str, *, workers: int = 1, build: Build | None = None) -> Iterator[Server]:
    """Yield `esg serve` of a build, by default this one, on the database, ready to take readings."""
    build = build or lab.this
    program = Path(sys.executable).with_name("esg")
    with _running(lab, [str(program), "serve", "--workers", str(workers)], url, build) as server:
        yield server


@contextmanager
def application(lab: Lab, url: str, factory: str) -> Iterator[Server]:
    """Yield another application, as module:factory, served as the service is."""
    program = [sys.executable, "-m", "uvicorn", factory, "--factory", "--no-access-log", "--log-level", "warning"]
    with _running(lab, program, url, lab.this) as server:
        yield server


def settle(url: str, *, limit_s: float = 300.0) -> float:
    """Wait until everything that arrived is entered and rolled up, and return the seconds it took."""
    started = time.perf_counter()
    with opened(url) as database:
        while pending(database):
            if time.perf_counter() - started > limit_s:
                raise TimeoutError(f"something is still pending after {limit_s:.0f} s")
            time.sleep(0.01)
    return time.perf_counter() - started


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pending(database: Database) -> bool:
    """Tell whether something that arrived is not entered or not rolled up."""
    with database.read() as session:
        return bool(
            organizations_with_arrivals(session)
            or organizations_with_marks(session)
            or organization_with_spans(session)
        )


@contextmanager
def _running(lab: Lab, command: Sequence[str], url: str, build: Build) -> Iterator[Server]:
    port = free_port()
    environment = {**build.environment, "ESG_DATABASE_URL": url, "ESG_ADMIN_KEY": KEY}
    log = lab.folder / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port)], cwd=build.tree, env=environment, stdout=output, stderr=output
        )
        try:
            _wait_ready(process, port, log)
            yield Server(port, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_ready(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            connection = Connection(port)
            if connection.exchange(get("/health/ready")).status == 200:
                connection.close()
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise ServerDied(log.read_text("utf-8", "replace")[-2_000:])
