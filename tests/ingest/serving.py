"""The service as a process of its own, to be killed at any instant."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

ADMIN_KEY = "durability"
_PATIENCE_S = 60


class Server:
    """`esg serve` on a database and a free port of this machine."""

    def __init__(self, database_url: str, log: Path) -> None:
        self._database_url = database_url
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start the process and wait until it takes readings."""
        program = Path(sys.executable).parent / "esg"
        environment = {**os.environ, "ESG_DATABASE_URL": self._database_url, "ESG_ADMIN_KEY": ADMIN_KEY}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [program, "serve", "--port", str(self._port)],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end:
            assert self._process.poll() is None, self._log.read_text("utf-8")
            try:
                if httpx.get(f"{self.url}/health/ready", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(self._log.read_text("utf-8"))

    def kill(self) -> None:
        """End the process at once, as when the power fails."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
