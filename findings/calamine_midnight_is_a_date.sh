#!/usr/bin/env bash
# python-calamine 0.9.1 and openpyxl 3.1.5 (PyPI)
#
# Behaviour: of a column formatted `yyyy-mm-dd hh:mm` calamine returns a datetime for each cell but the ones at midnight,
#            which are a date. The 24:00 that ends a day in a column of `hh:mm` is the date 1 January 1900 there, and in openpyxl
#            the datetime of it; the cells above are times.
# Guess:     one type a format: datetimes, and a time or a timedelta of 24 hours.
# Matters:   hourly and daily loads are such columns. A date does not compare with a datetime, and its text has no time: the
#            first hour of each day fails or is taken for a daily value; 24:00 lands 126 years back.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check python-calamine==0.9.1 openpyxl==3.1.5
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import python_calamine

path = Path(sys.argv[1]) / "load.xlsx"
book = openpyxl.Workbook()
sheet = book.active
for stamp, hour in ((46022 + 23 / 24, 23 / 24), (46023, 1), (46023 + 1 / 24, 1 / 24)):
    sheet.append([stamp, hour])
    sheet.cell(sheet.max_row, 1).number_format = "yyyy-mm-dd hh:mm"
    sheet.cell(sheet.max_row, 2).number_format = "hh:mm"
book.save(path)
seen = {
    "calamine": [tuple(row) for row in python_calamine.load_workbook(path).get_sheet_by_index(0).to_python()],
    "openpyxl": list(openpyxl.load_workbook(path).active.iter_rows(values_only=True)),
}
for library, rows in seen.items():
    print(library, *rows, sep="\n  ")
before, after = (datetime(2025, 12, 31, 23), time(23)), (datetime(2026, 1, 1, 1), time(1))
assert seen == {
    "calamine": [before, (date(2026, 1, 1), date(1900, 1, 1)), after],
    "openpyxl": [before, (datetime(2026, 1, 1), datetime(1900, 1, 1)), after],
}, "this has changed"
assert [type(row[0]) for row in seen["calamine"]] == [datetime, date, datetime], "this has changed"
PYTHON
