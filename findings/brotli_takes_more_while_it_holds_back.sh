#!/usr/bin/env bash
# brotli 1.2.1 (PyPI)
#
# Behaviour: Decompressor.process(data, output_buffer_limit=n) returns about n bytes of what data stands for. While more of
#            them are held back, can_accept_more_data() is True all the same: it is False only while coded bytes wait.
# Guess:     True means that everything came out, as `needs_input` of lzma's, bz2's and zstd's decompressors does.
# Matters:   300 bytes stand for 200 MB. A reader of bounded pieces that asks for the rest only when no more data is accepted
#            takes a whole body of meter values for one that was cut, or loses all but its beginning. Ask until nothing comes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check brotli==1.2.1
venv/bin/python - <<'PYTHON'
import brotli

PLAIN = 20_000_000
packed = brotli.compress(bytes(PLAIN), quality=5)
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
