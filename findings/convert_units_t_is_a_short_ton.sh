#!/usr/bin/env bash
# convert-units 2.3.4 (npm)
#
# Behaviour: the unit `t` is the short ton of 2,000 lb, 907.184 kg; a tonne is called `mt`.
# Guess:     `t` is the tonne, as the symbol is in the SI, in waste manifests and in every ESG table: 1,000 kg.
# Matters:   a weighbridge's tonnes that pass through it come out 9.3 % too small, and no call fails.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund convert-units@2.3.4
node - <<'NODE'
const convert = require("convert-units");
const seen = { t: convert(1).from("t").to("kg"), mt: convert(1).from("mt").to("kg") };
console.log("kg in one:", seen);
console.log("described as:", convert().describe("t").plural);
if (seen.t !== 907.184 || seen.mt !== 1000) { console.error("this has changed"); process.exit(1); }
NODE
