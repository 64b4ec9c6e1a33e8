#!/usr/bin/env bash
# kpn-senml 1.0.1 (PyPI), SenML (RFC 8428)
#
# Behaviour: of a pack the value of each record is read, with the base value added. Times, base time, units and sums are
#            dropped without a word: a record of a sum alone arrives with no value.
# Guess:     resolved records, as the RFC describes them: name, absolute time, unit, value or sum.
# Matters:   a day of quarter hours arrives as 96 values of one name without an instant, so that whoever stamps them with the
#            time of arrival has one reading; counters, which SenML sends as sums, are empty.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check kpn-senml==1.0.1
"$folder/venv/bin/python" - <<'PYTHON'
import json

from kpn_senml import SenmlPack

PACK = [
    {"bn": "urn:dev:ow:10e2073a01080063:", "bt": 1767225600, "bu": "J", "bv": 100, "n": "grid", "t": -900, "v": 20.5},
    {"n": "grid", "t": 0, "v": 21.5},
    {"n": "total", "t": 0, "s": 5000.5},
]
seen = []


def take(record, **_):
    """Keep what is known of a record that came in."""
    seen.append((record.name, record.time, record.unit, record.value, record.sum))


SenmlPack("gateway", take).from_json(json.dumps(PACK))
print("name, time, unit, value, sum:", *seen, sep="\n  ")
assert seen == [
    ("grid", None, None, 120.5, None), ("grid", None, None, 121.5, None), ("total", None, None, None, None),
], "this has changed"
PYTHON
