#!/usr/bin/env bash
# haystack-units 2.0.8 (npm), the units of Project Haystack
#
# Behaviour: one imperial gallon a minute is 16.37 m³/h; one American gallon a minute is 0.227 m³/h. A thousand BTU/h are
#            292.875 W, one kBTU/h is 293.071 W.
# Guess:     0.273 m³/h, a fifth more than the American one; a thousand BTU/h are one kBTU/h.
# Matters:   water and chilled water metered in imperial gallons a minute come out sixty-fold: the factor in the table
#            is that of a gallon a second. Heat depends in its fourth digit on which of two names a point was tagged with.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund haystack-units@2.0.8
node - <<'NODE'
const units = require("haystack-units");
const seen = {
  "imperial gallon, litres": units.imperialGallon.convertTo(1, units.liter).toFixed(4),
  "imperial gallon/min, m³/h": units.imperialGallonsPerMinute.convertTo(1, units.cubicMetersPerHour).toFixed(4),
  "American gallon/min, m³/h": units.gallonsPerMinute.convertTo(1, units.cubicMetersPerHour).toFixed(4),
  "1000 BTU/h, W": units.btusPerHour.convertTo(1000, units.watt).toFixed(3),
  "1 kBTU/h, W": units.kilobtusPerHour.convertTo(1, units.watt).toFixed(3),
};
console.log(seen);
const expected = ["4.5461", "16.3659", "0.2271", "292.875", "293.071"];
if (JSON.stringify(Object.values(seen)) !== JSON.stringify(expected)) { console.error("this has changed"); process.exit(1); }
NODE
