"""Every fault on one screen: its name, how often it is made unless one says otherwise, and where."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from faults import day, failover, flood, migrations, power, processes
from faults.place import Place
from faults.row import Row


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault, which can be made alone by its name."""

    name: str
    times: int
    made: Callable[[Place, int], Iterator[Row]]


FAULTS = (
    Fault("killed-server", 100, processes.killed_server),
    Fault("killed-postgresql", 100, processes.killed_postgresql),
    Fault("restarted-postgresql", 10, processes.restarted_postgresql),
    Fault("frozen-postgresql", 5, processes.frozen_postgresql),
    Fault("exhausted-connections", 5, processes.exhausted_connections),
    Fault("exhausted-pool", 5, processes.exhausted_pool),
    Fault("failover", 10, failover.failover),
    Fault("second-server", 20, processes.second_server),
    Fault("lost-power", 600, power.lost_power),
    Fault("flood", 3, flood.flood),
    Fault("day", 24, day.day),
    Fault("killed-migrations", 20, migrations.killed_migrations),
)
