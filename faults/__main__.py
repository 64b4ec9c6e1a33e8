"""Make the faults: `python -m faults`, or some of them with `--only NAME`; prints a row each."""

import argparse
import signal
import sys
import traceback
from pathlib import Path

from faults.catalogue import FAULTS
from faults.place import Place
from faults.row import Row, table


def main() -> int:
    """Make one fault after the other, print the table, and return how many broke or lost or doubled something."""
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=[each.name for each in FAULTS], metavar="NAME")
    parser.add_argument("--times", type=int, help="how many times each is made; each has a number of its own")
    parser.add_argument("--folder", type=Path, help="where the throwaway databases lie; a disk")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers and databases are taken away
    rows: list[Row] = []
    broken = 0
    place = Place(options.folder)
    try:
        for fault in FAULTS:
            if options.only and fault.name not in options.only:
                continue
            try:
                for row in fault.made(place, options.times or fault.times):
                    rows.append(row)
                    print(table([row]).splitlines()[-1], flush=True)
            except Exception:
                broken += 1
                print(f"{fault.name} broke\n{traceback.format_exc()}", flush=True)
    finally:
        place.close()
    print(f"\n{table(rows)}")
    return broken + sum(not row.holds for row in rows)


if __name__ == "__main__":
    sys.exit(main())
