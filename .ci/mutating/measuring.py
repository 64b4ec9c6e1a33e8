"""Which tests enter which line, and how long each takes: found by running all of them once on the whole code."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import coverage
import pytest
from cosmic_ray.work_item import MutationSpec
from forks import forked
from shape import Shape

_ALONE = ("-p", "no:xdist", "-p", "no:cacheprovider", "-m", "not postgresql")
_SHORT = ("-q", "--no-header", "--tb=no", "-W", "ignore::pytest.PytestAssertRewriteWarning")
FRAME = (*_ALONE, *_SHORT)
"""How pytest is called each time; its warning is of plugins that are loaded before it."""

LEFT_OUT = ("tests/ingest/test_durability.py", "tests/ingest/test_number_lanes.py", "tests/rollup/test_any_order.py")
"""Two start servers, in which no line is seen; one searches for a minute."""

_LONGEST_S = 3_600.0


@dataclass(slots=True)
class Measured:
    """What the run of the whole code told: seconds by test, and the tests of each line; "" is none in particular."""

    seconds: dict[str, float] = field(default_factory=dict)
    of_line: dict[tuple[str, int], set[str]] = field(default_factory=dict)


class _Watch:
    """A plugin of pytest that names the test to coverage and notes how long each takes, by file and function."""

    def __init__(self, measuring: coverage.Coverage, seconds: dict[str, float]) -> None:
        self._measuring = measuring
        self._seconds = seconds

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        name = item.nodeid.partition("[")[0]
        self._measuring.switch_context(name)
        began = time.monotonic()
        try:
            return (yield)
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.monotonic() - began
            self._measuring.switch_context("")


def measured(folders: Sequence[str], tests: Sequence[str]) -> Measured:
    """Run the tests on the whole code; ends the program where one fails."""
    with TemporaryDirectory() as scratch:
        data, times = Path(scratch, "coverage"), Path(scratch, "times")

        def run() -> int:
            sys.dont_write_bytecode = False  # what each mutant then need not compile again
            measuring = coverage.Coverage(data_file=str(data), include=[f"{each}/*" for each in folders])
            seconds: dict[str, float] = {}
            measuring.start()
            ignored = [f"--ignore={each}" for each in (*LEFT_OUT, *os.environ.get("LEAVE_OUT", "").split())]
            code = pytest.main([*FRAME, "-x", "--tb=short", *ignored, *tests], plugins=[_Watch(measuring, seconds)])
            measuring.stop()
            measuring.save()
            times.write_text("".join(f"{value}\t{name}\n" for name, value in seconds.items()))
            return int(code)

        code, output = forked(run, _LONGEST_S)
        if code != 0:
            sys.exit(f"the tests do not pass before anything is broken:\n{output[-4_000:]}")
        found = Measured()
        for line in times.read_text().splitlines():
            value, _, name = line.partition("\t")
            found.seconds[name] = float(value)
        stored = coverage.CoverageData(basename=str(data))
        stored.read()
        for path in stored.measured_files():
            for number, names in stored.contexts_by_lineno(path).items():
                found.of_line[os.path.relpath(path), number] = set(names)
        return found


def tests_of(
    mutant: MutationSpec, known: Measured, rooms_tests: Sequence[str], budget_s: float
) -> tuple[list[str], int]:
    """Return the tests that enter a mutant's line, the quickest first, and how many were left out as too slow."""
    path = str(mutant.module_path)
    lines = Shape(mutant.module_path).lines_of(mutant.start_pos[0])
    entering = {name for line in lines for name in known.of_line.get((path, line), ())}
    of_room = [name for name in known.seconds if name.startswith(tuple(rooms_tests))]
    quickest_first = sorted(of_room, key=known.seconds.__getitem__)
    names = [name for name in quickest_first if name in entering]
    if "" in entering:
        names += [name for name in quickest_first if name not in entering]
    spent = 0.0
    taken: list[str] = []
    for name in names:
        spent += known.seconds[name]
        if spent <= budget_s or not taken:
            taken.append(name)
    return taken, len(names) - len(taken)
