"""Reads go to the replica and find everything that was answered; where it cannot have it, the primary is read."""

from pathlib import Path

import httpx

from app.store.engine.database import Database
from app.store.engine.replica import Replica, ReplicatedDatabase
from app.store.pages.archived_pages import database_archive
from app.store.pages.page_cache import cache_of
from app.store.upkeep.archiving import archive_before
from tests.replicas.standby import Standby
from tests.replicas.works import Works
from tests.support.archived import ROWS, archive, fill, forget
from tests.support.folded import fold_everything
from tests.support.site import new_site, stored


def test_reads_are_answered_by_the_replica(works: Works) -> None:
    works.post("2026-01-01T00:00:00Z", 4.5)
    before = works.replica_reads()
    primary = works.primary_reads()

    assert works.values() == [4.5]
    assert works.client.get(f"{works.path}/disclosures/gri/2026").status_code == 200
    assert works.client.get(f"{works.path}/metrics/energy", params={"year": 2026}).status_code == 200
    assert works.replica_reads() >= before + 4
    assert works.primary_reads() == primary
    assert works.metric("esg_read_replica_in_use") == 1.0


def test_a_read_finds_what_was_just_answered_by_any_process(works: Works, primary_only: httpx.Client) -> None:
    for number in range(40):
        minute = f"2026-02-01T{number // 4:02}:{number % 4 * 15:02}:00Z"
        works.post(minute, number, client=primary_only if number % 2 else None)
        assert works.values()[-1] == number
    assert works.primary_reads() == 0


def test_a_replica_that_replays_later_is_waited_for(works: Works, standby: Standby) -> None:
    works.post("2026-03-01T00:00:00Z", 1)
    assert works.values() == [1]
    with standby.held_back():
        works.post("2026-03-01T00:15:00Z", 2)
        works.replica._wait_s = 0.2
        assert works.values() == [1, 2]  # by the primary
        assert works.ready()["read_replica"] == "behind"
        assert works.primary_reads() > 0
        works.until(lambda: works.metric("esg_read_replica_lag_bytes") > 0)
    works.until(lambda: works.ready()["read_replica"] == "in_use")
    before = works.replica_reads()
    assert works.values() == [1, 2]
    assert works.replica_reads() > before


def test_a_stream_of_all_readings_comes_from_the_replica(works: Works) -> None:
    works.post("2026-04-01T00:00:00Z", 7)
    before = works.replica_reads()

    answer = works.client.get(f"{works.path}/readings", headers={"Accept": "text/csv"})

    assert [line.split(",")[:3] for line in answer.text.splitlines()[1:]] == [["grid", "2026-04-01T00:00:00Z", "7"]]
    assert works.replica_reads() == before + 2


def test_keys_are_looked_up_and_everything_is_written_at_the_primary(works: Works, standby: Standby) -> None:
    with standby.held_back():
        works.replica._wait_s = 0.05
        made = works.client.post("/v1/keys", json={"name": "reader", "scopes": ["read"]}).json()
        works.post("2026-05-01T00:00:00Z", 1)
        answer = works.client.get(f"{works.path}/readings", headers={"X-API-Key": made["key"]})
        assert (answer.status_code, len(answer.json()["items"])) == (200, 1)


def test_archived_readings_are_read_by_what_the_replica_says_of_them(works: Works, tmp_path: Path) -> None:
    primary = works.replica.primary
    database_archive(primary).directory = tmp_path
    works.post("2024-04-01T00:00:00Z", 7)
    fold_everything(primary)
    assert [each.rows for each in archive_before(primary, 2025, organization=works.code)] == [1]
    cache_of(primary.engine).__init__()  # type: ignore[misc]
    before = works.primary_reads()
    assert works.values() == [7]
    assert works.primary_reads() == before
    next(tmp_path.rglob("*.parquet")).unlink()
    cache_of(primary.engine).__init__()  # type: ignore[misc]
    database_archive(primary).forget()
    answer = works.client.get(f"{works.path}/readings")
    assert (answer.status_code, answer.json()["code"]) == (503, "archive_unavailable")


def test_archived_readings_are_answered_through_the_replica(
    database_url: str, standby: Standby, tmp_path: Path
) -> None:
    primary = Database(database_url, archive_directory=tmp_path / "archive")
    site = new_site(primary)
    meter = site.meter(zone="UTC")
    fill(site, meter, "2019-03-01T00:00:00+00:00")
    before = stored(primary, meter)
    archive(primary, 2020)
    forget(primary)
    replica = Replica(primary, standby.address(database_url), pool_size=4, wait_s=5)
    replica.start()

    read = stored(ReplicatedDatabase(replica), meter)

    replica.close()
    primary.close()
    assert len(read) == ROWS
    assert read == before
    assert replica.reads["replica"] >= 1
    assert replica.reads["primary"] == 0
