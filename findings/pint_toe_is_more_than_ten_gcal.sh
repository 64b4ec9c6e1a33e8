#!/usr/bin/env bash
# pint 0.25.3 (PyPI)
#
# Behaviour: a tonne of oil equivalent is 41.868 GJ, made of calories of the International Table, while `cal` and so `Gcal`
#            are thermochemical: one toe is 10.0067 Gcal.
# Guess:     one toe is 10 Gcal, which is how the International Energy Agency defines it.
# Matters:   district heat is billed in Gcal and energy statistics are in toe. What is converted from one to the other and
#            what is converted through GJ differ by 0.067 %: 1,000 toe of heat are 6.7 Gcal apart.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pint==0.25.3
"$folder/venv/bin/python" - <<'PYTHON'
import pint

registry = pint.UnitRegistry()
seen = {
    "toe in GJ": round(registry("1 toe").to("GJ").magnitude, 6),
    "Gcal in GJ": round(registry("1 Gcal").to("GJ").magnitude, 6),
    "toe in Gcal": round(registry("1 toe").to("Gcal").magnitude, 4),
}
print(seen)
assert seen == {"toe in GJ": 41.868, "Gcal in GJ": 4.184, "toe in Gcal": 10.0067}, "this has changed"
PYTHON
