#!/usr/bin/env bash
# pint 0.25.3 (PyPI) and @lhncbc/ucum-lhc 7.1.10 (npm)
#
# Behaviour: pint's `bbl` (and `barrel`) is the American barrel of other liquids, 31.5 gallons or 119.24 litres, and the
#            barrel of oil is `oil_bbl`; the `[bbl_us]` of UCUM is the barrel of oil, 42 gallons or 158.99 litres.
# Guess:     `bbl` is the barrel of oil: nothing else is metered or billed by that symbol.
# Matters:   crude and fuel oil in bbl that pass through pint come out a quarter too small, in energy and in emissions, and
#            both results look like a barrel.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check pint==0.25.3
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @lhncbc/ucum-lhc@7.1.10
venv/bin/python - <<'PYTHON'
import pint

registry = pint.UnitRegistry()
seen = {name: round(registry(f"1 {name}").to("litre").magnitude, 4) for name in ("bbl", "barrel", "oil_bbl")}
print("pint, litres:", seen)
assert seen == {"bbl": 119.2405, "barrel": 119.2405, "oil_bbl": 158.9873}, "this has changed"
PYTHON
node - <<'NODE'
const ucum = require("@lhncbc/ucum-lhc").UcumLhcUtils.getInstance();
const litres = ucum.convertUnitTo("[bbl_us]", 1, "L").toVal.toFixed(4);
console.log("UCUM, litres in [bbl_us]:", litres);
if (litres !== "158.9873") { console.error("this has changed"); process.exit(1); }
NODE
