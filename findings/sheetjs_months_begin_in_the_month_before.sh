#!/usr/bin/env bash
# xlsx 0.18.5 (npm), the SheetJS community edition
#
# Behaviour: a date cell read with `cellDates` where the zone's offset of 1899 had seconds is that many seconds early or
#            late: in Shanghai the first of February 2024 is 31 January 23:59:17, in Berlin it is right.
# Guess:     local midnight, wherever the program runs, as the cell says a day and no zone.
# Matters:   the sheet of a Chinese plant's monthly figures, read in China, has each month in the one before, and December's
#            in another reporting year; the same program on a developer's machine in Europe is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund xlsx@0.18.5
cat >read.js <<'NODE'
const XLSX = require("xlsx");
const FIRST_OF_FEBRUARY_2024 = 45323;
const sheet = { "!ref": "A1", A1: { t: "n", v: FIRST_OF_FEBRUARY_2024, z: "yyyy-mm-dd" } };
const book = XLSX.write({ SheetNames: ["meter"], Sheets: { meter: sheet } }, { type: "buffer", bookType: "xlsx" });
const day = XLSX.read(book, { cellDates: true }).Sheets.meter.A1.v;
const local = (unit) => String(unit).padStart(2, "0");
console.log(`${local(day.getMonth() + 1)}-${local(day.getDate())} ${local(day.getHours())}:${local(day.getMinutes())}:${local(day.getSeconds())}`);
NODE
seen=$(for zone in Asia/Shanghai Asia/Hong_Kong Europe/Berlin UTC; do echo "$zone $(TZ=$zone node read.js)"; done)
echo "$seen"
grep -q '^Asia/Shanghai 01-31 23:59:17$' <<<"$seen" && grep -q '^Europe/Berlin 02-01 00:00:00$' <<<"$seen" ||
    { echo "this has changed"; exit 1; }
