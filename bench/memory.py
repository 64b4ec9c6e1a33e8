"""How much the server grows while one very large NDJSON body is posted, and until it is rolled up."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

from bench.client import READINGS, post
from bench.figures import Goal, Line, spread
from bench.lab import Backend, Lab
from bench.new_rows import BATCH, expect_counts, post_batches
from bench.rows import JSON, NDJSON, Supply
from bench.serving import service, settle
from bench.sizes import Sizes

_MB = 1_000_000
_LOOK_S = 0.01


def memory(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield the growth in MB of the serving process, and the rows a second of the body."""
    supply = Supply()
    warm_up = supply.time_ordered(BATCH).cut(BATCH)
    line_bytes = len(NDJSON.body(warm_up[0])) // BATCH
    rows = supply.time_ordered(sizes.memory_mb * _MB // line_bytes)
    body = NDJSON.body(rows)
    for backend in Backend:
        url = lab.metered(backend)
        with service(lab, url) as server:
            connection = server.connect()
            post_batches(connection, warm_up, JSON)
            settle(url)
            watch = Watch(server.pid)
            watch.start()
            seconds, answers = connection.post_all([post(READINGS, body, NDJSON.media_type)])
            settle(url)
            growth = watch.stop()
            expect_counts(answers[0], received=len(rows), inserted=len(rows))
        lab.drop(url)
        note = f"{watch.before / _MB:.0f} MB before, {len(rows):,} rows"
        subject = f"growth during a body of {len(body) / _MB:.0f} MB"
        yield Line(subject, backend, spread([growth / _MB]), "MB", goal=Goal(300, at_most=True), note=note)
        yield Line("the same body", backend, spread([len(rows) / seconds]), "rows/s")


class Watch(threading.Thread):
    """Follows the resident memory of a process, in bytes."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._stopped = threading.Event()
        self.before = resident_bytes(self._pid)
        self._most = self.before

    def run(self) -> None:
        while not self._stopped.is_set():
            self._most = max(self._most, resident_bytes(self._pid))
            time.sleep(_LOOK_S)

    def stop(self) -> int:
        """Stop and return how far memory rose above where it was."""
        self._stopped.set()
        self.join()
        return self._most - self.before


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1_024 for line in lines if line.startswith("VmRSS:"))
