"""The replica for reading, as the operator has set it, and what is told of it."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.http.threads import handlers_at_once
from app.settings import Settings
from app.store.engine.database import Database
from app.store.engine.replica import Replica, ReplicaStanding

_BESIDE = 2
"""Connections of the watch, and of a handler that reads while it reads."""


def replica_of(database: Database, settings: Settings, registry: CollectorRegistry) -> Replica | None:
    """Return the replica that the settings name, with its metrics registered; None without one.

    Raises ReplicaRefused.
    """
    if settings.read_database_url is None:
        return None
    pool_size = connections_to_replica(settings)
    replica = Replica(database, settings.read_database_url, pool_size=pool_size, wait_s=settings.read_wait_s)
    registry.register(_ReplicaMetrics(replica))
    return replica


def connections_to_replica(settings: Settings) -> int:
    """Return how many connections a process may have to its replica."""
    return handlers_at_once(settings.pool_size) + _BESIDE


class _ReplicaMetrics(Collector):
    """Whether the replica is read, how far it is behind, and by which server reads were answered."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica

    def collect(self) -> Iterator[Metric]:
        in_use = self._replica.standing is ReplicaStanding.IN_USE
        yield GaugeMetricFamily("esg_read_replica_in_use", "1 while reads go to the replica.", value=float(in_use))
        yield GaugeMetricFamily(
            "esg_read_replica_lag_bytes", "Log the replica had not replayed, 0 in use.", value=self._replica.lag_bytes
        )
        reads = CounterMetricFamily("esg_replicated_reads", "Reads by the server that answered.", labels=["server"])
        for server, count in self._replica.reads.items():
            reads.add_metric([server], count)
        yield reads
