#!/usr/bin/env bash
# duckdb 2.0.1 (PyPI)
#
# Behaviour: with TimeZone set to Europe/Berlin, date_trunc('day', instant) of a TIMESTAMPTZ begins at local midnight, and
#            time_bucket('1 day', instant) at midnight UTC, 01:00; so do its months and years. Named as a third argument, the zone
#            is followed.
# Guess:     both follow the session's zone, in which both results are shown.
# Matters:   half past midnight on New Year's Day is in the year before. A query that moved from date_trunc to time_bucket,
#            to have quarter hours too, moves an hour of load a day, and the sums of the year differ by one hour.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check duckdb==2.0.1
"$folder/venv/bin/python" - <<'PYTHON'
import duckdb

database = duckdb.connect()
database.execute("set TimeZone = 'Europe/Berlin'")
seen = {}
for bucket in ("day", "month", "year"):
    seen[bucket] = database.execute(
        f"""select date_trunc('{bucket}', instant)::text, time_bucket(interval '1 {bucket}', instant)::text,
        time_bucket(interval '1 {bucket}', instant, 'Europe/Berlin')::text from (select timestamptz '2026-01-01 00:30:00+01' as instant)"""
    ).fetchone()
    print(f"{bucket}: date_trunc {seen[bucket][0]}, time_bucket {seen[bucket][1]}, with the zone {seen[bucket][2]}")
local = "2026-01-01 00:00:00+01"
assert seen == {
    "day": (local, "2025-12-31 01:00:00+01", local),
    "month": (local, "2025-12-01 01:00:00+01", local),
    "year": (local, "2025-01-01 01:00:00+01", local),
}, "this has changed"
PYTHON
