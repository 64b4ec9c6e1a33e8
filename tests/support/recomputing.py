"""Assurance packs unpacked, and their figures computed again by the script they carry, as an auditor would."""

import io
import runpy
import subprocess
import sys
import zipfile
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path

from app.demo.seed import Seed, load_seed
from app.disclosure.exports.evidence import Evidence, evidence_of
from app.disclosure.exports.pack import reading_lines, recomputation_of
from app.disclosure.exports.published import Published, published
from app.disclosure.publications.preparing import prepare_next
from app.disclosure.publications.steps import PublicationYear
from app.models import id_of
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.reporting.publications import publication_of

_FINE = ("PT15M", "PT1H")
_ONE_OF_THEM = "ganzhou-gas"


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What the script printed, and how it ended."""

    status: int
    output: str

    @property
    def same(self) -> set[str]:
        """Return the figures that it computed again from readings and found the same."""
        return {line.split("  ")[0] for line in self.output.splitlines() if "  same" in line}

    @property
    def different(self) -> list[str]:
        """Return what it found to differ."""
        return [line for line in self.output.splitlines() if line.startswith("DIFFERENT")]


def seed_of_one_year(name: str, year: int) -> Seed:
    """Return an example company of one year, of its meters of hours and quarter hours one alone."""
    seed = load_seed(name)
    meters = [
        replace(meter, totals={year: meter.totals[year]})
        for meter in seed.meters
        if year in meter.totals and (meter.definition.get("interval") not in _FINE or meter.code == _ONE_OF_THEM)
    ]
    return replace(seed, meters=tuple(meters))


def prepared(database: Database, organization: str, framework: str, year: int) -> tuple[Published, Evidence]:
    """Prepare a publication and return it with what it was added up from."""
    target = PublicationYear(organization, framework, year)
    number = prepare_next(database, target, reason="to compute it again", key_code="tester").number
    with database.read() as session:
        organization_id = id_of(organization_of(session, organization))
        row = publication_of(session, organization_id, framework, year, number)
        of = published(row.document, row.digest)
    evidence = evidence_of(database, organization_id, of)
    assert evidence is not None
    return of, evidence


def written(database: Database, organization: str, framework: str, year: int, into: Path) -> Path:
    """Prepare a publication and write those files of its pack that its figures are computed again from."""
    of, evidence = prepared(database, organization, framework, year)
    for name, content in recomputation_of(of, evidence).items():
        (into / name).write_bytes(content)
    (into / "readings.csv").write_bytes(b"".join(reading_lines(evidence.readings)))
    return into


def unpacked(pack: bytes, into: Path) -> Path:
    """Unpack a pack and return the folder with its files."""
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        archive.extractall(into)
        return into / archive.namelist()[0].partition("/")[0]


def recomputed(folder: Path) -> Recomputed:
    """Run the script of a pack alone: isolated, with nothing of the product in reach."""
    command = [sys.executable, "-I", "-S", "recompute.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return Recomputed(done.returncode, done.stdout + done.stderr)


def recomputed_here(folder: Path) -> Recomputed:
    """Run the script of a pack in this process, which is quicker where many are to be computed again."""
    told = io.StringIO()
    with redirect_stdout(told):
        status = runpy.run_path(str(folder / "recompute.py"))["main"](folder)
    return Recomputed(status, told.getvalue())
