#!/usr/bin/env bash
# @lhncbc/ucum-lhc 7.1.10 (npm)
#
# Behaviour: `[Btu]` is the thermochemical one, 1,054.35 J; the Btu of steam tables and gas bills is `[Btu_IT]`. kWh and MWh
#            are no codes: a kilowatt hour is `kW.h`.
# Guess:     `[Btu]` without an index is the one of the International Table, 1,055.056 J; kWh is known.
# Matters:   UCUM is the code of units of many gateways and of FHIR and SensorML. A gas meter's MMBtu in `[Btu]` are 0.067 %
#            too few joules, the same size as the rounding of a printed table, so that it is found late.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @lhncbc/ucum-lhc@7.1.10
node - <<'NODE'
const ucum = require("@lhncbc/ucum-lhc").UcumLhcUtils.getInstance();
const joules = (code) => ucum.convertUnitTo(code, 1, "J");
const seen = ["[Btu]", "[Btu_IT]", "kW.h", "kWh", "MWh"].map((code) => [code, joules(code).status, joules(code).toVal]);
for (const line of seen) console.log(...line);
const expected = [["[Btu]", "succeeded", 1054.35], ["[Btu_IT]", "succeeded", 1055.05585262], ["kW.h", "succeeded", 3600000],
  ["kWh", "failed", null], ["MWh", "failed", null]];
if (JSON.stringify(seen) !== JSON.stringify(expected)) { console.error("this has changed"); process.exit(1); }
NODE
