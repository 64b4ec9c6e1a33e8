"""What the health answers look like."""

from pydantic import BaseModel


class Health(BaseModel):
    """The service answers."""

    status: str


class Readiness(BaseModel):
    """The service can take readings.

    `zone_rules` is the IANA edition by which this process tells local days, `zone_rules_in_force` that of the stored
    rollups: where that is the later one, this process writes no rollups and another one has to.
    """

    status: str
    zone_rules: str
    zone_rules_in_force: str | None
