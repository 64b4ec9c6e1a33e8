"""A real pgbouncer in transaction mode before the tests' own PostgreSQL."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

_PATHS = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
SERVER_CONNECTIONS = 6
_CONFIGURATION = """
[databases]
* = host={host} user=postgres

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {server_connections}
max_client_conn = 200
logfile = {folder}/log
"""


def pgbouncer() -> str:
    """Return the program's path; installs Debian's package when it is missing, and fails where that fails."""
    path = shutil.which("pgbouncer", path=_PATHS)
    if path is None:
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "pgbouncer"]):
            subprocess.run(command, check=False, capture_output=True, timeout=600)
        path = shutil.which("pgbouncer", path=_PATHS)
    assert path is not None, "pgbouncer is not installed and could not be: apt-get install pgbouncer"
    return path


@contextmanager
def pooled(database_url: str) -> Iterator[str]:
    """Yield the address of a database through a pooler that has fewer connections to it than its clients ask for."""
    parts = urlsplit(database_url)
    host = parse_qs(parts.query)["host"][0]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="esg-pgbouncer-"))
    folder.chmod(0o777)  # it refuses to run as root
    configuration = _CONFIGURATION.format(host=host, port=port, folder=folder, server_connections=SERVER_CONNECTIONS)
    (folder / "pgbouncer.ini").write_text(configuration)
    user = ["-u", Path(host).owner()] if os.geteuid() == 0 else []
    process = subprocess.Popen([pgbouncer(), "-q", *user, str(folder / "pgbouncer.ini")], stderr=subprocess.DEVNULL)
    address = f"postgresql://postgres@127.0.0.1:{port}{parts.path}"
    try:
        _wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 20
    while not _answers(address):
        assert process.poll() is None, "pgbouncer has ended"
        assert time.monotonic() < end, "pgbouncer does not answer"
        time.sleep(0.05)


def _answers(address: str) -> bool:
    try:
        psycopg.connect(address).close()
    except psycopg.OperationalError:
        return False
    return True
