"""Showing what was measured: tables for the screen, JSON for the record."""

import json
import os
import platform
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figures import Goal, Line, Spread
from bench.measurements import Measurement


def show(console: Console, measurement: Measurement, lines: Sequence[Line], seconds: float) -> None:
    """Print one measurement's table: medians with the least and the greatest, ratios, and the goals beside them."""
    table = Table(title=f"{measurement.title} ({measurement.name}, {seconds:.0f} s)", title_justify="left")
    for heading in ("", "on"):
        table.add_column(heading)
    for heading in ("median", "least - greatest"):
        table.add_column(heading, justify="right")
    table.add_column("unit")
    table.add_column("ratio", justify="right")
    table.add_column("to")
    compared = any(line.today for line in lines)
    if compared:
        table.add_column("to today's", justify="right")
    for heading in ("goal", "note"):
        table.add_column(heading)
    for line in lines:
        table.add_row(
            line.subject,
            line.database,
            _number(line.figure.median),
            _range(line.figure),
            line.unit,
            _ratio(line.ratio),
            line.against,
            *([_ratio(line.today)] if compared else []),
            "" if line.goal is None else _goal(line.goal, line.judged),
            line.note,
        )
    console.print(table)


def write(path: Path, facts: Mapping[str, Any], results: Mapping[str, Sequence[Line]]) -> None:
    """Write everything measured, with what it was measured on, as JSON."""
    record = {"facts": facts, "results": {name: [asdict(line) for line in lines] for name, lines in results.items()}}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


def machine() -> dict[str, Any]:
    """Return what the figures depend on besides the program."""
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "sqlite": sqlite3.sqlite_version,
        "load_average": os.getloadavg(),
    }


def _goal(goal: Goal, value: float) -> str:
    words = f"{'at most' if goal.at_most else 'at least'} {_number(goal.bound)}"
    if goal.aim is not None:
        words += f", aim {_number(goal.aim)}"
    colour = "green" if goal.reached(value) else "red"
    return f"[{colour}]{words}: {'reached' if goal.reached(value) else 'not reached'}[/{colour}]"


def _ratio(ratio: Spread | None) -> str:
    return "" if ratio is None else f"{_number(ratio.median)} x ({_range(ratio)})"


def _range(spread: Spread) -> str:
    return f"{_number(spread.low)} - {_number(spread.high)}"


def _number(value: float) -> str:
    """Return three significant digits, or all of those before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
