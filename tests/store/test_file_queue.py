"""Writers of several processes on one SQLite file: each in turn, none for ever."""

import errno
import fcntl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store.engine import file_queue
from app.store.engine.file_queue import FileQueue


@pytest.fixture
def queues(tmp_path: Path) -> Iterator[list[FileQueue]]:
    """The queue as two processes have it: locks are of who opened the file."""
    made = [FileQueue(tmp_path / "esg.db") for _ in range(2)]
    yield made
    for each in made:
        each.close()


def test_one_holds_it_at_a_time_and_who_writes_all_the_time_lets_the_other_in(queues: list[FileQueue]) -> None:
    busy, seldom = queues
    inside: list[str] = []
    order: list[str] = []
    over = threading.Event()

    def write(queue: FileQueue, name: str) -> None:
        with queue:
            inside.append(name)
            assert inside == [name]
            time.sleep(0.005)
            order.append(name)
            inside.remove(name)

    def all_the_time() -> None:
        while not over.is_set():
            write(busy, "busy")

    thread = threading.Thread(target=all_the_time)
    thread.start()
    waited: list[int] = []
    for _ in range(5):
        before = len(order)
        write(seldom, "seldom")
        waited.append(order.index("seldom", before) - before)
    over.set()
    thread.join()
    assert max(waited) <= 3


def test_who_holds_it_for_ever_is_passed_by(queues: list[FileQueue], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_queue, "_PATIENCE_S", 0.05)
    stopped, other = queues
    with stopped, other:
        pass
    with stopped:
        pass


def test_a_lock_is_given_back_when_writing_fails(queues: list[FileQueue]) -> None:
    with pytest.raises(RuntimeError), queues[0]:
        raise RuntimeError
    began = time.monotonic()
    with queues[1]:
        assert time.monotonic() - began < 1


def test_where_a_file_system_has_no_such_locks_writing_goes_on(
    queues: list[FileQueue], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(_file: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    written: list[int] = []

    def write() -> None:
        for number in range(2):
            with queues[0]:
                written.append(number)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    thread.join(5)
    assert written == [0, 1]


@pytest.mark.parametrize("missing", ["gate", "lock"])
def test_without_room_for_its_files_there_is_no_queue_and_writing_goes_on(tmp_path: Path, missing: str) -> None:
    (tmp_path / f"esg.db-{missing}").mkdir()
    queue = FileQueue(tmp_path / "esg.db")
    for _ in range(2):
        with queue:
            pass
    (tmp_path / f"esg.db-{missing}").rmdir()
    with queue:
        assert (tmp_path / f"esg.db-{missing}").exists()
    queue.close()
