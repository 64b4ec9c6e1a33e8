"""How fast the readings of many meters leave as one file, CSV beside Parquet, and what memory that takes."""

import http.client
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pyarrow.compute
import pyarrow.parquet

from bench.client import READINGS
from bench.figures import Goal, Line, expect, ratios, spread
from bench.fill import hole, store
from bench.lab import Backend, Lab
from bench.memory import Watch
from bench.rows import by_meter
from bench.serving import KEY, Server, service
from bench.sizes import Sizes

_MB = 1_000_000
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class _File:
    """A file that was read: its rows, the sum of their micro-units, and the seconds it took."""

    rows: int
    micro: int
    seconds: float

    @property
    def rows_a_second(self) -> float:
        return self.rows / self.seconds


def files(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield rows a second of both formats, every row and their sum checked, and the growth in MB of the server."""
    slots, meters = sizes.year_slots, sizes.file_meters
    wanted = meters * (slots - 1), sum(_micro(meter, slots) for meter in range(1, meters + 1))
    for backend in Backend:
        url = lab.metered(backend)
        store(url, slots, meters)
        rates: dict[str, list[float]] = {"csv": [], "parquet": []}
        grown: dict[str, list[float]] = {"csv": [], "parquet": []}
        with service(lab, url) as server:
            for round_number in range(sizes.file_rounds + 1):
                for wanted_format, read in (("csv", _csv), ("parquet", _parquet)):
                    watch = Watch(server.pid)
                    watch.start()
                    file = read(server)
                    growth = watch.stop()
                    expect((file.rows, file.micro), wanted, f"the rows of the {wanted_format} file and their sum")
                    if round_number:  # the first one has filled what the process keeps of pages
                        rates[wanted_format].append(file.rows_a_second)
                        grown[wanted_format].append(growth / _MB)
        lab.drop(url)
        subject = f"{wanted[0]:,} readings of {meters} meters"
        yield Line(f"{subject} as CSV", backend, spread(rates["csv"]), "rows/s")
        ratio = ratios(rates["parquet"], rates["csv"])
        yield Line(f"{subject} as Parquet", backend, spread(rates["parquet"]), "rows/s", ratio, "CSV", Goal(5))
        for wanted_format, growth_mb in grown.items():
            title = f"growth while they leave as {wanted_format}"
            yield Line(title, backend, spread(growth_mb), "MB", goal=Goal(30, at_most=True))


def _micro(meter: int, slots: int) -> int:
    """Return the sum of a meter's readings in micro-units."""
    rows = by_meter(0, slots, meter, 1)
    return int(rows.micro[np.asarray(rows.slot != hole(slots))].sum())


def _csv(server: Server) -> _File:
    """Read all readings as CSV; lines are taken apart after the clock has stopped, some at a time."""
    started = time.perf_counter()
    pieces = list(_pieces(server, "csv"))
    seconds = time.perf_counter() - started
    rows = micro = 0
    left = b""
    for piece in pieces:
        *lines, left = (left + piece).split(b"\n")
        values = [line.split(b",", 3)[2] for line in lines if not line.startswith(b"meter,timestamp")]
        rows += len(values)
        micro += sum(round(float(value) * 1_000) for value in values) * 1_000
    return _File(rows, micro, seconds)


def _parquet(server: Server) -> _File:
    """Read all readings as Parquet, and after the clock has stopped what is in it."""
    started = time.perf_counter()
    content = b"".join(_pieces(server, "parquet"))
    seconds = time.perf_counter() - started
    values = pyarrow.parquet.read_table(BytesIO(content), columns=["value"]).column("value")
    return _File(len(values), int(pyarrow.compute.sum(values).as_py() * 1_000_000), seconds)


def _pieces(server: Server, wanted_format: str) -> Iterator[bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
    connection.request("GET", f"{READINGS}?format={wanted_format}", headers={"X-API-Key": KEY})
    answer = connection.getresponse()
    expect(answer.status, 200, "the answer's status")
    while piece := answer.read(_PIECE):
        yield piece
    connection.close()
