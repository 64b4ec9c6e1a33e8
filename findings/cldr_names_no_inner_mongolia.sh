#!/usr/bin/env bash
# cldr-core and cldr-subdivisions-full 48.2.0 (npm)
#
# Behaviour: the statistical code 15 of Inner Mongolia is aliased to `cnmn`, which no other file knows; the list of China's
#            provinces has `cnnm`, the code of ISO 3166-2; English has a name for neither.
# Guess:     alias, list and names agree, as they do for every other province of the mainland.
# Matters:   who reads Chinese plants' provinces by the statistical codes and names them by CLDR finds every province but the
#            one that burns the most coal for power.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cldr-core@48.2.0 cldr-subdivisions-full@48.2.0
node - <<'NODE'
const aliases = require("cldr-core/supplemental/aliases.json").supplemental.metadata.alias.subdivisionAlias;
const listed = require("cldr-core/supplemental/subdivisionContainment.json").supplemental.subdivisionContainment.CN._contains;
const names = require("cldr-subdivisions-full/subdivisions/en/en.json").subdivisions.localeDisplayNames.subdivisions;
const led = Object.entries(aliases).map(([code, to]) => [code, to._replacement])
  .filter(([code, to]) => /^cn\d\d$/.test(code) && to.startsWith("cn")); // the mainland: the others lead to HK, MO and TW
const seen = {
  provinces: led.length,
  "led to a code that is not listed": led.filter(([, to]) => !listed.includes(to)).join(" "),
  "led to a code without a name": led.filter(([, to]) => !names[to]).join(" "),
  "listed, named": listed.includes("cnnm") + " " + ("cnnm" in names),
};
console.log(seen);
const expected = [31, "cn15,cnmn", "cn15,cnmn", "true false"];
if (Object.values(seen).join() !== expected.join()) { console.error("this has changed"); process.exit(1); }
NODE
