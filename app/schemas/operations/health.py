"""What the health answers look like."""

from app.schemas.wire.base import Shape
from app.store.engine.replica import ReplicaStanding


class Health(Shape):
    """The service answers."""

    status: str


class Readiness(Shape):
    """The service can take readings.

    `zone_rules` is the IANA edition by which this process tells local days, `zone_rules_in_force` that of the stored
    rollups: where that is the later one, this process writes no rollups and another one has to. `read_replica` tells
    whether reads go to the replica, or why they go to the primary: it is too far behind, away, or no replica of this
    database; null where there is none.
    """

    status: str
    zone_rules: str
    zone_rules_in_force: str | None
    read_replica: ReplicaStanding | None
