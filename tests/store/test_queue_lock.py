"""Threads get the lock in the order in which they asked, also before one that has just given it back."""

import threading

from app.store.engine.queue_lock import QueueLock


def test_who_waits_comes_before_who_has_just_had_it() -> None:
    lock = QueueLock()
    order: list[str] = []

    def wait(name: str) -> None:
        with lock:
            order.append(name)

    with lock:
        threads = []
        for number, name in enumerate(["first", "second", "third"], start=1):
            threads.append(threading.Thread(target=wait, args=(name,)))
            threads[-1].start()
            while len(lock._waiting) < number:
                pass
    with lock:
        order.append("again")
    for thread in threads:
        thread.join(5)
    assert order == ["first", "second", "third", "again"]


def test_it_is_given_back_when_the_block_raises_and_nobody_else_is_inside() -> None:
    lock = QueueLock()
    inside: list[int] = []
    most = 0

    def work() -> None:
        nonlocal most
        for _ in range(200):
            try:
                with lock:
                    inside.append(1)
                    most = max(most, len(inside))
                    inside.pop()
                    raise ValueError
            except ValueError:
                pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (most, inside, any(thread.is_alive() for thread in threads)) == (1, [], False)
