#!/usr/bin/env bash
# pyarrow 26.0.1 (PyPI), Parquet files and Arrow streams
#
# Behaviour: a ParquetWriter in a `with` writes the footer also when the block fails half-way, so that ten days of a month are
#            a whole file of ten days. An Arrow stream that breaks off between two batches, without its end marker, reads
#            without an error too; one that breaks off inside a batch does not.
# Guess:     no footer, and so no readable file, after an exception; an error where the marker of the end is missing.
# Matters:   an export that lost its database, or a connection that closed after a flush, which is where connections do close,
#            leaves a smaller month that every reader takes. Count the rows, or write under another name until all is there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pyarrow==26.0.1
"$folder/venv/bin/python" - <<'PYTHON'
import io

import pyarrow as pa
import pyarrow.parquet as pq

day = pa.table({"kwh": list(range(24))})
seen = {}

file = io.BytesIO()
try:
    with pq.ParquetWriter(file, day.schema) as writer:
        for number in range(1, 32):
            if number > 10:
                raise ConnectionError("the database is gone")
            writer.write_table(day)
except ConnectionError:
    seen["Parquet, failed after ten days"] = pq.read_table(io.BytesIO(file.getvalue())).num_rows

stream, ends = io.BytesIO(), []
with pa.ipc.new_stream(stream, day.schema) as writer:
    for _ in range(31):
        writer.write_table(day)
        ends.append(stream.tell())
whole = stream.getvalue()
seen["stream, whole"] = pa.ipc.open_stream(whole).read_all().num_rows
seen["stream, cut behind ten days"] = pa.ipc.open_stream(whole[: ends[9]]).read_all().num_rows
try:
    seen["stream, cut one octet before"] = pa.ipc.open_stream(whole[: ends[9] - 1]).read_all().num_rows
except OSError:
    seen["stream, cut one octet before"] = "an error"
for what, rows in seen.items():
    print(f"{what}: {rows}")
assert list(seen.values()) == [240, 744, 240, "an error"], "this has changed"
PYTHON
