#!/usr/bin/env bash
# dlms-cosem 21.3.2 and gurux-dlms 1.0.203 (PyPI)
#
# Behaviour: dlms-cosem makes of a clock that states a deviation of 0 minutes a datetime without a zone, the same as of one
#            that states none; the same meter in summer (-60) has one. gurux-dlms has UTC in winter.
# Guess:     both say UTC for a deviation of 0; only 0x8000, not specified, has no zone.
# Matters:   a British, Irish or Portuguese meter, and each one that is set to UTC, sends half a year that is naive: taken for
#            the local time of the server, it moves by hours, and around the change of clocks the two kinds do not compare.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check dlms-cosem==21.3.2 gurux-dlms==1.0.203
"$folder/venv/bin/python" - <<'PYTHON'
import struct

from dlms_cosem.time import datetime_from_bytes
from gurux_dlms import GXDLMSClient
from gurux_dlms.enums import DataType


def octets(month, deviation, status):
    """Noon of the 15th in 2026 as the twelve octets of a COSEM date-time."""
    return struct.pack(">HBBBBBBBhB", 2026, month, 15, 255, 12, 0, 0, 0, deviation, status)


def by_both(stated):
    other = GXDLMSClient().changeType(bytearray(stated), DataType.DATETIME)
    return [str(datetime_from_bytes(stated)[0]), str(other.value)]


seen = {"winter": by_both(octets(1, 0, 0)), "summer": by_both(octets(7, -60, 0x80))}
for season, texts in seen.items():
    print(season, "dlms-cosem", texts[0], "| gurux-dlms", texts[1])
assert seen == {
    "winter": ["2026-01-15 12:00:00", "2026-01-15 12:00:00+00:00"],
    "summer": ["2026-07-15 12:00:00+01:00", "2026-07-15 12:00:00+01:00"],
}, "this has changed"
PYTHON
