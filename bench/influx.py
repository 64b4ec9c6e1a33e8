"""InfluxDB 1.x beside the service, when its program is installed."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.client import Connection, get, post
from bench.lab import Lab
from bench.serving import free_port

WRITE = "/write?db=bench&precision=ms"


def installed() -> bool:
    """Tell whether the program is on the path."""
    return shutil.which("influxd") is not None


@contextmanager
def influxdb(lab: Lab) -> Iterator[Connection]:
    """Yield a connection to a fresh InfluxDB with the database `bench`, durable as it is by default."""
    folder = lab.folder / "influx"
    port = free_port()
    configuration = lab.folder / "influx.conf"
    configuration.write_text(_configuration(folder, port, free_port()))
    with (lab.folder / "influx.log").open("wb") as log:
        process = subprocess.Popen(["influxd", "-config", str(configuration)], stdout=log, stderr=log)
        try:
            _connected(port).exchange(post("/query?q=CREATE%20DATABASE%20bench", b"", "text/plain"))
            yield Connection(port)
        finally:
            process.terminate()
            process.wait(30)


def _connected(port: int) -> Connection:
    until = time.monotonic() + 60
    while True:
        try:
            connection = Connection(port)
            connection.exchange(get("/ping"))
            return connection
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def _configuration(folder: Path, port: int, rpc_port: int) -> str:
    return f"""
reporting-disabled = true
bind-address = "127.0.0.1:{rpc_port}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
  max-body-size = 0
[monitor]
  store-enabled = false
"""
