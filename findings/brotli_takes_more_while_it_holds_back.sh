#!/usr/bin/env bash
# brotli 1.2.1 (PyPI)
#
# Behaviour: Decompressor.process(data, output_buffer_limit=n) returns about n bytes of what data stands for. While more of
#            them are held back, can_accept_more_data() is True all the same: it is False only while coded bytes wait.
# Guess:     True means that everything came out, as `needs_input` of lzma's, bz2's and zstd's decompressors does.
# Matters:   a reader of bounded pieces that asks for the rest only when no more data is accepted takes a whole body of meter
#            values for one that was cut, or loses all but its beginning. Ask until nothing comes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check brotli==1.2.1
venv/bin/python - <<'PYTHON'
import brotli

ROWS = b"".join(f"grid,2026-01-{day:02}T{hour:02}:00:00Z,{day * hour}\n".encode() for day in range(1, 32) for hour in range(24))
PLAIN = len(ROWS) * 40
packed = brotli.compress(ROWS * 40, quality=5)
decompressor = brotli.Decompressor()
size, waiting, held_back = 0, 0, 0
piece = decompressor.process(packed, output_buffer_limit=100_000)
while piece:
    size += len(piece)
    if not decompressor.is_finished():
        held_back += decompressor.can_accept_more_data()
        waiting += not decompressor.can_accept_more_data()
    piece = decompressor.process(b"", output_buffer_limit=100_000)
print(f"{len(packed)} bytes stand for {size}; not finished and no more accepted {waiting} times, accepted {held_back} times")
assert size == PLAIN
assert decompressor.is_finished()
assert held_back, "this has changed"
PYTHON
