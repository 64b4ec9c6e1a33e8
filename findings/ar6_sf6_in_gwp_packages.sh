#!/usr/bin/env bash
# globalwarmingpotentials 0.13.2 and openscm-units 0.6.3 (PyPI)
#
# Behaviour: the GWP-100 of SF6 under AR6 is 25,200.
# Guess:     24,300, as in the final table 7.SM.7 of the report's Working Group I (2021).
# Matters:   the packages carry the value of a draft; a switchgear that lost 100 kg shows 90 t CO2e too many, and every
#            list that was made from them repeats it. AR4 and AR5 in the same packages are as printed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    globalwarmingpotentials==0.13.2 openscm-units==0.6.3
"$folder/venv/bin/python" - <<'PYTHON'
import globalwarmingpotentials
from openscm_units import unit_registry

seen = {}
for report in ("AR4", "AR5", "AR6"):
    with unit_registry.context(f"{report}GWP100"):
        converted = unit_registry("1 kg SF6").to("kg CO2").magnitude
    seen[report] = (globalwarmingpotentials.data[f"{report}GWP100"]["SF6"], round(converted, 6))
    print(report, "SF6, kg CO2e per kg: table", seen[report][0], "converted", seen[report][1])
assert seen == {"AR4": (22800, 22800), "AR5": (23500, 23500), "AR6": (25200, 25200)}, "this has changed"
PYTHON
