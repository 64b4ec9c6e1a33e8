#!/usr/bin/env bash
# eemeter 4.1.1 (PyPI), OpenEEmeter
#
# Behaviour: `as_freq` spreads twelve monthly bills over the days of eleven: the last row only says where the one before it
#            ends, and its own use is dropped. 3,660 kWh become 3,350.
# Guess:     twelve rows are twelve months, and the days' sum is the months'.
# Matters:   a year of monthly figures lacks its December, and no call fails: whoever hands bills over has to add a
#            thirteenth row without a value. A reading is of the period it names, whatever comes after it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check eemeter==4.1.1 pytz==2026.2
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import pandas
from eemeter.eemeter.common.transform import as_freq

months = pandas.date_range("2024-01-01", periods=13, freq="MS", tz="UTC")
bills = pandas.Series([10.0 * month.days_in_month for month in months[:-1]] + [None], index=months)
seen = {}
for name, given in (("twelve rows", bills.iloc[:-1]), ("and an empty thirteenth", bills)):
    days = as_freq(given, "D")
    seen[name] = (given.sum(), days.sum())
    print(f"{name}: bills of {given.sum():,.0f} kWh, days of {days.sum():,.0f}, the last with use {days.last_valid_index():%d %B}")
assert seen == {"twelve rows": (3660, 3350), "and an empty thirteenth": (3660, 3660)}, "this has changed"
PYTHON
