#!/usr/bin/env bash
# js-quantities 1.8.0 (npm) and pint 0.25.3 (PyPI)
#
# Behaviour: js-quantities has a therm of 105.4804 MJ beside a BTU of 1,055.056 J, so that its therm is 99,976 of its BTU;
#            pint has a therm of 105.5056 MJ and a `US_therm` of 105.4804 MJ.
# Guess:     a therm is 100,000 BTU in any one library, and all libraries agree on it.
# Matters:   gas is billed in therms. The therm of United States law rests on the BTU at 59 degrees F, that of the European
#            Union on the BTU of the International Table: 0.024 % apart, enough to move the last digits of a printed table.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check pint==0.25.3
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund js-quantities@1.8.0
node - <<'NODE'
const Qty = require("js-quantities");
const therm = Qty("1 therm").to("MJ").scalar, btu = Qty("1 BTU").to("J").scalar;
console.log("js-quantities: therm", therm, "MJ; BTU", btu, "J; BTU in a therm", (therm * 1e6) / btu);
if (therm !== 105.4804 || btu !== 1055.056) { console.error("this has changed"); process.exit(1); }
NODE
venv/bin/python - <<'PYTHON'
import pint

registry = pint.UnitRegistry()
seen = [round(registry(f"1 {name}").to("MJ").magnitude, 4) for name in ("therm", "US_therm")]
print("pint: therm", seen[0], "MJ; US_therm", seen[1], "MJ")
assert seen == [105.5056, 105.4804], "this has changed"
PYTHON
