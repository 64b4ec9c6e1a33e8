"""Whether the database can take readings."""

import math
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.store.engine.database import Database
from app.store.engine.outages import DatabaseUnavailable, StorageFull
from app.store.engine.room import try_room
from app.store.engine.schema import schema_standing
from app.store.operations.jobs import last_claim_s
from app.store.upkeep.zone_rules import edition_in_force


class Unready(StrEnum):
    """Why no readings can be taken; stable names that programs may test."""

    DATABASE_AWAY = "database_away"
    STORAGE_FULL = "storage_full"
    SCHEMA_NOT_CURRENT = "schema_not_current"


class ServiceNotReady(RuntimeError):
    """The database does not answer or takes no writes, or its schema does not bear this program."""

    def __init__(self, reason: Unready, words: str) -> None:
        super().__init__(words)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Standing:
    """How a database that can take readings stands.

    `zone_rules` is the edition in force, None before there is one, `jobs_claimed_ms` the latest fire time of a job that
    was claimed (UTC ms), None before the first.
    """

    zone_rules: str | None
    jobs_claimed_ms: int | None


def check_ready(database: Database) -> Standing:
    """Return how the database stands.

    Raises ServiceNotReady unless the database answers, its schema bears this program, and it takes writes: that is
    tried when the last one failed, so that what was full is found to have room again without waiting for a reading.
    The schema of a later program bears this one while both serve side by side.
    """
    try:
        with database.read() as session:
            session.execute(text("SELECT 1"))
            standing = schema_standing(session.connection())
            edition = edition_in_force(session) if standing.bears_program else None
            claimed_s = last_claim_s(session) if standing.bears_program else math.nan
        if standing.bears_program and not database.takes_writes:
            try_room(database)
    except StorageFull as error:
        raise ServiceNotReady(Unready.STORAGE_FULL, "The database has no room for more") from error
    except (SQLAlchemyError, DatabaseUnavailable) as error:
        raise ServiceNotReady(Unready.DATABASE_AWAY, "The database does not answer") from error
    if not standing.bears_program:
        raise ServiceNotReady(Unready.SCHEMA_NOT_CURRENT, standing.words)
    return Standing(edition, None if math.isnan(claimed_s) else round(claimed_s * 1_000))
