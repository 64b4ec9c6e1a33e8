"""Years that were published are answered from the archive: figures, lineage, verification, drift, exports."""

from pathlib import Path

import httpx
import pytest

from app.store.engine.database import Database
from tests.archive.test_unavailable import command
from tests.support.archived import archive, files, forget
from tests.support.desk import Desk, desk, works
from tests.support.folded import fold_everything
from tests.support.works import DISCLOSURE, ORGANIZATION, get

__all__ = ["desk", "works"]
LINEAGE = f"{DISCLOSURE}/2021/figures/ghg.total/lineage"
CSV = {"Accept": "text/csv"}


@pytest.fixture
def asked(desk: Desk, database: Database) -> Desk:
    """The year 2021 published, and all readings in pages."""
    desk.published()
    fold_everything(database)
    return desk


def test_a_published_year_in_the_archive_is_derived_again_from_its_readings(
    asked: Desk, database: Database, directory: Path, environment: None
) -> None:
    def answers() -> list[object]:
        forget(database)
        readings = asked.client.get(f"{ORGANIZATION}/readings", params={"meter": "grid"}, headers=CSV)
        published_at = str(asked.read(1)["as_of"])
        return [
            get(asked.client, LINEAGE),
            get(asked.client, LINEAGE, as_of=published_at),
            get(asked.client, f"{DISCLOSURE}/2021"),
            asked.drift(1),
            asked.read(1),
            readings.text,
            command("verify", "--year", "2021"),
        ]

    before = answers()
    assert [line.split(",")[:3] for line in str(before[-2]).splitlines()[1:]] == [
        ["grid", "2019-12-31T16:00:00Z", "500000"],
        ["grid", "2020-12-31T16:00:00Z", "1000000"],
    ]
    assert sum(each.pages for each in archive(database, 2022)) == 3
    assert answers() == before
    status, lines = command("verify", "--year", "2021")
    assert (status, lines[-1]) == (0, "1 publications verified, 0 differ.")


def test_a_published_year_whose_file_is_gone_is_told_of_and_no_figure_is_zero(
    asked: Desk, database: Database, directory: Path, environment: None, client: httpx.Client
) -> None:
    live = get(client, f"{DISCLOSURE}/2021")
    archive(database, 2022)
    for file in files(directory):
        file.unlink()
    forget(database)
    assert get(client, f"{DISCLOSURE}/2021") == live
    then = client.get(f"{DISCLOSURE}/2021", params={"as_of": str(asked.read(1)["as_of"])})
    assert (then.status_code, then.json()["code"]) == (503, "archive_unavailable")
    status, lines = command("verify", "--year", "2021")
    assert status == 1
    assert lines[0].startswith("acme: a publication cannot be computed again. The readings of meter ")
    assert "it is not there" in lines[0]
    assert asked.read(1)["status"] == "published"
