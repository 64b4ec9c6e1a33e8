#!/usr/bin/env bash
# fiscalyear 0.4.0 (PyPI)
#
# Behaviour: fiscal year 2024 begins on 1 October 2023; with start_month=4 it begins on 1 April 2023.
# Guess:     without any setting the calendar year; with start_month=4 the year from 1 April 2024, as Japan, India's FY2024-25
#            and the UK's 2024/25 are usually filed under the year they begin in.
# Matters:   a company whose FY2024 began in April 2024 gets the table of the year before, complete and plausible; the name
#            has to be set apart from the month (`start_year="same"`).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check fiscalyear==0.4.0
"$folder/venv/bin/python" - <<'PYTHON'
import fiscalyear

seen = [fiscalyear.FiscalYear(2024).start.date()]
fiscalyear.setup_fiscal_calendar(start_month=4)
seen.append(fiscalyear.FiscalYear(2024).start.date())
fiscalyear.setup_fiscal_calendar(start_year="same", start_month=4)
seen.append(fiscalyear.FiscalYear(2024).start.date())
print("fiscal year 2024 begins: unset", seen[0], "| month 4", seen[1], "| month 4, start_year='same'", seen[2])
assert [str(day) for day in seen] == ["2023-10-01", "2023-04-01", "2024-04-01"], "this has changed"
PYTHON
