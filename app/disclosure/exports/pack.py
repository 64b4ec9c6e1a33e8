"""The assurance pack: one ZIP with everything an auditor follows a publication by, and how to."""

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from app.disclosure.exports.csv_tables import csv_of, figures_csv
from app.disclosure.exports.pdf import pdf_of
from app.disclosure.exports.published import Published
from app.disclosure.exports.readme import readme_of
from app.disclosure.exports.tables import factors_table, findings_table, instruments_table, lineage_table
from app.disclosure.exports.workbook import workbook_of
from app.store.audit.chain import canonical

JSON_NAME = "publication.json"
_TIMELESS = (1980, 1, 1, 0, 0, 0)
"""The earliest moment a ZIP can name: the files' dates say nothing."""
_UNIX, _READABLE = 3, 0o100644 << 16
_LEVEL = 9


def pack_of(of: Published, audit: Sequence[Mapping[str, Any]] = ()) -> bytes:
    """Return the ZIP; its files lie in a folder that is named after the publication.

    `audit` are the entries of the audit log that are to go with it, by their columns and in their order.
    """
    files = {
        "README.txt": readme_of(of, audit=bool(audit)).encode(),
        JSON_NAME: of.text.encode(),
        f"{JSON_NAME}.sha256": _sum_line(of.digest, JSON_NAME).encode(),
        "figures.csv": figures_csv(of),
        "lineage.csv": csv_of(lineage_table(of)),
        "factors.csv": csv_of(factors_table(of)),
        "checks.csv": csv_of(findings_table(of)),
        "report.pdf": pdf_of(of),
        "workbook.xlsx": workbook_of(of),
    }
    if (instruments := instruments_table(of)).rows:
        files["instruments.csv"] = csv_of(instruments)
    if audit:
        files["audit.ndjson"] = "".join(f"{canonical(entry)}\n" for entry in audit).encode()
    sums = "".join(_sum_line(hashlib.sha256(content).hexdigest(), name) for name, content in sorted(files.items()))
    return _zipped(of.name, [*files.items(), ("SHA256SUMS", sums.encode())])


def _sum_line(digest: str, name: str) -> str:
    """Return a line that `sha256sum --check` reads."""
    return f"{digest}  {name}\n"


def _zipped(folder: str, files: Iterable[tuple[str, bytes]]) -> bytes:
    target = io.BytesIO()
    with ZipFile(target, "w") as archive:
        for name, content in files:
            entry = ZipInfo(f"{folder}/{name}", _TIMELESS)
            entry.create_system, entry.external_attr = _UNIX, _READABLE
            archive.writestr(entry, content, ZIP_DEFLATED, _LEVEL)
    return target.getvalue()
