#!/usr/bin/env bash
# pcodec 1.1.0 (PyPI), a lossless codec for columns of numbers
#
# Behaviour: of a chunk of 300 meter readings, most single-bit changes decode without an error, to other numbers.
# Guess:     an error, as of Zstandard frames, Parquet pages and Avro blocks with their checksums.
# Matters:   whoever stores readings by it needs a checksum of their own; a flipped bit on a disk is a plausible year.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pcodec==1.1.0 numpy==2.3.5
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from pcodec import ChunkConfig, standalone

readings = (np.arange(300, dtype=np.int64) * 7919 * np.arange(300) % 16_381) * 1_000
content = standalone.simple_compress(readings, ChunkConfig())
start = len(content) - len(content) // 2
seen = {"decoded to other numbers": 0, "decoded to the same": 0, "told": 0}
for place in range(start, len(content) - 1):
    for bit in range(8):
        changed = bytearray(content)
        changed[place] ^= 1 << bit
        try:
            found = standalone.simple_decompress(bytes(changed))
        except Exception:
            seen["told"] += 1
        else:
            same = found is not None and len(found) == 300 and bool((found == readings).all())
            seen["decoded to the same" if same else "decoded to other numbers"] += 1
print(len(content), "bytes, single-bit changes of the second half:", seen)
assert seen["decoded to other numbers"] > 10 * max(seen["told"], 1), "this has changed"
PYTHON
