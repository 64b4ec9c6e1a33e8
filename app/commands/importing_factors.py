"""The command `esg factors import` at work: a file read and judged, and what becomes of it told as a short table."""

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import typer

from app.core.inventory.inventory import InvalidFields
from app.disclosure.live.factor_imports import FactorImport, preview_import, store_import
from app.disclosure.live.figure_moves import Move
from app.schemas.factors.factor_tables import sent_file
from app.store.engine.database import Database
from app.store.sql.conflicts import NotThere

_NOTHING = "Nothing is stored."


def run_factor_import(database: Database, file: Path, *, organization: str, dry_run: bool) -> bool:
    """Import the factors of a file, tell what becomes of them, and whether none was refused.

    Raises typer.BadParameter for an unknown organization and a file that is no text; ends the command when the file is
    no table of factors.
    """
    try:
        sent = sent_file(file.name, file.read_text("utf-8"))
        found = preview_import(database, organization, sent)
        refused = found.judgement.refused
        if not dry_run and not refused:
            store_import(database, organization, sent, now_ms=time.time_ns() // 1_000_000)
    except NotThere as error:
        raise typer.BadParameter(str(error), param_hint="--organization") from error
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"it is not UTF-8: {error}", param_hint="FILE") from error
    except InvalidFields as error:
        lines = [f"{problem.field}: {problem.detail}" for problem in error.problems]
        typer.echo("\n".join((*lines, _NOTHING)), err=True)
        raise typer.Exit(1) from error
    typer.echo("\n".join(_words(found)))
    if refused:
        typer.echo("\n".join((*_refusals(found), _NOTHING)), err=True)
    elif dry_run:
        typer.echo(f"A dry run. {_NOTHING}")
    return not refused


def _words(found: FactorImport) -> Iterator[str]:
    judgement = found.judgement
    counts = (len(judgement.added), len(judgement.unchanged), len({each.problem.index for each in judgement.refused}))
    yield f"{judgement.received} received, {counts[0]} added, {counts[1]} unchanged, {counts[2]} refused"
    yield from (f"  {factor.code}: added" for factor in judgement.added)
    yield from (f"  {code}: unchanged" for code in judgement.unchanged)
    yield from (f"  {new}: takes the place of {old}" for new, old in judgement.superseding)
    if judgement.added and not found.moves:
        yield "No year's figures move."
    if found.moves:
        yield from move_lines(found.moves)


def move_lines(moves: Iterable[Move]) -> Iterator[str]:
    """Yield the figures that would move as lines of a table."""
    rows = [
        (str(each.year), each.framework, " ".join((each.key, *each.dimensions.values())), *_shown(each), each.unit)
        for each in moves
    ]
    yield from _table(("year", "framework", "figure", "is", "becomes", "unit"), rows)


def _refusals(found: FactorImport) -> Iterator[str]:
    for each in found.judgement.refused:
        place = f"row {each.problem.index}" if each.line is None else f"line {each.line}"
        name = f" ({each.factor})" if each.factor else ""
        yield f"  {place}{name}: {each.problem.field}: {each.problem.detail}"


def _shown(move: Move) -> tuple[str, str]:
    return move.current_display or "-", move.proposed_display or "-"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield lines whose columns stand below each other."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
