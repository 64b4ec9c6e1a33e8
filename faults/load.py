"""A served database that senders post to without a pause, and the count of what is there in the end."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from app.core.units.quantities import MICRO
from app.store.engine.database import Database
from faults.row import Row
from tests.kills.killed import ADMIN_KEY
from tests.kills.senders import FIRST_MS, INTERVALS, QUARTER_MS, REGISTERS, Sender, set_up
from tests.kills.trial import check_rollups, sending, spec_of, until_quiet
from tests.support.processes import SERVE, Server
from tests.support.site import stored

_PATIENCE_S = 120.0


@dataclass
class Load:
    """Servers on one database, their senders, and what was seen of faults so far."""

    url: str
    settings: Mapping[str, str]
    servers: list[Server]
    senders: list[Sender]
    times: int = 0
    healthy_s: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def acknowledged(self) -> int:
        """How many readings were acknowledged by now, corrections of one counted once."""
        return sum(len(sender.acknowledged) for sender in self.senders)

    def more(self) -> None:
        """Wait until something more is acknowledged: the servers are at work then."""
        before = self.acknowledged
        end = time.monotonic() + _PATIENCE_S
        while self.acknowledged == before:
            if time.monotonic() > end:
                raise TimeoutError("nothing is acknowledged any more")
            time.sleep(0.01)

    def kill(self, place: int = 0) -> None:
        """Kill a server as a power cut would, and start it again at its port."""
        self.servers[place].kill()
        self.started_again(place)

    def started_again(self, place: int = 0) -> None:
        """Start a server that has ended at its port, and note how long it took until it was well."""
        began = time.monotonic()
        port = self.servers[place].port
        self.servers[place].stop()
        self.servers[place] = Server(self.url, SERVE, self.settings, port)
        self.servers[place].wait_until_ready()
        self.over(began)

    def over(self, began: float) -> None:
        """Note that a fault was over at `began`, and wait until the service is well."""
        end = time.monotonic() + _PATIENCE_S
        while self.answer("/health/ready", timeout_s=5) != 200:
            if time.monotonic() > end:
                raise TimeoutError(f"not well again:\n{self.servers[0].output()[-3_000:]}")
            time.sleep(0.02)
        self.healthy_s.append(time.monotonic() - began)
        self.times += 1

    def answer(self, path: str, *, timeout_s: float = 30.0) -> int:
        """Return the status that the first server answers a GET with; 0 where it does not answer."""
        try:
            address = f"{self.servers[0].address}{path}"
            return httpx.get(address, headers={"X-API-Key": ADMIN_KEY}, timeout=timeout_s).status_code
        except httpx.TransportError:
            return 0


@contextmanager
def loaded(url: str, *, servers: int = 1, **settings: str) -> Iterator[Load]:
    """Yield a load on a database without an organization; servers that live are stopped at the end."""
    own = {"ESG_ADMIN_KEY": ADMIN_KEY, "ESG_KEY_CACHE_S": "1", **settings}
    load = Load(url, own, [Server(url, SERVE, own) for _ in range(servers)], [])
    try:
        for server in load.servers:
            server.wait_until_ready()
        set_up(load.servers[0].address)
        load.senders = [Sender([each.address for each in load.servers], name) for name in (*INTERVALS, *REGISTERS)]
        with sending(load.senders):
            load.more()
            yield load
        with opened(url) as database:
            until_quiet(database)
    finally:
        for server in load.servers:
            server.stop()


def row(load: Load, fault: str, how: str) -> Row:
    """Return the row of a load that has ended; raises AssertionError when rollups are not what readings add up to."""
    lost, doubled = missing_and_doubled(load.url, load.senders)
    healthy_s = max(load.healthy_s, default=None)
    notes = ", ".join(dict.fromkeys(load.notes))
    return Row(fault, how, load.times, load.acknowledged, lost, doubled, healthy_s, notes)


def missing_and_doubled(url: str, senders: Sequence[Sender]) -> tuple[int, int]:
    """Return how many acknowledged readings are not stored as such, and how many are stored again or unasked."""
    lost = doubled = 0
    with opened(url) as database:
        for sender in senders:
            with database.read() as session:
                spec = spec_of(session, database, sender.meter)
            rows = [((at - FIRST_MS) // QUARTER_MS, value // MICRO) for at, value, *_ in stored(database, spec)]
            kept = dict(rows)
            lost += sum(kept.get(place) != value for place, value in sender.acknowledged.items())
            doubled += len(rows) - len(kept) + len(kept.keys() - sender.acknowledged.keys())
        check_rollups(database)
    return lost, doubled


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """Yield the service's own way into a database."""
    database = Database(url)
    try:
        yield database
    finally:
        database.close()
