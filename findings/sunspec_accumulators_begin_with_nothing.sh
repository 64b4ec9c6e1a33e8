#!/usr/bin/env bash
# pysunspec2 1.3.7 (PyPI), SunSpec Modbus models
#
# Behaviour: an energy counter (acc32) that stands at 0 reads as None, as one that the device does not have; power and
#            current at 0 read as 0.
# Guess:     0: the specification has 0 stand for a counter that is not there, and a library that knows the point is of a
#            meter with a scale factor would still give the number.
# Matters:   a new meter's first reading is missing, and what it counts until the next one has no beginning: a register is
#            to be read from its first value above 0, and the first interval is lost unless somebody states the 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pysunspec2==1.3.7
"$folder/venv/bin/python" - <<'PYTHON'
import sunspec2.device

POINTS = 105
HEADER = (203).to_bytes(2, "big") + POINTS.to_bytes(2, "big")


def read(imported_wh):
    """A three-phase meter (model 203) all of whose registers are 0 but that of imported energy."""
    registers = bytearray(HEADER + bytes(2 * POINTS))
    names = list(sunspec2.device.Model(203, data=bytes(registers)).points)
    points = sunspec2.device.Model(203, data=bytes(registers)).points
    start = 2 * sum(points[name].len for name in names[: names.index("TotWhImp")])
    registers[start : start + 4] = imported_wh.to_bytes(4, "big")
    meter = sunspec2.device.Model(203, data=bytes(registers))
    return {name: meter.points[name].cvalue for name in ("W", "A", "TotWhImp")}


seen = {wh: read(wh) for wh in (0, 1)}
for wh, points in seen.items():
    print(f"counter at {wh} Wh:", points)
assert seen[0] == {"W": 0, "A": 0, "TotWhImp": None} and seen[1]["TotWhImp"] == 1, "this has changed"
PYTHON
