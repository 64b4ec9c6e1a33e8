"""Run the measurements: `python -m bench`, or some of them with `--only NAME`; `--quick` for a short run.

The program fails when a result is wrong or a measurement breaks, never because something was slow.
"""

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bench.builds import OtherPackages, UnknownCommit
from bench.figures import Line
from bench.lab import Lab
from bench.measurements import MEASUREMENTS, Measurement
from bench.report import machine, show, write
from bench.sizes import FULL, QUICK, Sizes

_RESULTS = Path(__file__).with_name("results")
_BEFORE_PAGES = "b70ccf5"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table after the other, write the record, and return how many measurements broke."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers and databases are taken away
    console = Console(width=None if sys.stdout.isatty() else 200)
    chosen = [each for each in MEASUREMENTS if not options.only or each.name in options.only]
    started_at = datetime.now(UTC)
    path = _RESULTS / f"{started_at:%Y%m%dT%H%M%SZ}.json"
    lab = Lab(options.folder, None if options.today == "none" else options.today)
    results: dict[str, list[Line]] = {}
    broken = 0
    try:
        builds = {build.name: build.commit for build in lab.builds}
        facts = {
            "started_at": started_at.isoformat(),
            "quick": options.quick,
            "builds": builds,
            **machine(),
            "postgresql": lab.facts(),
        }
        console.print(facts)
        for measurement in chosen:
            lines, whole = _measured(console, measurement, lab, QUICK if options.quick else FULL)
            results[measurement.name] = lines
            broken += not whole
            write(path, facts, results)  # each time, so that a run that is ended keeps what it has
    except (UnknownCommit, OtherPackages) as error:
        sys.exit(str(error))
    finally:
        lab.close()
    console.print(f"Record: {path}")
    return broken


def _measured(console: Console, measurement: Measurement, lab: Lab, sizes: Sizes) -> tuple[list[Line], bool]:
    """Return the lines of one measurement and whether it came to its end; what it gave is shown either way."""
    started = time.perf_counter()
    lines: list[Line] = []
    whole = True
    try:
        for line in measurement.function(lab, sizes):
            lines.append(line)  # noqa: PERF402 - what came before a failure is kept
    except Exception:
        whole = False
        console.print(f"[red]{measurement.name} broke[/red]")
        console.print(traceback.format_exc(), markup=False)
    show(console, measurement, lines, time.perf_counter() - started)
    return lines, whole


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the service beside its baselines.")
    names = [each.name for each in MEASUREMENTS]
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=names, help=f"of {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="smaller sizes: shows that it works, not how fast it is")
    parser.add_argument(
        "--folder", type=Path, help="where the throwaway databases lie; a disk, not a memory file system"
    )
    parser.add_argument(
        "--today",
        metavar="COMMIT",
        default=_BEFORE_PAGES,
        help="the build to compare with, by default the last one that kept a row a reading; none: compare with none",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
