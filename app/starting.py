"""What every process does at its start, whatever its role: how it logs, and its database made ready."""

import sys
from typing import Any

import msgspec
import structlog

from app.core.calendar.zone_rules import EDITION, written_span
from app.disclosure.frameworks.reference import read_reference
from app.settings import Settings
from app.store.engine.database import Database
from app.store.upkeep.migrate import migrate

_log = structlog.get_logger(__name__)


def configure_logging(*, json: bool) -> None:
    """Have the log written to standard error, a line each, as JSON or for eyes."""
    render: Any = structlog.processors.JSONRenderer(_json_line) if json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            render,
        ],
        logger_factory=lambda *_args: structlog.PrintLogger(sys.stderr),
    )


def database_of(settings: Settings) -> Database:
    """Return the database as the environment describes it."""
    return Database(
        settings.database_url,
        pool_size=settings.pool_size,
        plausible=settings.plausible,
        archive_directory=settings.archive_directory,
        secret_keys=[key.get_secret_value() for key in settings.secret_key],
        limits=settings.time_limits,
    )


def prepare(database: Database) -> None:
    """Read the reference data, and bring the database to this program's schema and zone rules."""
    read_reference()
    for change in migrate(database):
        _log.warning(
            "local days are told by other zone rules now; the rollups of these days are made anew",
            edition=EDITION,
            zone=change.zone,
            span=written_span(change.first_ms, change.end_ms),
            meters=change.meters,
        )


def _json_line(event: Any, **_options: Any) -> str:
    """Return a line of the log; one is written for every request, and the standard library takes its time."""
    return msgspec.json.encode(event, enc_hook=repr).decode()
