"""What the health answers look like."""

from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Instant
from app.store.engine.replica import ReplicaStanding
from app.store.upkeep.concerns import Concern


class Health(Shape):
    """The service answers."""

    status: str


class Readiness(Shape):
    """The service can take readings.

    `zone_rules` is the IANA edition by which this process tells local days, `zone_rules_in_force` that of the stored
    rollups: where that is the later one, this process writes no rollups and another one has to. `read_replica` tells
    whether reads go to the replica, or why they go to the primary: it is too far behind, away, or no replica of this
    database; null where there is none. `backup_at` is when the newest proved backup was made, null where the service
    makes none; `jobs_claimed_at` the latest fire time of a job that any process has claimed: one comes due each minute,
    so an older one says that nobody runs them. `warnings` names what somebody should look at. None of these makes a
    process unready.
    """

    status: str
    zone_rules: str
    zone_rules_in_force: str | None
    read_replica: ReplicaStanding | None
    backup_at: Instant | None
    jobs_claimed_at: Instant | None
    warnings: list[Concern]
