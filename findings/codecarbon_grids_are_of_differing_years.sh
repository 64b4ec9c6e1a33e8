#!/usr/bin/env bash
# codecarbon 3.3.2 (PyPI)
#
# Behaviour: the table of the countries' grid intensities has a year for each country: 2023 for 78 of them, 2022 for 130,
#            2009 for one. What the tracker writes out names no year.
# Guess:     one edition of one source, all of the same year, the folder beside it being called 2023.
# Matters:   emissions of plants in two countries are added up from factors of differing years, and a report that has to state
#            the source and year of each factor cannot take them from the output.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check codecarbon==3.3.2
"$folder/venv/bin/python" - <<'PYTHON'
import dataclasses
import json
from collections import Counter
from pathlib import Path

import codecarbon
from codecarbon.output import EmissionsData

table = Path(codecarbon.__file__).parent / "data" / "private_infra" / "global_energy_mix.json"
countries = json.loads(table.read_text())
years = Counter(country["year"] for country in countries.values())
named = [field.name for field in dataclasses.fields(EmissionsData) if "year" in field.name]
print("countries a year:", dict(sorted(years.items())))
for code in ("CHN", "HKG", "DEU"):
    print(code, countries[code]["year"], countries[code]["carbon_intensity"], "g per kWh")
print("fields of the output that name a year:", named)
assert (years[2022], years[2023], min(years), named) == (130, 78, 2009, []), "this has changed"
PYTHON
