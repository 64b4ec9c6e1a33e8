"""The assurance pack, and that every export is the same bytes each time."""

import hashlib
import io
import os
import subprocess
import sys
import zipfile

import pytest

from app.disclosure.exports.formats import ExportFormat, export_of
from app.disclosure.exports.pack import pack_of
from app.disclosure.exports.workbook import workbook_of
from tests.exports.documents import publication

_FOLDER = "magnets_hkex-2020_2021_publication-2"
_ELSEWHERE = """\
import hashlib
from app.disclosure.exports.formats import ExportFormat, export_of
from tests.exports.documents import publication
for wanted in ExportFormat:
    print(wanted, hashlib.sha256(export_of(publication(), wanted)).hexdigest())
"""


def _files() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(b"".join(pack_of(publication())))) as archive:
        assert archive.testzip() is None
        return {name.removeprefix(f"{_FOLDER}/"): archive.read(name) for name in archive.namelist()}


def test_the_pack_holds_what_an_auditor_needs() -> None:
    assert set(_files()) == {
        "README.txt",
        "publication.json",
        "publication.json.sha256",
        "figures.csv",
        "lineage.csv",
        "factors.csv",
        "checks.csv",
        "report.pdf",
        "workbook.xlsx",
        "SHA256SUMS",
    }


def test_the_hash_can_be_computed_again_from_the_pack_alone() -> None:
    files, of = _files(), publication()
    assert hashlib.sha256(files["publication.json"]).hexdigest() == of.digest
    assert files["publication.json.sha256"].decode() == f"{of.digest}  publication.json\n"
    assert of.digest in files["README.txt"].decode()


def test_every_file_of_the_pack_has_its_sum() -> None:
    files = _files()
    sums = dict(line.split("  ")[::-1] for line in files.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def test_the_readme_names_the_addresses_of_this_publication() -> None:
    readme = _files()["README.txt"].decode()
    assert "GET /v1/organizations/magnets/disclosures/hkex-2020/2021/publications/2" in readme
    assert "start=START&end=END&as_of=2022-03-01T08:00:00Z" in readme
    assert "Publication    2, restates publication 1" in readme


def test_the_files_have_no_date_of_their_own() -> None:
    with zipfile.ZipFile(io.BytesIO(b"".join(pack_of(publication())))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_json_is_the_canonical_text_itself() -> None:
    of = publication()
    assert export_of(of, ExportFormat.JSON).decode() == of.text


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_another_process_on_another_day_makes_the_same_bytes(seed: str) -> None:
    here = {wanted: hashlib.sha256(export_of(publication(), wanted)).hexdigest() for wanted in ExportFormat}
    elsewhere = {"PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": "1234567890", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    command = [sys.executable, "-c", _ELSEWHERE]
    done = subprocess.run(command, env={**os.environ, **elsewhere}, check=True, capture_output=True, text=True)
    assert dict(line.split() for line in done.stdout.splitlines()) == here


def test_the_order_and_number_of_exports_made_before_changes_nothing() -> None:
    first = workbook_of(publication()), b"".join(pack_of(publication()))
    other = publication(organization={**publication().document["organization"], "name": "另一家公司"})
    assert b"".join(pack_of(other)) != first[1]
    assert (workbook_of(publication()), b"".join(pack_of(publication()))) == first
