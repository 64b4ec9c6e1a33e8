#!/usr/bin/env bash
# openpyxl 3.1.5 (PyPI)
#
# Behaviour: opened read-only, a sheet ends where its <dimension> element says, whatever rows come after; the whole
#            reader, and a read-only one after `reset_dimensions()`, return them all.
# Guess:     rows are returned as they stand in the file; the element is a hint for whoever draws scroll bars.
# Matters:   loggers and reporting tools write the head of a sheet first and append rows for a month without going back.
#            A year of monthly totals of which two are read makes a plausible, low figure, without any error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check openpyxl==3.1.5
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
import zipfile
from pathlib import Path

import openpyxl

folder = Path(sys.argv[1])
book = openpyxl.Workbook()
sheet = book.active
sheet.append(["month", "kWh"])
for month in range(1, 13):
    sheet.append([f"2024-{month:02}", 1000 + month])
book.save(folder / "true.xlsx")
with zipfile.ZipFile(folder / "true.xlsx") as before, zipfile.ZipFile(folder / "grown.xlsx", "w") as after:
    for name in before.namelist():
        content = before.read(name)
        if name == "xl/worksheets/sheet1.xml":
            assert content.count(b'ref="A1:B13"') == 1
            content = content.replace(b'ref="A1:B13"', b'ref="A1:B3"')
        after.writestr(name, content)


def rows(*, read_only: bool, reset: bool = False) -> int:
    opened = openpyxl.load_workbook(folder / "grown.xlsx", read_only=read_only).active
    if reset:
        opened.reset_dimensions()
    return sum(1 for _ in opened.iter_rows(values_only=True))


seen = {
    "whole": rows(read_only=False),
    "read-only": rows(read_only=True),
    "read-only, dimensions reset": rows(read_only=True, reset=True),
}
for how, count in seen.items():
    print(f"{how}: {count} of 13 rows")
assert seen == {"whole": 13, "read-only": 3, "read-only, dimensions reset": 13}, "this has changed"
PYTHON
