#!/usr/bin/env bash
# cosmic-ray 8.7.0 (PyPI), a mutation tester
#
# Behaviour: the lone `*` of a signature, behind which arguments are by name, is taken for a multiplication. Ten of its
#            eleven mutants are syntax errors, which count as killed; the eleventh, `/`, is another valid signature.
# Guess:     operators are looked for in expressions; a mutant that does not parse is reported as such, or is not made.
# Matters:   code of units and factors that takes its arguments by name, as it should, has a share of killed mutants that no
#            test killed: here 21 of 22, of which 10 say nothing about the one multiplication.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check cosmic-ray==8.7.0
cat >meter.py <<'PYTHON'
def scaled(value, *, multiplier):
    """Return a reading in the unit of its meter."""
    return value * multiplier
PYTHON
cat >test_meter.py <<'PYTHON'
from meter import scaled

assert scaled(3, multiplier=7) == 21
PYTHON
cat >session.toml <<TOML
[cosmic-ray]
module-path = "meter.py"
timeout = 30.0
excluded-modules = []
test-command = "$folder/venv/bin/python test_meter.py"
[cosmic-ray.distributor]
name = "local"
TOML
venv/bin/cosmic-ray init session.toml session.sqlite >/dev/null
venv/bin/cosmic-ray exec session.toml session.sqlite >/dev/null
venv/bin/cosmic-ray dump session.sqlite >mutants.jsonl
venv/bin/python - <<'PYTHON'
import json
from collections import Counter
from pathlib import Path

seen = Counter()
for line in Path("mutants.jsonl").read_text().splitlines():
    work, result = json.loads(line)
    mutation = work["mutations"][0]
    if "BinaryOperator_Mul" in mutation["operator_name"]:
        seen["signature" if mutation["start_pos"][0] == 1 else "expression", result["test_outcome"]] += 1
for (where, outcome), number in sorted(seen.items()):
    print(f"{where}: {number} {outcome}")
assert seen == {("signature", "killed"): 10, ("signature", "survived"): 1, ("expression", "killed"): 11}, "this has changed"
PYTHON
