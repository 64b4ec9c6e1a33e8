"""A dated copy of the database every night, restored at once to prove that it can be."""

from pathlib import Path

import structlog

from app.store.engine.database import Database
from app.store.upkeep.backup import back_up_to, copy_name, dated_copies, prove

_KEPT = 14
_log = structlog.get_logger(__name__)


def back_up(database: Database, *, directory: Path | None) -> int:
    """Write `esg-YYYYMMDDTHHMMSSZ`, .db or .dump, and keep the newest fortnight of them; return files written.

    Nothing is written without a directory. One that does not prove itself is deleted and fails the job; the older ones
    stay. Raises BackupRefused.
    """
    if directory is None:
        return 0
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / copy_name(database)
    unproved = path.with_name(f"{path.name}.unproved")
    try:
        back_up_to(database, unproved)
        proof = prove(database, unproved)
        unproved.rename(path)
    finally:
        unproved.unlink(missing_ok=True)
    if not proof.restored:
        _log.warning("a backup was not restored to prove it: the role may not make a database", file=path.name)
    for old in dated_copies(directory)[:-_KEPT]:
        old.unlink()
    return 1
