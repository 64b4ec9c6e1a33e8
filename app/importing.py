"""The command `esg import` at work: its mapping read, its bar moved, its outcome told."""

import time
from pathlib import Path

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from app.accounting.datafile import BadDataFile, parse
from app.ingest.import_file import Imported, import_file
from app.ingest.mapped import Counts, Destination, SourceMapping
from app.ingest.records import SourceUnreadable
from app.ingest.service import IngestOptions
from app.schemas.mappings import ReadingMapping, source_mapping
from app.store.conflicts import NotThere
from app.store.engine import Database
from app.store.organizations import organization_of


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
                progress=lambda read, counts: bar.update(task, completed=read, description=_words(counts)),
            )
        except (SourceUnreadable, OSError) as error:
            console.print(f"{file}: {error}. Rows before it are stored; importing again is safe.", markup=False)
            raise typer.Exit(1) from error
    typer.echo(_words(imported.counts))
    return imported


def read_mapping(path: Path, *, meter: str | None) -> SourceMapping:
    """Return the mapping a YAML file holds; raises typer.BadParameter naming each field that is wrong."""
    try:
        documents = parse(path.read_text("utf-8"), where=str(path))
        mapping = ReadingMapping.model_validate(documents[0] if len(documents) == 1 else None)
        return source_mapping(mapping, meter=meter)
    except (BadDataFile, UnicodeDecodeError) as error:
        raise typer.BadParameter(str(error), param_hint="--mapping") from error
    except ValidationError as error:
        words = "; ".join(f"{'.'.join(map(str, each['loc'])) or path}: {each['msg']}" for each in error.errors())
        raise typer.BadParameter(words, param_hint="--mapping") from error


def _organization_id(database: Database, code: str) -> int:
    try:
        with database.read() as session:
            return organization_of(session, code).id or 0
    except NotThere as error:
        raise typer.BadParameter(str(error), param_hint="--organization") from error


def _words(counts: Counts) -> str:
    names = ("received", "inserted", "replaced", "duplicate", "suspect", "skipped", "rejected")
    return ", ".join(
        f"{getattr(counts, name):,} {name}" for name in names if getattr(counts, name) or name == "received"
    )
