#!/usr/bin/env bash
# timezonefinder 9.0.0 with timezonefinder-data 3.2026.3.post1 (PyPI)
#
# Behaviour: for places in Xinjiang it answers Asia/Urumqi, six hours ahead of UTC all year; elsewhere in China Asia/Shanghai, eight.
# Guess:     Asia/Shanghai for every place in China, whose one legal time is Beijing's, by which bills and statistics are made.
# Matters:   a plant there whose time zone is looked up by its coordinates begins its days, months and reporting years two
#            hours after those of the company it belongs to and of its grid's bills: two hours of load are in another year at each end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check timezonefinder==9.0.0 timezonefinder-data==3.2026.3.post1 \
    tzdata==2026.3
"$folder/venv/bin/python" - <<'PYTHON'
from datetime import datetime
from zoneinfo import ZoneInfo

from timezonefinder import TimezoneFinder

finder = TimezoneFinder()
places = {"Urumqi": (43.825, 87.617), "Kashgar": (39.47, 75.99), "Lanzhou": (36.06, 103.83), "Harbin": (45.80, 126.53)}
found = {name: finder.timezone_at(lat=lat, lng=lng) for name, (lat, lng) in places.items()}
offsets = {name: datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)).strftime("%z") for name, zone in found.items()}
print(found, offsets)
assert found == {"Urumqi": "Asia/Urumqi", "Kashgar": "Asia/Urumqi", "Lanzhou": "Asia/Shanghai", "Harbin": "Asia/Shanghai"}
assert offsets["Urumqi"] == "+0600" and offsets["Lanzhou"] == "+0800"
PYTHON
