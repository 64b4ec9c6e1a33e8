"""Readings kept on disk until the service has them: at least once and in order, over bad links and power cuts.

A directory of files, each the NDJSON of one `put`, named by a number that grows. A file appears whole or not at all: it
is written under another name, forced to the disk and linked. It is deleted after the service has answered 200, which
means that its readings are stored for good; after a cut between the two it is sent again, and counts as duplicate.
"""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from esg_metrics_client.organization import Organization, Row
from esg_metrics_client.problems import Problem, Unreachable
from esg_metrics_client.wire import written

_ABANDONED_S = 3_600
_KEPT_BACK = frozenset({401, 403, 404})
"""What a wrong key or address is answered: that is no fault of the readings, which wait."""


class Outbox:
    """An outbox of one organization in a directory of its own; one process sends, any may put."""

    def __init__(self, directory: str | Path, organization: Organization, *, bytes_at_once: int = 1 << 20) -> None:
        self._directory = Path(directory)
        self._rejected = self._directory / "rejected"
        self._organization = organization
        self._bytes_at_once = bytes_at_once
        self._rejected.mkdir(parents=True, exist_ok=True)
        for part in self._directory.glob("*.part"):
            with suppress(FileNotFoundError):
                if time.time() - part.stat().st_mtime > _ABANDONED_S:
                    part.unlink()

    def put(self, rows: Iterable[Row]) -> None:
        """Keep readings; when this returns they outlast a power cut."""
        body = b"".join(written(row) + b"\n" for row in rows)
        if not body:
            return
        part = self._directory / f"{os.getpid()}-{time.monotonic_ns()}.part"
        with part.open("xb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        self._link(part)
        part.unlink()
        _sync(self._directory)

    def waiting(self) -> int:
        """Return how many files wait."""
        return len(self._files())

    def flush(self) -> int:
        """Send what waits, oldest first, and return how many files were sent.

        Rows that the service refuses are in `rejected`, with what is wrong with them, and hold up nothing. Raises
        Unreachable when the service is away, and Problem when it does not know the key or the organization.
        """
        sent = 0
        while batch := self._batch():
            self._send(batch)
            for path in batch:
                path.unlink()
            _sync(self._directory)
            sent += len(batch)
        return sent

    def run(self, *, every_s: float = 5.0) -> None:
        """Send for ever what is put, for a thread or a process of its own; raises Problem as `flush` does."""
        while True:
            with suppress(Unreachable):
                self.flush()
            time.sleep(every_s)

    def _link(self, part: Path) -> None:
        """Give a file the next number; another process may take it first."""
        number = max((int(path.stem) for path in self._files()), default=0) + 1
        while True:
            try:
                os.link(part, self._directory / f"{number:020d}.ndjson")
                return
            except FileExistsError:
                number += 1

    def _files(self) -> list[Path]:
        return sorted(self._directory.glob("*.ndjson"))

    def _batch(self) -> list[Path]:
        """Return the oldest files that go in one body: one at least."""
        batch: list[Path] = []
        size = 0
        for path in self._files():
            size += path.stat().st_size
            if batch and size > self._bytes_at_once:
                break
            batch.append(path)
        return batch

    def _send(self, batch: list[Path]) -> None:
        body = b"".join(path.read_bytes() for path in batch)
        errors: list[Any]
        try:
            errors = list(self._organization.send(body, "ndjson")["errors"])
        except Problem as problem:
            if problem.status in _KEPT_BACK or problem.status >= 500:
                raise
            errors = [each for each in problem.errors if each.get("index") is not None] or [problem.body]
        if errors:
            self._reject(batch[0].stem, body.splitlines(), errors)

    def _reject(self, name: str, lines: list[bytes], errors: list[dict[str, Any]]) -> None:
        """Keep what was refused: one object a line with the row and its error; every row where none is named."""
        kept = b"".join(each + b"\n" for each in _refusals(lines, errors))
        with (self._rejected / f"{name}-{time.time_ns()}.ndjson").open("xb") as file:
            file.write(kept)
            file.flush()
            os.fsync(file.fileno())
        _sync(self._rejected)


def _refusals(lines: list[bytes], errors: list[dict[str, Any]]) -> Iterator[bytes]:
    for error in errors:
        index = error.get("index")
        for line in lines if index is None else [lines[index]]:
            yield b'{"error":%b,"row":%b}' % (written(error), line)


def _sync(directory: Path) -> None:
    """Force a directory's names to the disk, where the system lets a directory be opened."""
    if os.name != "posix":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
