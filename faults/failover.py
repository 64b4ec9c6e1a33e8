"""A primary that dies for good under load while its standby takes its place, and what of the acknowledged is there."""

import time
from collections.abc import Iterator
from random import Random

from app.store.upkeep.migrate import migrate
from faults.load import loaded, opened, row
from faults.place import Place
from faults.row import Row
from tests.replicas.pair import Pair

_random = Random(20261128)


def failover(place: Place, times: int) -> Iterator[Row]:
    """Kill the primary at random moments, promote the standby, and make the killed one the next standby.

    The service has one address that names both servers. Beside a synchronous standby nothing may be lost. What an
    asynchronous one has not received is gone with the primary, which is counted and no fault of the service.
    """
    folder = place.folder / "pair"
    folder.mkdir()
    pair = Pair(folder, place.postgresql.url)
    try:
        for synchronous in (True, False):
            yield _failed_over(pair, times, synchronous=synchronous)
    finally:
        pair.close(folder)


def _failed_over(pair: Pair, times: int, *, synchronous: bool) -> Row:
    kind = "synchronous" if synchronous else "asynchronous"
    pair.run(f"CREATE DATABASE {kind} TEMPLATE template0")
    url = pair.address(kind)
    with opened(url) as database:
        migrate(database)
    with loaded(url) as load:
        for _ in range(times):
            pair.wait_for_standby(synchronous=synchronous)
            load.more()
            time.sleep(_random.uniform(0, 0.5))
            began = time.monotonic()
            pair.fail_over()
            load.over(began)
            pair.follow_again()
    found = row(load, f"primary lost, {kind} standby", "SIGKILL of the primary under load, the standby promoted")
    return found if synchronous else found.losing("an asynchronous standby may lack the last ones")
