"""`esg serve`: processes that serve, and one that runs the jobs beside them."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Annotated, Any

import structlog
import typer
import uvicorn

from app.background import run_jobs
from app.commands.shared import open_database, tell_connections
from app.monitoring import counted_together
from app.settings import Role, Settings

_UVICORN: Any = {
    "http": "app.middleware.protocol:StreamingProtocol",
    "ws": "none",
    "access_log": False,
    "timeout_keep_alive": 120,
    "timeout_worker_healthcheck": 120,
}
"""An idle connection stays open for two minutes: a gateway that posts once a minute keeps its own. A worker has as long
to be imported: with uvicorn's own five seconds a slow machine kills and starts them for ever."""

_FIRST_REST_S, _LONGEST_REST_S = 1.0, 30.0
_WELL_S = 60.0
"""Who ran for so long was well: when it ends then, it is started as soon as the first time."""

_JOBS = (sys.executable, "-P", "-m", "app.background")
"""-P: not what is called `app` in the folder that the command was given in."""

_log = structlog.get_logger(__name__)

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")]


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes that serve.")] = 1,
    role: Annotated[
        Role | None,
        typer.Option(
            help="serve answers requests, jobs runs the jobs, all does both in each process; auto serves with a "
            "process for the jobs beside, where there are two processors or workers. Else it is ESG_ROLE."
        ),
    ] = None,
) -> None:
    """Serve the API and the pages; an empty database is made ready first."""
    settings = Settings()
    role = resolved(role or settings.role, workers)
    processes = 1 if role is Role.JOBS else workers + (role is Role.AUTO)
    with open_database() as database:  # here, where a wrong address is told in a line, and not by each worker at length
        tell_connections(database, processes=processes)
    if role is Role.JOBS:
        run_jobs(settings)
        return
    with counted_together() if processes > 1 else nullcontext():
        if role is Role.AUTO:
            with kept_running(_JOBS):
                _serve(host, port, workers, Role.SERVE)
        else:
            _serve(host, port, workers, role)


def resolved(role: Role, workers: int) -> Role:
    """Return the role, and `all` for `auto` where one processor alone would be shared by two processes."""
    if role is Role.AUTO and workers == 1 and len(os.sched_getaffinity(0)) == 1:
        return Role.ALL
    return role


class _Server(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config, once_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._once_ready = once_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer; where that fails, as on a port that is taken, nothing is said."""
        await super().startup(sockets)
        if self.started:
            self._once_ready()


def serve_here(app: Any, host: str, port: int, *, once_ready: Callable[[], None]) -> None:
    """Serve an application in this process; raises typer.Exit where it cannot begin."""
    server = _Server(uvicorn.Config(app, host=host, port=port, **_UVICORN), once_ready)
    server.run()
    if not server.started:
        raise typer.Exit(1)


def _serve(host: str, port: int, workers: int, role: Role) -> None:
    os.environ["ESG_ROLE"] = role.value  # where the workers find it
    uvicorn.run("app.main:application", factory=True, host=host, port=port, workers=workers, **_UVICORN)


@contextmanager
def kept_running(command: tuple[str, ...], *, first_rest_s: float = _FIRST_REST_S) -> Iterator[Callable[[], int]]:
    """Have a process run while the block does; one that ends is started again, a little later each time.

    It is to end by itself when its standard input does, and so ends with this process however that ends. Yields what
    tells its id.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn raises it again when it has ended
    keeper = _Keeper(command, first_rest_s)
    keeper.start()
    try:
        yield keeper.pid
    finally:
        keeper.stop()


class _Keeper(threading.Thread):
    """Starts a process again when it ends, until it is told to stop."""

    def __init__(self, command: tuple[str, ...], first_rest_s: float) -> None:
        super().__init__(name="jobs-keeper", daemon=True)
        self._command = command
        self._first_rest_s = first_rest_s
        self._stopping = threading.Event()
        self._process = self._spawned()

    def pid(self) -> int:
        """Return the id of the process that runs, or was the last to."""
        return self._process.pid

    def run(self) -> None:
        rest_s = self._first_rest_s
        while True:
            began = time.monotonic()
            status = self._process.wait()
            if time.monotonic() - began > _WELL_S:
                rest_s = self._first_rest_s
            if self._stopping.wait(rest_s):
                return
            _log.error("the process that runs the jobs has ended and is started again", status=status)
            if self._process.stdin is not None:
                self._process.stdin.close()
            rest_s = min(2 * rest_s, _LONGEST_REST_S)
            self._process = self._spawned()

    def stop(self) -> None:
        """Have the process end, and wait for it."""
        self._stopping.set()
        while self.is_alive():  # it may just be starting another one
            self._process.terminate()
            self.join(0.1)
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _spawned(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self._command, stdin=subprocess.PIPE)  # noqa: S603 - a constant of this module
