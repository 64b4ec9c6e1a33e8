#!/usr/bin/env bash
# haystack-units 2.0.8 (npm), the units of Project Haystack
#
# Behaviour: the cubic metre and the cubic foot of natural gas are units of energy, 37.31 MJ and 1.0865 MJ, so that one cubic
#            metre is 34.34 cubic feet, and it cannot be converted to cubic metres.
# Guess:     volumes at standard conditions, 35.31 cubic feet in a cubic metre; energy needs a stated calorific value.
# Matters:   a meter that is tagged with one of them has a calorific value that nobody chose, and another one, 2.8 % larger,
#            when the same gas is tagged by the foot.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund haystack-units@2.0.8
node - <<'NODE'
const units = require("haystack-units");
const { cubicMetersNaturalGas: metre, cubicFeetNaturalGas: foot, kilowattHour, cubicMeter, cubicFoot } = units;
let asVolume;
try { asVolume = metre.convertTo(1, cubicMeter); } catch (refusal) { asVolume = refusal.message; }
const seen = {
  "kWh in m³_gas": metre.convertTo(1, kilowattHour).toFixed(4),
  "kWh in 35.3147 ft³_gas": foot.convertTo(35.3147, kilowattHour).toFixed(4),
  "ft³_gas in m³_gas": metre.convertTo(1, foot).toFixed(2),
  "ft³ in m³": cubicMeter.convertTo(1, cubicFoot).toFixed(2),
  "m³_gas as m³": asVolume,
};
console.log(seen);
const expected = ["10.3648", "10.6582", "34.34", "35.31", "Inconvertible units: m³_gas and m³"];
if (JSON.stringify(Object.values(seen)) !== JSON.stringify(expected)) { console.error("this has changed"); process.exit(1); }
NODE
