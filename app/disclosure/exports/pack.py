"""The assurance pack: one ZIP with everything an auditor follows a publication by, and how to."""

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from app.core.language import SOURCE, speaking
from app.disclosure.exports.csv_tables import csv_of, figures_csv
from app.disclosure.exports.evidence import READING_COLUMNS, Evidence
from app.disclosure.exports.pdf import pdf_of
from app.disclosure.exports.proofs import Proofs
from app.disclosure.exports.published import Published
from app.disclosure.exports.readme import readme_of
from app.disclosure.exports.tables import Table, factors_table, findings_table, instruments_table, lineage_table
from app.disclosure.exports.workbook import workbook_of
from app.store.audit.chain import canonical

JSON_NAME = "publication.json"
SCRIPT_NAME = "recompute.py"
_TIMELESS = (1980, 1, 1, 0, 0, 0)
"""The earliest moment a ZIP can name: the files' dates say nothing."""
_UNIX, _READABLE = 3, 0o100644 << 16
_LEVEL = 9


def pack_of(
    of: Published,
    audit: Sequence[Mapping[str, Any]] = (),
    evidence: Evidence | None = None,
    proofs: Proofs | None = None,
) -> Iterator[bytes]:
    """Return the ZIP in pieces; its files lie in a folder that is named after the publication.

    `audit` are the entries of the audit log that are to go with it, by their columns and in their order. With
    `evidence`, whose readings are written as they come, the pack has what recomputes the figures, with `proofs` the
    bills and other files that were attached to these. The report and the workbook are in the language that is spoken,
    and the rest is the same in each. All else is made before the first piece: what keeps it from being
    made is raised before an answer has begun.
    """
    with speaking(SOURCE):
        readme = readme_of(of, audit=bool(audit), evidence=evidence is not None, proofs=proofs is not None)
    made = {
        "README.txt": readme.encode(),
        "figures.csv": figures_csv(of),
        **recomputation_of(of, evidence),
        "checks.csv": csv_of(findings_table(of)),
        "report.pdf": pdf_of(of),
        "workbook.xlsx": workbook_of(of),
    }
    if (instruments := instruments_table(of)).rows:
        made["instruments.csv"] = csv_of(instruments)
    if audit:
        made["audit.ndjson"] = "".join(f"{canonical(entry)}\n" for entry in audit).encode()
    if proofs is not None:
        made["evidence.csv"] = csv_of(proofs.table)
    readings = None if evidence is None else evidence.readings
    return _zipped(of.name, made, readings, () if proofs is None else proofs.files)


def recomputation_of(of: Published, evidence: Evidence | None) -> dict[str, bytes]:
    """Return what the figures are computed again from, but for the readings, by the names of the files."""
    made = {
        JSON_NAME: of.text.encode(),
        f"{JSON_NAME}.sha256": _sum_line(of.digest, JSON_NAME).encode(),
        "lineage.csv": csv_of(lineage_table(of)),
        "factors.csv": csv_of(factors_table(of)),
    }
    if evidence is not None:
        made["meters.csv"] = csv_of(evidence.meters)
        made["exchanges.csv"] = csv_of(evidence.exchanges)
        made[SCRIPT_NAME] = files(__package__).joinpath(SCRIPT_NAME).read_bytes()
    return made


def reading_lines(readings: Iterable[Table]) -> Iterator[bytes]:
    """Yield readings.csv in pieces, its header first."""
    yield csv_of(Table(READING_COLUMNS, ()))
    for some in readings:
        yield csv_of(some, headed=False)


def _sum_line(digest: str, name: str) -> str:
    """Return a line that `sha256sum --check` reads."""
    return f"{digest}  {name}\n"


class _Written(io.RawIOBase):
    """What a ZIP is written to: it goes forwards alone, and what was written is taken away from time to time."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def write(self, piece: Any) -> int:
        """Keep a piece; the ZIP may change its own afterwards."""
        self._pieces.append(bytes(piece))
        return len(piece)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _zipped(
    folder: str,
    made: Mapping[str, bytes],
    readings: Iterable[Table] | None,
    attached: Iterable[tuple[str, bytes]] = (),
) -> Iterator[bytes]:
    """Yield a ZIP piece by piece: what is made, readings if there are any, files attached, and the hash of each."""
    written = _Written()
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in made.items()}
    with ZipFile(written, "w") as archive:
        for name, content in made.items():
            archive.writestr(_entry(folder, name), content, ZIP_DEFLATED, _LEVEL)
            yield written.taken()
        if readings is not None:
            entry, digest = _entry(folder, "readings.csv"), hashlib.sha256()
            entry.compress_type = ZIP_DEFLATED
            # How large it becomes is not known before: written so that it may pass 4 GiB.
            with archive.open(entry, "w", force_zip64=True) as file:
                for lines in reading_lines(readings):
                    digest.update(lines)
                    file.write(lines)
                    yield written.taken()
            sums["readings.csv"] = digest.hexdigest()
        for name, content in attached:
            archive.writestr(_entry(folder, name), content, ZIP_DEFLATED, _LEVEL)
            sums[name] = hashlib.sha256(content).hexdigest()
            yield written.taken()
        listed = "".join(_sum_line(digest, name) for name, digest in sorted(sums.items()))
        archive.writestr(_entry(folder, "SHA256SUMS"), listed.encode(), ZIP_DEFLATED, _LEVEL)
    yield written.taken()


def _entry(folder: str, name: str) -> ZipInfo:
    entry = ZipInfo(f"{folder}/{name}", _TIMELESS)
    entry.create_system, entry.external_attr = _UNIX, _READABLE
    return entry
