#!/usr/bin/env bash
# msconsconverter 2.0.0 (PyPI), MSCONS of the German and Austrian markets
#
# Behaviour: three hours in one message become ten rows: from the first end of an interval on, each segment appends the last
#            quantity again, with the bounds as far as they have been read. A quantity with another qualifier than 220, such
#            as a substituted one (67), is 0.0. The same message with one segment a line is read as no row at all.
# Guess:     three rows, the substituted one with its value and a mark; line ends behind the terminator do not matter.
# Matters:   4.5 kWh are 11.75 kWh in the CSV, with zeros where the network operator filled a gap, and every row looks like a
#            reading.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check msconsconverter==2.0.0
venv/bin/python - <<'PYTHON'
import csv
import logging
from pathlib import Path

from msconsconverter.functions import convert_single

logging.disable(logging.CRITICAL)
POINT = "AT0010000000000000001000000000001"
segments = ["UNB+UNOC:3+9900000000001:500+9900000000002:500+260102:0800+1", "UNH+1+MSCONS:D:04B:UN:2.4c", "BGM+7+1+9"]
segments += ["DTM+137:202601020800?+00:303", "NAD+MS+9900000000001::293", "NAD+MR+9900000000002::293", "UNS+D", "NAD+DP"]
segments += [f"LOC+172+{POINT}", "LIN+1", "PIA+5+1-1?:1.9.0:Z08"]
for hour, (qualifier, value) in enumerate((("220", "1.25"), ("67", "1.5"), ("220", "1.75"))):
    segments += [f"QTY+{qualifier}:{value}"]
    segments += [f"DTM+{bound}:20260101{at:02}00?+00:303" for bound, at in (("163", hour), ("164", hour + 1))]
segments += [f"UNT+{len(segments) + 1}+1", "UNZ+1+1"]
seen = {}
for name, end in (("running", "'"), ("lines", "'\n")):
    Path(f"{name}.txt").write_text("UNA:+.? '" + end[1:] + end.join(segments) + end)
    try:
        convert_single(f"{name}.txt", name, logging.getLogger())
    except KeyError as error:
        seen[name] = f"KeyError {error}"
    else:
        with next(Path(name).iterdir()).open(newline="") as file:
            seen[name] = [(row["DATE_PERIOD_START"], float(row["VALUE"])) for row in csv.DictReader(file)]
print("lines:", seen["lines"])
print("running:", *seen["running"], sep="\n  ")
assert [value for _, value in seen["running"]] == [1.25, 0, 0, 0, 1.75, 1.75, 1.75, 1.75, 1.75, 1.75], "this has changed"
assert seen["lines"] == "KeyError 'loc_mscons'", "this has changed"
PYTHON
