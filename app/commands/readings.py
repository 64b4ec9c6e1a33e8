"""The commands about readings that are stored: many withdrawn or accepted at once, tried before, undone, listed."""

import time
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from rich.console import Console

from app.commands.importing_factors import move_lines
from app.commands.shared import (
    Json,
    Organization,
    every,
    now_ms,
    open_database,
    reach_of,
    refuse,
    show_rows,
)
from app.core.calendar.periods import ms_from_instant
from app.core.readings.batches import batch_code, batch_from_code
from app.core.readings.beliefs import AmendmentAction
from app.core.units.quantities import plain
from app.disclosure.live.amendment_preview import MeterEffect, YearEffect, effects_of
from app.ingest.writing.amend import Amendment
from app.ingest.writing.bulk_amend import carry_on, order, order_undoing, stretch_named, stretch_of, supposed, undoable
from app.models import BulkAmendment
from app.rollup.rolling.roller import roll_pending
from app.routers.readings import bulk_amendments as routes
from app.schemas.readings.bulk_amendments import AmendmentCreate, OrderedAction, UndoCreate
from app.store.engine.database import Database
from app.store.operations.bulk_amendments import Stretch, amendment_of

readings = typer.Typer(no_args_is_help=True, help="Readings that are stored, many at once.")

Meters = Annotated[list[str], typer.Option("--meter", help="A meter's code; repeat for more.")]
Start = Annotated[str, typer.Option(help="The first timestamp, such as 2024-01-01T00:00:00+08:00.")]
End = Annotated[str, typer.Option(help="Timestamps before this one.")]
Reason = Annotated[str, typer.Option(help="Kept with each reading.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would change, by year, and store nothing.")]

_LONGEST_PAUSE_S = 0.3
_DONE = {
    AmendmentAction.WITHDRAW: "withdrawn",
    AmendmentAction.ACCEPT: "accepted",
    AmendmentAction.UNDO: "put back as they were",
}
_COLUMNS = (
    "batch",
    "action",
    "status",
    "changed",
    "passed_over",
    "meters",
    "start",
    "end",
    "ordered_at",
    "key",
    "reason",
    "undoes",
    "undone_by",
)


@readings.command("withdraw")
def withdraw(
    organization: Organization, meter: Meters, start: Start, end: End, reason: Reason, dry_run: DryRun = False
) -> None:
    """Let readings of meters in a range count no more; they are kept, and it can be undone."""
    body = {"action": OrderedAction.WITHDRAW, "meters": meter, "start": start, "end": end, "reason": reason}
    _order(organization, AmendmentCreate.model_validate(body), dry_run=dry_run)


@readings.command("accept")
def accept(
    organization: Organization, meter: Meters, start: Start, end: End, reason: Reason, dry_run: DryRun = False
) -> None:
    """Let the suspect readings of meters in a range count after all; it can be undone."""
    body = {"action": OrderedAction.ACCEPT, "meters": meter, "start": start, "end": end, "reason": reason}
    _order(organization, AmendmentCreate.model_validate(body), dry_run=dry_run)


@readings.command("undo")
def undo(
    batch: Annotated[str, typer.Argument(help="The batch of what is to be undone.", show_default=False)],
    organization: Organization,
    reason: Reason,
    dry_run: DryRun = False,
) -> None:
    """Have every reading that still stands as an amendment left it stand as it stood before."""
    number, words = _number_of(batch), UndoCreate.model_validate({"reason": reason}).reason
    with open_database() as database:
        organization_id = reach_of(database, organization).organization_id
        if dry_run:
            with database.read() as session:
                stretch = stretch_of(undoable(session, organization_id, number))
            _preview(database, organization, stretch, AmendmentAction.UNDO, undoes=number)
            return
        by = Amendment(organization_id, None, words, now_ms())
        _carry_out(database, order_undoing(database, by, batch=number))


@readings.command("amendments")
def list_amendments(organization: Organization, as_json: Json = False) -> None:
    """Print what was withdrawn, accepted and undone of many readings at once, newest first; without a key: here."""
    with open_database() as database:
        access = reach_of(database, organization)
        rows = every(lambda cursor, limit: routes.list_amendments(access, database, limit, cursor))
    show_rows(rows, _COLUMNS, as_json=as_json)


def _order(organization: str, body: AmendmentCreate, *, dry_run: bool) -> None:
    action = AmendmentAction(body.action)
    first_ms, end_ms = ms_from_instant(body.start), ms_from_instant(body.end)
    with open_database() as database:
        organization_id = reach_of(database, organization).organization_id
        with database.read() as session:
            stretch = stretch_named(session, organization_id, body.meters, first_ms=first_ms, end_ms=end_ms)
        if dry_run:
            _preview(database, organization, stretch, action)
            return
        by = Amendment(organization_id, None, body.reason, now_ms())
        _carry_out(database, order(database, by, stretch, action))


def _carry_out(database: Database, ordered: BulkAmendment) -> None:
    """Carry out an amendment, and those before it, beside whoever else does; tell of it and bring rollups up to date.

    After each piece it pauses as long as that took, so that what is posted meanwhile gets its turn.
    """
    batch, organization_id = ordered.batch_id, ordered.organization_id
    with Console(stderr=True).status("Looking for readings") as status:
        while True:
            started = time.monotonic()
            piece = carry_on(database, organization_id, now_ms=now_ms())
            if piece is None or (piece.batch == batch and piece.finished):
                break
            status.update(f"{piece.changed:,} readings")
            time.sleep(min(time.monotonic() - started, _LONGEST_PAUSE_S))
    with database.read() as session:
        row = amendment_of(session, organization_id, batch)
    roll_pending(database)
    passed_over = f", {row.passed_over:,} passed over that were changed since" if row.passed_over else ""
    typer.echo(f"{row.changed:,} readings {_DONE[AmendmentAction(row.action)]}{passed_over}: batch {batch_code(batch)}")


def _preview(
    database: Database, organization: str, stretch: Stretch, action: AmendmentAction, *, undoes: int | None = None
) -> None:
    for line in _lines(effects_of(database, organization, supposed(stretch, action, undoes=undoes)), action):
        typer.echo(line)


def _lines(found: Sequence[YearEffect], action: AmendmentAction) -> Iterator[str]:
    yield f"{sum(each.readings for each in found):,} readings would be {_DONE[action]}. Nothing was stored."
    for year in found:
        yield f"{year.period.name}: {year.readings:,} readings"
        yield from (f"  {_effect(each)}" for each in year.meters)
    moves = [move for year in found for move in year.moves]
    yield from move_lines(moves) if moves else ["No year's figures move."]


def _effect(effect: MeterEffect) -> str:
    was, would = ("-" if each is None else plain(each) for each in (effect.current, effect.proposed))
    return f"{effect.meter}: {effect.readings:,} readings, {was} {effect.unit} becomes {would} {effect.unit}"


def _number_of(code: str) -> int:
    try:
        return batch_from_code(code)
    except ValueError:
        refuse(f"{code!r} is no batch, such as b19c2f0a1d4400001")
