#!/usr/bin/env bash
# xlsx2csv 0.8.6 (PyPI)
#
# Behaviour: instants of a workbook are cut to whole seconds after they were made of days as a double, so that a third of all
#            quarter hours come out a second early: 00:15 as 00:14:59, and 01:00 as 00:59 where the cell shows minutes.
# Guess:     every quarter hour keeps its minute, since Excel shows it so, and openpyxl rounds it so.
# Matters:   a load profile that passes through it on its way has a third of its readings off their grid, and what lay at a full
#            hour in the hour before. A series of readings on a grid of a quarter hour counts as full of gaps.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check xlsx2csv==0.8.6 xlsxwriter==3.3.1 openpyxl==3.1.5
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import csv
import io
from datetime import datetime, timedelta

import openpyxl
import xlsxwriter
from xlsx2csv import Xlsx2csv

stamps = [datetime(2026, 1, 1) + timedelta(minutes=15 * at) for at in range(96 * 31)]
workbook = xlsxwriter.Workbook("profile.xlsx")
sheet = workbook.add_worksheet()
shown = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
for row, stamp in enumerate(stamps):
    sheet.write_datetime(row, 0, stamp, shown)
workbook.close()

text = io.StringIO()
Xlsx2csv("profile.xlsx").convert(text)
written = [row[0] for row in csv.reader(io.StringIO(text.getvalue()))]
early = [(f"{stamp:%Y-%m-%d %H:%M}", other) for stamp, other in zip(stamps, written) if f"{stamp:%Y-%m-%d %H:%M}" != other]
rounded = [row[0].value for row in openpyxl.load_workbook("profile.xlsx").active.iter_rows()]
print(f"{len(early)} of {len(stamps)} quarter hours of a January are another minute: {early[:3]}")
assert rounded == stamps
assert len(early) == len(stamps) // 3
assert early[:2] == [("2026-01-01 00:15", "2026-01-01 00:14"), ("2026-01-01 01:00", "2026-01-01 00:59")]
PYTHON
