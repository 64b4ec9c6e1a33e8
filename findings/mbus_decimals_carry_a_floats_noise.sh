#!/usr/bin/env bash
# pyMeterBus 0.8.5 (PyPI)
#
# Behaviour: a volume of 12,345 litres is Decimal("12.3450000000000006394884621840901672840118408203125") cubic metres, and its
#            JSON has all fifty digits: the integer of the telegram is multiplied by a float before the Decimal is made.
# Guess:     Decimal("12.345"): the telegram has an integer and a power of ten, and the answer is a Decimal.
# Matters:   a service that keeps exact digits is sent digits that no meter counted, and refuses or keeps them; with a meter
#            of BCD digits, made to avoid this, it is the same. Round to the decimals of the telegram's unit before posting.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pyMeterBus==0.8.5
"$folder/venv/bin/python" - <<'PYTHON'
import meterbus


def telegram(*records):
    """A long frame of a water meter with these data records."""
    body = [0x08, 0x01, 0x72, 0x78, 0x56, 0x34, 0x12, 0x24, 0x40, 0x01, 0x07, 0x55, 0x00, 0x00, 0x00, *sum(records, [])]
    return bytes([0x68, len(body), len(body), 0x68, *body, sum(body) % 256, 0x16])


binary, digits = [0x04, 0x13, 0x39, 0x30, 0x00, 0x00], [0x0C, 0x13, 0x45, 0x23, 0x01, 0x00]  # 12,345 litres, twice
seen = [record.value for record in meterbus.load(telegram(binary, digits)).records]
for name, value in zip(("integer", "BCD"), seen):
    print(f"{name:8} {value!r}")
assert [str(value) for value in seen] == ["12.3450000000000006394884621840901672840118408203125"] * 2, "this has changed"
PYTHON
