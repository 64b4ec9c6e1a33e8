#!/usr/bin/env bash
# XlsxWriter 3.2.9 with openpyxl 3.1.5 (PyPI)
#
# Behaviour: a formula is stored with 0 as its value. Whoever reads values, and is no spreadsheet program, finds 0.
# Guess:     a formula that nobody has calculated has no value, and reads as an empty cell, as one that openpyxl wrote does.
# Matters:   a gateway's workbook with registers and a column "consumption = this - last" reads as twelve months of 0 kWh:
#            present, numeric and wrong, where an empty cell would have been refused or told.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check XlsxWriter==3.2.9 openpyxl==3.1.5
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
from pathlib import Path

import openpyxl
import xlsxwriter

folder = Path(sys.argv[1])
with xlsxwriter.Workbook(folder / "xlsxwriter.xlsx") as book:
    sheet = book.add_worksheet()
    sheet.write_row("A1", ["register", "consumption"])
    sheet.write_row("A2", [1000])
    sheet.write_row("A3", [1250, "=A3-A2"])
book = openpyxl.Workbook()
for row in (["register", "consumption"], [1000, None], [1250, "=A3-A2"]):
    book.active.append(row)
book.save(folder / "openpyxl.xlsx")
seen = {
    writer: openpyxl.load_workbook(folder / f"{writer}.xlsx", data_only=True).active["B3"].value
    for writer in ("xlsxwriter", "openpyxl")
}
for writer, value in seen.items():
    print(f"1250 - 1000, written by {writer}: {value!r}")
assert seen == {"xlsxwriter": 0, "openpyxl": None}, "this has changed"
PYTHON
