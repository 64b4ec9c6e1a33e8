"""An assurance pack computes its own figures again, whatever the company, and says when anything in it was changed."""

import ast
import csv
import hashlib
import io
import zipfile
from pathlib import Path

import httpx
import pytest

from app.disclosure.exports.evidence import Evidence
from app.disclosure.exports.pack import pack_of
from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.support.desk import Desk
from tests.support.random_company import YEAR, RandomCompany, random_company
from tests.support.recomputing import prepared, recomputed, recomputed_here, unpacked, written
from tests.support.works import DISCLOSURE, answer, send

_SCRIPT = Path(__file__).parents[2] / "app/disclosure/exports/recompute.py"


def _post(client: httpx.Client, database: Database, company: RandomCompany) -> str:
    """Set a company up over HTTP; return its code."""
    code = company.organization["code"]
    path = f"/v1/organizations/{code}"
    answer(client, "POST", "/v1/organizations", 201, json=company.organization)
    for noun, bodies in (("plants", company.plants), ("meters", company.meters), ("instruments", company.instruments)):
        for body in bodies:
            answer(client, "POST", f"{path}/{noun}", 201, json=body)
    for plant, body in company.holdings.items():
        answer(client, "PUT", f"{path}/plants/{plant}/holdings", 200, json=body)
    for text in company.bodies:
        answer(client, "POST", f"{path}/readings", 200, content=text, headers={"Content-Type": "text/csv"})
    for meter, body in company.exchanges:
        answer(client, "POST", f"{path}/meters/{meter}/exchanges", 201, json=body)
    roll_pending(database)
    return str(code)


@pytest.mark.parametrize(("seed", "framework"), [(18, "hkex-2025"), (28, "gri"), (36, "hkex-2025")], ids=str)
def test_a_company_made_by_chance_comes_out_again(
    client: httpx.Client, database: Database, tmp_path: Path, seed: int, framework: str
) -> None:
    code = _post(client, database, random_company(seed))

    again = recomputed_here(written(database, code, framework, YEAR, tmp_path))

    assert (again.status, again.different) == (0, []), again.output
    assert len(again.same) > 10


def _pack(desk: Desk) -> bytes:
    """Prepare the works' publication of 2021 and download its pack."""
    number = desk.prepare()["number"]
    got = desk.client.get(f"{DISCLOSURE}/2021/publications/{number}/exports/zip", headers={"X-API-Key": desk.preparer})
    assert got.status_code == 200
    return got.content


def test_the_pack_of_the_service_computes_its_figures_by_its_script_alone(desk: Desk, tmp_path: Path) -> None:
    again = recomputed(unpacked(_pack(desk), tmp_path))

    assert (again.status, again.different) == (0, [])
    assert {"ghg.total", "ghg.scope2", "ghg.intensity.product.output", "consumption.electricity"} <= again.same
    assert "workforce.total" not in again.same


_MORE = "grid,2021-02-01T00:00:00Z,7,measured,counted,,2021-02-01T00:00:00Z,2021-02-02T00:00:00Z,,,1,b,"
_FEBRUARY = "grid from 2021-01-31T16:00:00Z to 2021-02-28T16:00:00Z"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        pytest.param("readings.csv", ",1000000,", ",1000001,", "ghg.scope2: readings give", id="reading"),
        pytest.param("factors.csv", ",0.5835,", ",0.5836,", "ghg.scope2: readings give", id="factor"),
        pytest.param("meters.csv", "kWh,1,kWh", "kWh,1.5,kWh", "consumption.electricity: readings", id="multiplier"),
        pytest.param("lineage.csv", "product.output", "product.output", "", id="nothing"),
        pytest.param("publication.json", '"half_up"', '"down"', "not what was signed", id="rule"),
        pytest.param(
            "readings.csv", "\ngrid,", f"\n{_MORE}\ngrid,", f"{_FEBRUARY}: there are 1 readings", id="one more"
        ),
    ],
)
def test_what_was_changed_in_a_pack_is_told(
    desk: Desk, database: Database, tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    folder = written(database, "acme", "hkex-2020", 2021, tmp_path)
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))

    again = recomputed_here(folder)

    assert again.status == bool(said)
    assert any(said in each for each in again.different) == bool(said), again.output


def test_a_later_correction_changes_nothing_in_a_pack(desk: Desk, database: Database, tmp_path: Path) -> None:
    number = desk.prepare()["number"]
    path = f"{DISCLOSURE}/2021/publications/{number}/exports/zip"
    before = desk.client.get(path, headers={"X-API-Key": desk.preparer})
    send(desk.client, database, "grid,2021-01-01T00:00:00+08:00,5\ncoal,2021-01-01T00:00:00+08:00,99\n")

    after = desk.client.get(path, headers={"X-API-Key": desk.preparer})

    assert after.content == before.content
    assert after.headers["ETag"] == before.headers["ETag"]
    assert recomputed(unpacked(after.content, tmp_path)).status == 0


def test_the_readings_say_from_when_to_when_each_counts(desk: Desk, database: Database, tmp_path: Path) -> None:
    folder = written(database, "acme", "hkex-2020", 2021, tmp_path)
    rows = list(csv.DictReader((folder / "readings.csv").read_text().splitlines()))

    grid = next(row for row in rows if row["meter"] == "grid")
    assert {name: grid[name] for name in ("timestamp", "value", "mark", "from", "to", "how", "revision")} == {
        "timestamp": "2020-12-31T16:00:00Z",
        "value": "1000000",
        "mark": "counted",
        "from": "2020-12-31T16:00:00Z",
        "to": "2021-12-31T16:00:00Z",
        "how": "",
        "revision": "1",
    }


def test_every_file_has_its_sum_and_readings_are_written_as_they_come(
    works: None, desk: Desk, database: Database
) -> None:
    of, evidence = prepared(database, "acme", "hkex-2020", 2021)
    drawn: list[int] = []

    def readings(evidence: Evidence) -> Evidence:
        def drawing() -> object:
            for number, table in enumerate(evidence.readings):
                drawn.append(number)
                yield table

        return Evidence(evidence.meters, evidence.exchanges, drawing())  # type: ignore[arg-type]

    pieces = pack_of(of, (), readings(evidence))
    first = next(pieces)
    assert drawn == []
    content = first + b"".join(pieces)
    assert drawn

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        files = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    sums = dict(line.split("  ")[::-1] for line in files.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(each).hexdigest() for name, each in files.items()}
    assert "readings.csv" in sums


def test_the_script_is_for_any_python_from_3_9_on_and_needs_the_standard_library_alone() -> None:
    tree = ast.parse(_SCRIPT.read_text(), feature_version=(3, 9))

    imported = {each.module or "" for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)}
    imported |= {name.name for each in ast.walk(tree) if isinstance(each, ast.Import) for name in each.names}
    assert imported == {
        "__future__", "bisect", "collections", "csv", "datetime", "decimal", "fractions", "functools", "hashlib",
        "json", "pathlib", "sys", "typing",
    }  # fmt: skip
