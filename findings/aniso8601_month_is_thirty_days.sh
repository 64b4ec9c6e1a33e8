#!/usr/bin/env bash
# aniso8601 10.0.1 (PyPI)
#
# Behaviour: the duration P1M is 30 days and P1Y 365, also where a start is known: the interval 2026-01-01/P1M ends on 31 January, and
#            R12/2026-01-01T00:00:00Z/P1M begins its twelfth month on 27 November.
# Guess:     with a start, a month is the calendar's, so that the twelve begin on the first of each; isodate does so.
# Matters:   meters that are read by the month say P1M. A year that is cut by such an interval ends five days early, and a
#            month's bill lies in two months.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check aniso8601==10.0.1 isodate==0.7.2
"$folder/venv/bin/python" - <<'PYTHON'
from datetime import date

import aniso8601
import isodate

start, end = aniso8601.parse_interval("2026-01-01/P1M")
months = list(aniso8601.parse_repeating_interval("R12/2026-01-01T00:00:00Z/P1M"))
other = date(2026, 1, 1) + isodate.parse_duration("P1M")
print(f"{start} and P1M: {end}; the twelfth month begins {months[11].date()}; isodate: {other}")
assert (start, end) == (date(2026, 1, 1), date(2026, 1, 31))
assert months[11].date() == date(2026, 11, 27)
assert other == date(2026, 2, 1)
PYTHON
