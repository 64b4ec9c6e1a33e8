"""Mutation runs over the rooms whose errors would be wrong figures: `.ci/mutants` calls it within a clone.

First all tests of the rooms are run once, to see that they pass, how long each takes, and which lines each enters. Then
one mutant at a time is written into the clone, by cosmic-ray, and the tests that enter its line are run, the quickest
first, until one fails. An example: `a < b` in `evaluate.py:90` becomes `a <= b`; 40 tests enter the line, of 9 s
together; the third fails after 0.2 s, so it is killed. Had all 40 passed, it would have survived and be listed.

A line that is entered when a module is loaded, or by a fixture, concerns all tests of the room. Where the tests of a
line take longer than BUDGET_S together, the slowest are left out, and the survivor is listed with how many.
"""

import importlib
import os
import random
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from cosmic_ray.mutating import use_mutation
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_item import MutationSpec
from drawing import chosen
from forks import forked
from measuring import FRAME, measured, tests_of

_PURE = ("test_breakdown", "test_family_changes", "test_limit_rules", "test_standard_coal", "test_target_rules")
"""Tests of metrics that need no database."""

ROOMS = {
    "core": (["app/core"], ["tests/core", "tests/accounting", "tests/ingest", "tests/rollup"]),
    "segments": (["app/rollup/segments"], ["tests/core", "tests/rollup"]),
    "buckets": (["app/rollup/buckets"], ["tests/core", "tests/rollup"]),
    "metrics": (["app/accounting/metrics"], ["tests/accounting", *(f"tests/metrics/{each}.py" for each in _PURE)]),
    "selection": (["app/accounting/selection"], ["tests/accounting", "tests/catalogue"]),
    "ingest": (["app/ingest/judging", "app/ingest/writing"], ["tests/ingest"]),
}
"""By name: the folders that are broken, and the folders or files whose tests should see it."""

LOADED_BEFORE = (
    *("alembic", "fastapi", "fontTools.ttLib", "httpx", "hypothesis", "jsonschema", "numpy", "openpyxl", "psycopg"),
    *("pyarrow.parquet", "pydantic_settings", "pygal", "reportlab.pdfgen.canvas", "sqlmodel", "structlog", "uvicorn"),
    *("xlsxwriter", "yaml"),
)
"""Each run of tests is a fork of this process, so that these are loaded once and not by every mutant."""


BECAME = ("killed", "timed out", "survived", "not entered")
"""No test of the room enters the line of the last: those of other rooms may."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutant, one of BECAME; with how many tests, and how many were left out."""

    mutant: MutationSpec
    became: str
    tests: int
    left_out: int
    change: str


def tried(mutant: MutationSpec, tests: list[str], left_out: int, limit_s: float) -> Outcome | None:
    """Return what became of a mutant; None where it is no program, such as `def f(a, % , b)` for a lone star."""
    operator = get_operator(mutant.operator_name)(**mutant.operator_args)
    with use_mutation(mutant.module_path, operator, mutant.occurrence) as (whole, broken):
        if broken is None or not _compiles(broken):
            return None
        change = _change(whole, broken)
        if not tests:
            return Outcome(mutant, "not entered", 0, left_out, change)
        code, _ = forked(lambda: int(pytest.main([*FRAME, "-x", *tests])), limit_s)
    became = "timed out" if code is None else "survived" if code == 0 else "killed"
    return Outcome(mutant, became, len(tests), left_out, change)


def _compiles(text: str) -> bool:
    try:
        compile(text, "broken", "exec")
    except SyntaxError:
        return False
    return True


def _change(whole: str, broken: str) -> str:
    """Return the first line that differs, before and after."""
    pairs = zip(whole.splitlines(), broken.splitlines(), strict=False)
    before, after = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
    return f"`{before.strip()}` -> `{after.strip()}`"


def listed(found: dict[str, list[Outcome]], *, seed: int) -> str:
    """Return the table of what became of the mutants of each room, and the survivors."""
    lines = [f"Seed {seed}.", "", f"| room | mutants | {' | '.join(BECAME)} |", "|---" * 6 + "|"]
    for room, outcomes in found.items():
        counts = [sum(each.became == became for each in outcomes) for became in BECAME]
        lines.append("".join(f"| {each} " for each in (room, len(outcomes), *counts)) + "|")
    lines.append("")
    for room, outcomes in found.items():
        lines += [f"* {room}: {_named(each)}" for each in outcomes if each.became != "killed"]
    return "\n".join(lines) + "\n"


def _named(outcome: Outcome) -> str:
    mutant = outcome.mutant
    operator = mutant.operator_name.removeprefix("core/")
    tests = f"{outcome.tests} tests" + (f", {outcome.left_out} slow ones left out" if outcome.left_out else "")
    return f"{mutant.module_path}:{mutant.start_pos[0]}:{operator}: {outcome.became} ({tests}): {outcome.change}"


def main(into: Path) -> None:
    """Try mutants of each room that is asked for, and write down what became of them after each."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    count = int(os.environ.get("MUTANTS", "300"))
    budget_s, limit_s = float(os.environ.get("BUDGET_S", "30")), float(os.environ.get("LIMIT_S", "300"))
    rooms = {name: ROOMS[name] for name in os.environ.get("ROOMS", " ".join(ROOMS)).split()}
    print(f"seed {seed}, {count} mutants a room", flush=True)
    for module in LOADED_BEFORE:
        importlib.import_module(module)
    folders = [folder for each, _ in rooms.values() for folder in each]
    known = measured(folders, list(dict.fromkeys(test for _, each in rooms.values() for test in each)))
    print(f"{len(known.seconds)} tests pass, in {sum(known.seconds.values()):.0f} s", flush=True)
    rng = {room: random.Random(f"{seed} {room}") for room in rooms}  # noqa: S311 - a draw, no secret
    drawn = {room: iter(chosen(of_room, 2 * count, rng[room])) for room, (of_room, _) in rooms.items()}
    found: dict[str, list[Outcome]] = {room: [] for room in rooms}
    for _ in range(count):  # in turn, so that a run that is broken off has tried as many of each
        for room, mutants in drawn.items():
            for mutant in mutants:
                names, left_out = tests_of(mutant, known, rooms[room][1], budget_s)
                outcome = tried(mutant, names, left_out, limit_s)
                if outcome is not None:
                    found[room].append(outcome)
                    print(f"{room} {len(found[room])}: {_named(outcome)}", flush=True)
                    into.write_text(listed(found, seed=seed))
                    break
    print(listed(found, seed=seed))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
