"""A file of the archive that is missing or damaged is told of by name; what does not need it is answered as ever."""

import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.core.inventory.meters import MeterSpec
from app.rollup.rolling.roller import rebuild, roll_pending
from app.store.pages.archived_pages import ArchiveUnavailable, database_archive
from app.store.pages.damage import known_damage
from tests.archive.test_archive import MARCH_2019, MARCH_2020, code_of, site
from tests.support.archived import ROWS, archive, files, fill, flip, forget, kept, stamp
from tests.support.elsewhere import another_process
from tests.support.flipping import content_of, page_ids, put_page, set_header
from tests.support.site import Site, quantities, stored

__all__ = ["site"]
FIRST = "2019-03-01T00:00:00Z to 2019-03-16T23:45:00Z"
MARCH_DAY = 17_956


def meters(site: Site) -> list[MeterSpec]:
    """Return a meter with readings of 2019 in a file and of 2020 in the database, and one of 2020."""
    found = [site.meter(zone="UTC", code=f"m{number}") for number in range(2)]
    fill(site, found[0], MARCH_2019)
    for meter in found:
        fill(site, meter, MARCH_2020)
    archive(site.database, 2020)
    forget(site.database)
    return found


def command(*words: str) -> tuple[int, list[str]]:
    result: Result = CliRunner().invoke(cli, [*words])
    return result.exit_code, result.output.splitlines()


def test_what_needs_a_missing_file_is_a_problem_and_all_else_is_answered(
    client: httpx.Client, site: Site, directory: Path
) -> None:
    meters(site)
    (file,) = files(directory)
    content = file.read_bytes()
    file.unlink()
    readings = f"/v1/organizations/{code_of(site)}/readings"
    for accept in ("application/json", "text/csv", "application/x-ndjson"):
        answer = client.get(readings, params={"meter": "m0"}, headers={"Accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert answer.headers["retry-after"] == "60"
        problem = answer.json()
        assert problem["code"] == "archive_unavailable"
        name = file.relative_to(directory).as_posix()
        assert f"'m0' from {FIRST} cannot be read, since they are in the file {name}" in problem["detail"]
        assert "it is not there" in problem["detail"]

    csv = {"Accept": "text/csv"}
    later = client.get(readings, params={"meter": "m0", "start": "2020-01-01T00:00:00Z"}, headers=csv)
    assert (later.status_code, later.text.count("\n")) == (200, 1 + ROWS)
    other = client.get(readings, params={"meter": "m1"}, headers=csv)
    assert (other.status_code, other.text.count("\n")) == (200, 1 + ROWS)

    file.write_bytes(content)
    whole = client.get(readings, params={"meter": "m0"}, headers=csv)
    assert (whole.status_code, whole.text.count("\n")) == (200, 1 + 2 * ROWS)


def test_late_rows_of_a_missing_file_are_refused_and_nothing_is_stored(
    client: httpx.Client, site: Site, directory: Path
) -> None:
    meter, other = meters(site)
    (file,) = files(directory)
    moved = file.rename(directory / "elsewhere")
    readings = f"/v1/organizations/{code_of(site)}/readings"
    rows = [
        {"meter": "m0", "timestamp": stamp(MARCH_2019, 3), "value": 70},
        {"meter": "m1", "timestamp": "2021-01-01T00:00:00Z", "value": 5},
    ]
    answer = client.post(readings, json={"readings": rows})
    assert (answer.status_code, answer.json()["code"]) == (503, "archive_unavailable")
    moved.rename(file)
    assert [len(stored(site.database, each)) for each in (meter, other)] == [2 * ROWS, ROWS]
    stated = client.post(readings, json={"readings": rows}).json()
    assert (stated["inserted"], stated["replaced"]) == (1, 1)
    with another_process(site) as there:
        database_archive(there.database).directory = directory
        assert stored(there.database, meter)[3][1] == 70_000_000


@pytest.mark.parametrize("place", [0, 40, 2_000, -9, -40, None])
def test_a_file_that_is_not_what_was_written_is_not_read(site: Site, directory: Path, place: int | None) -> None:
    meter, other = meters(site)
    (file,) = files(directory)
    if place is None:
        file.write_bytes(file.read_bytes()[:-1])
    else:
        flip(file, place)
    with pytest.raises(ArchiveUnavailable, match=f"from {FIRST} cannot be read.*it is not what was written"):
        stored(site.database, meter)
    assert len(stored(site.database, other)) == ROWS


def test_what_is_damaged_after_a_process_has_opened_the_file_is_noticed_too(site: Site, directory: Path) -> None:
    meter, _ = meters(site)
    before = stored(site.database, meter)
    (file,) = files(directory)
    footer = int.from_bytes(file.read_bytes()[-8:-4], "little") + 8
    opened = dict(database_archive(site.database)._open)
    content = file.read_bytes()
    for place in range(60, len(content) - footer, 61):
        forget(site.database)
        database_archive(site.database)._open.update(opened)
        flip(file, place)
        try:
            found = stored(site.database, meter)
        except ArchiveUnavailable:
            assert len(database_archive(site.database)._open) == 0
        else:  # in what nobody needs to read the rows, such as a meter's code
            assert found == before
        file.write_bytes(content)


def test_another_file_in_its_place_is_not_read(site: Site, directory: Path) -> None:
    meter, other = meters(site)
    archive(site.database, 2021)
    forget(site.database)
    first, second = files(directory)
    first.write_bytes(second.read_bytes())
    with pytest.raises(ArchiveUnavailable, match="it is not what was written"):
        stored(site.database, meter)
    assert len(stored(site.database, other)) == ROWS


def test_the_page_of_another_meter_in_its_place_is_not_archived(site: Site) -> None:
    meter, other = site.meter(zone="UTC"), site.meter(zone="UTC")
    for each in (meter, other):
        fill(site, each, MARCH_2019, 96)
    mine, theirs = (page_ids(site.database, each.id)[0] for each in (meter, other))
    put_page(site.database, mine, content_of(site.database, theirs))
    assert [each.pages for each in archive(site.database, 2020)] == [1]
    assert [number for _, number in kept(site.database, meter)] == [None]


def test_a_header_that_its_file_contradicts_is_noticed(site: Site) -> None:
    meter, _ = meters(site)
    set_header(site.database, page_ids(site.database, meter.id)[0], "rows", 95)
    with pytest.raises(ArchiveUnavailable, match="it holds other readings than it has to"):
        stored(site.database, meter)


def test_a_process_that_has_no_directory_says_so(site: Site) -> None:
    meter, other = meters(site)
    with another_process(site) as there:
        with pytest.raises(ArchiveUnavailable, match="ESG_ARCHIVE_DIRECTORY is not set"):
            stored(there.database, meter)
        assert len(stored(there.database, other)) == ROWS


def test_an_installation_without_pyarrow_says_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    meter, other = meters(site)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ArchiveUnavailable, match=r"pyarrow is not installed here: install the requirements again"):
        stored(site.database, meter)
    assert len(stored(site.database, other)) == ROWS


def test_rolling_goes_on_with_the_other_meters_and_comes_back(site: Site, directory: Path) -> None:
    meter, other = meters(site)
    (file,) = files(directory)
    moved = file.rename(directory / "elsewhere")
    before = quantities(site.database, meter, 1)[MARCH_DAY]
    assert before == 379_000_000
    rebuild(site.database, [meter.id, other.id])
    assert known_damage(site.database).meters() == [meter.id]
    assert quantities(site.database, meter, 1)[MARCH_DAY] == before
    moved.rename(file)
    roll_pending(site.database)
    assert known_damage(site.database).meters() == []
    assert quantities(site.database, meter, 1)[MARCH_DAY] == before


def test_verify_looks_into_the_files(site: Site, directory: Path, environment: None) -> None:
    meters(site)
    pages = "6 pages of readings of 2 meters and 0 arrivals verified"
    assert command("verify") == (
        0,
        [
            "0 publications verified, 0 differ.",
            f"{pages}, 0 damaged.",
            "6 entries of 2 audit logs verified, 0 links broken.",
        ],
    )
    (file,) = files(directory)
    name = file.relative_to(directory).as_posix()
    flip(file, 40)
    status, lines = command("verify")
    assert status == 1
    assert lines[1].startswith(f"{code_of(site)} m0 {FIRST}: page ")
    assert f"{name}: it is not what was written: its SHA-256 is " in lines[1]
    assert lines[2:-1] == [f"{pages}, 1 damaged."]
    file.unlink()
    status, lines = command("verify")
    assert (status, lines[1].rpartition(": ")[2]) == (1, "it is not there")


def test_commands_archive_list_and_restore(site: Site, directory: Path, environment: None) -> None:
    meter, other = meters(site)
    before = [stored(site.database, each) for each in (meter, other)]
    code = code_of(site)
    assert command("archive", "--before", "2019") == (0, ["0 pages archived."])
    status, lines = command("archive", "--before", "2021", "--organization", code)
    assert (status, lines[-1]) == (0, "4 pages archived.")
    assert lines[0].startswith(f"{code}/2020-")
    assert ": 6144 readings in 4 pages, " in lines[0]
    status, lines = command("archive", "list")
    assert [line.partition("; ")[2] for line in lines] == ["2 pages are read from it.", "4 pages are read from it.", ""]

    assert command("archive", "restore", "--year", "2019")[1][-1] == "2 pages restored."
    assert [number for _, number in kept(site.database, meter)] == [None, None, 2, 2]
    assert command("archive", "restore", "-o", code)[1][-1] == "4 pages restored."
    assert [number for _, number in kept(site.database, meter)] == [None] * 4
    assert command("archive", "list") == (0, ["0 files."])
    assert len(files(directory)) == 2
    for file in files(directory):
        file.unlink()
    forget(site.database)
    assert [stored(site.database, each) for each in (meter, other)] == before
    assert command("verify")[0] == 0


def test_a_file_that_is_gone_cannot_be_restored_and_stays_recorded(
    site: Site, directory: Path, environment: None, capsys: pytest.CaptureFixture[str]
) -> None:
    meters(site)
    files(directory)[0].unlink()
    assert isinstance(CliRunner().invoke(cli, ["archive", "restore"]).exception, ArchiveUnavailable)
    assert command("archive", "list")[1][-1] == "1 files."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["archive"], "say before which year"),
        (["archive", "--before", "2020", "-o", "nobody"], "unknown organization: nobody"),
        (["archive", "restore", "-o", "nobody"], "unknown organization: nobody"),
    ],
)
def test_words_that_are_wrong_end_a_command_with_2(environment: None, words: list[str], said: str) -> None:
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 2
    assert said in result.output
