"""The command `esg import` at work: its mapping read, its bar moved, its outcome told."""

import time
from pathlib import Path

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from app.core.datafile import BadDataFile, parse
from app.ingest.door.import_file import Imported, import_file
from app.ingest.door.mapped import Counts, Destination, SourceMapping
from app.ingest.problems import WarningCode
from app.ingest.sources.records import SourceUnreadable
from app.ingest.sources.wide import Names
from app.ingest.writing.intake import IngestOptions
from app.models import id_of
from app.schemas.readings.mappings import ReadingMapping, source_mapping
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.sql.conflicts import NotThere

_WARNINGS_TOLD = 20
_MEETINGS = (WarningCode.CONTRADICTS_ROW, WarningCode.REPEATS_ROW)


def run_import(
    database: Database,
    file: Path,
    *,
    organization: str,
    mapping: Path,
    meter: str | None,
    report: Path | None,
    options: IngestOptions,
) -> Imported:
    """Import a file and tell of it on standard error; ends the command when file or mapping cannot be read."""
    rules = read_mapping(mapping, meter=meter)
    destination = Destination(_organization_id(database, organization), None, options)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    told = Counts()

    def tell(read: int, counts: Counts) -> None:
        nonlocal told
        told = counts
        bar.update(task, completed=read, description=_words(counts, options))

    with Progress(*columns, console=console) as bar:
        task = bar.add_task(file.name, total=file.stat().st_size)
        try:
            imported = import_file(
                database,
                file,
                rules,
                destination,
                report=report or file.with_name(f"{file.name}.rejected.csv"),
                clock_ms=lambda: time.time_ns() // 1_000_000,
                progress=tell,
            )
        except (SourceUnreadable, OSError) as error:
            console.print(f"{file}: {error}. {_left(told, options)}", markup=False)
            raise typer.Exit(1) from error
    typer.echo(_words(imported.counts, options))
    for warning in imported.warnings[:_WARNINGS_TOLD]:
        place = f"row {warning.index + 1}, {warning.meter} at {warning.timestamp}"
        typer.echo(f"{place}: {warning.code}: {warning.detail}", err=True)
    if len(imported.warnings) > _WARNINGS_TOLD:
        typer.echo(f"and {len(imported.warnings) - _WARNINGS_TOLD} warnings more", err=True)
    return imported


def lost_rows(imported: Imported) -> bool:
    """Tell whether rows of the file met each other, so that not all that it says is counted."""
    return any(warning.code in _MEETINGS for warning in imported.warnings)


def read_mapping(path: Path, *, meter: str | None) -> SourceMapping:
    """Return the mapping a YAML file holds; raises typer.BadParameter naming each field that is wrong."""
    try:
        documents = parse(path.read_text("utf-8"), where=str(path))
        mapping = ReadingMapping.model_validate(documents[0] if len(documents) == 1 else None)
        if meter is not None and mapping.wide is not None and mapping.wide.names is Names.METERS:
            raise typer.BadParameter("the columns are meters by the mapping", param_hint="--meter")
        return source_mapping(mapping, meter=meter)
    except (BadDataFile, UnicodeDecodeError) as error:
        raise typer.BadParameter(str(error), param_hint="--mapping") from error
    except ValidationError as error:
        words = "; ".join(f"{'.'.join(map(str, each['loc'])) or path}: {each['msg']}" for each in error.errors())
        raise typer.BadParameter(words, param_hint="--mapping") from error


def _organization_id(database: Database, code: str) -> int:
    try:
        with database.read() as session:
            return id_of(organization_of(session, code))
    except NotThere as error:
        raise typer.BadParameter(str(error), param_hint="--organization") from error


def _left(counts: Counts, options: IngestOptions) -> str:
    """Say what is stored of a file that could not be read to its end."""
    if options.dry_run or not (counts.inserted or counts.replaced or counts.duplicate):
        return "Nothing was stored."
    return f"What was read before is stored ({_words(counts, options)}); importing again is safe."


def _words(counts: Counts, options: IngestOptions) -> str:
    """Say what became of the readings or, after a dry run, what would."""
    would = "would be " if options.dry_run else ""
    fates = ("inserted", "replaced", "duplicate", "suspect", "skipped", "rejected")
    told = [f"{counts.received:,} received"]
    told += [f"{getattr(counts, fate):,} {would}{fate}" for fate in fates if getattr(counts, fate)]
    return ", ".join(told)
