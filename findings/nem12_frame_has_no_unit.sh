#!/usr/bin/env bash
# nemreader 0.9.2 (PyPI), NEM12 interval data of the Australian market
#
# Behaviour: the data frame has neither a unit nor a zone: registers of kWh, MWh and kvarh of one connection stand in one
#            column of values as they were written, and times are naive, though the file's are of the market, UTC+10.
# Guess:     values in one unit, or a column that names it; times with +10:00.
# Matters:   the sum of a frame adds megawatt hours to kilowatt hours and reactive to active energy. Times taken for those of
#            Sydney are an hour off all summer, and New Year's first hour falls into the year before.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check nemreader==0.9.2
venv/bin/python - <<'PYTHON'
from pathlib import Path

from nemreader import NEMFile

UNITS = {"E1": "KWH", "E2": "MWH", "Q1": "KVARH"}
lines = ["100,NEM12,202601020000,MDP1,RETAILER1"]
for suffix, unit in UNITS.items():
    lines.append(f"200,NMI0000001,{''.join(UNITS)},{suffix},{suffix},N1,METER1,{unit},30,")
    lines.append(",".join(["300", "20260101", *["1.5"] * 48, "A", "", "", "20260102003000", ""]))
Path("january.csv").write_text("\n".join([*lines, "900", ""]))

frame = NEMFile("january.csv").get_data_frame()
sums = frame.groupby("suffix")["value"].sum().to_dict()
print("columns:", *frame.columns)
print("sums:", sums, "first:", frame["t_start"].iloc[0], "zone:", frame["t_start"].iloc[0].tzinfo)
assert sums == {"E1": 72.0, "E2": 72.0, "Q1": 72.0}, "this has changed"
assert not any("uom" in name or "unit" in name for name in frame.columns), "this has changed"
assert frame["t_start"].iloc[0].tzinfo is None, "this has changed"
PYTHON
