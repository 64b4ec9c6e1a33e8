"""The commands that copy a database while it is in use, and bring a copy back."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from app.commands.shared import open_database, refuse
from app.commands.verifying import verify_publications, verify_readings
from app.settings import Settings
from app.store.engine.database import Database
from app.store.upkeep.backup import BackupRefused, Proof, back_up_to, prove
from app.store.upkeep.backup import restore as restore_copy
from app.store.upkeep.migrate import migrate


def backup(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Where the copy goes; a file there is not replaced.")],
) -> None:
    """Copy the database, as of one moment, while it is in use, and restore the copy beside it to prove it."""
    if file.exists():
        refuse(f"{file} is there already")
    with open_database() as database:
        try:
            back_up_to(database, file)
            proof = prove(database, file)
        except BackupRefused as error:
            refuse(str(error))
    typer.echo(f"{file}: {file.stat().st_size} bytes; {_words(proof)}.")


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A copy that `esg backup` has made.")],
) -> None:
    """Bring a copy into the empty database of ESG_DATABASE_URL, update its schema, and verify all that it holds."""
    settings = Settings()
    try:
        restore_copy(settings.database_url, file)
    except BackupRefused as error:
        refuse(str(error))
    with closing(Database(settings.database_url, archive_directory=settings.archive_directory)) as database:
        migrate(database)
        held = verify_publications(database, organization=None, framework=None, year=None)
        if not (verify_readings(database, organization=None) and held):
            raise typer.Exit(1)


def _words(proof: Proof) -> str:
    if not proof.restored:
        return "its contents were listed, not restored, since the role may not make a database"
    return f"restored, {proof.pages} pages of readings and {proof.arrivals} arrivals hold"
