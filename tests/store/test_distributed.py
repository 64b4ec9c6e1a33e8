"""Statements of one organization name it; on a cluster each is a task of one node, and all is as exact as on one."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest
from sqlalchemy import text

from app.main import create_app
from app.rollup.rolling.roller import roll_pending
from app.settings import Settings
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.upkeep.distribute import NotDistributable, distribute, distributed_tables
from tests.conftest import ADMIN_KEY
from tests.store.statements import recorded, work
from tests.support.citus import COORDINATOR
from tests.support.client import running

on_a_cluster = pytest.mark.skipif(COORDINATOR is None, reason="ESG_TEST_CITUS_URL names no coordinator")

OF_ALL = [
    r"SELECT organization\.",  # by its code, which a process remembers, or all of them
    r"SELECT 1 FROM organization",
    r"SELECT head\.organization_id FROM readings_head",
    r"SELECT DISTINCT organization_id FROM batch WHERE NOT announced",
    r"SELECT max\(batch\.id\)",
    r"SELECT DISTINCT mark\.organization_id",
    r"SELECT dirty_span\.organization_id .* LIMIT",
    r"SELECT damaged_meter\.meter_id, .* FROM damaged_meter$",
    r"SELECT figure_mark\.id, figure_mark\.organization_id, .* ORDER BY figure_mark\.id LIMIT",
    r"SELECT bulk_amendment\.organization_id FROM bulk_amendment WHERE finished_at IS NULL",
    r"SELECT permit_limit\.",
    r"SELECT DISTINCT permit_limit\.",
    r"SELECT DISTINCT organization_id FROM arrival",
    r"SELECT count\(\*\) AS count_1 FROM arrival_set_aside",
    r"SELECT meter\.id, meter\.attributes FROM meter WHERE",
    r"SELECT plant\.timezone FROM plant",
]
"""What asks who has something to be done, or what all organizations have in common."""

_NAMED = re.compile(
    r"organization_id\s*(=|IN\b)|organization\.id\s*=|INSERT INTO \w+ \(.*?\borganization_id\b"
    r"|INSERT INTO organization |(UPDATE|FROM) organization( SET .*)? WHERE id = "
)
_TABLES = re.compile(rf"\b(?:FROM|JOIN|INTO|UPDATE|USING)\s+({'|'.join(distributed_tables())})\b")


@pytest.fixture
def client(database_url: str) -> Iterator[httpx.Client]:
    with running(create_app(Settings(database_url=database_url, admin_key=ADMIN_KEY)), key=ADMIN_KEY) as client:
        yield client


def test_every_statement_of_an_organization_names_it(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with recorded(monkeypatch) as seen:
        database = Database(database_url)
        with running(create_app(Settings(database_url=database_url, admin_key=ADMIN_KEY)), key=ADMIN_KEY) as client:
            work(client, database)
        database.close()
    asked = [each for each in seen if _TABLES.search(each) and not any(re.match(known, each) for known in OF_ALL)]
    assert len(asked) > 60
    assert [each for each in asked if not _NAMED.search(each)] == []


def test_what_is_no_cluster_is_not_distributed_and_stays_as_it_is(database: Database) -> None:
    if COORDINATOR is not None:
        pytest.skip("it is a cluster")
    words = "SQLite file cannot be distributed" if database.is_sqlite else "has no extension citus"
    with pytest.raises(NotDistributable, match=words):
        distribute(database)


@on_a_cluster
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_every_statement_of_an_organization_is_one_task(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with recorded(monkeypatch) as seen:
        database = Database(database_url)
        with running(create_app(Settings(database_url=database_url, admin_key=ADMIN_KEY)), key=ADMIN_KEY) as client:
            work(client, database)
        database.close()
    several: list[str] = []
    explained = 0
    with psycopg.connect(database_url, cursor_factory=psycopg.ClientCursor) as connection:
        for statement, values in list(seen.items()):
            if not re.match(r"(SELECT|INSERT|UPDATE|DELETE|WITH)\b", statement) or not _TABLES.search(statement):
                continue
            plan = "\n".join(row[0] for row in connection.execute(f"EXPLAIN (COSTS OFF) {statement}", values))
            connection.rollback()
            explained += 1
            if set(re.findall(r"Task Count: (\d+)", plan)) - {"1"}:
                several.append(statement)
    assert explained > 60
    assert [each for each in several if not any(re.match(known, each) for known in OF_ALL)] == []


@on_a_cluster
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_two_meters_of_an_organization_say_together_is_never_seen_by_halves(
    client: httpx.Client, database: Database
) -> None:
    work(client, database)
    with database.read() as session:
        own = organization_of(session, "acme").id
    move = "UPDATE rollup SET quantity = quantity {} 1000000 WHERE organization_id = :own AND meter_id = :meter"
    total = text("SELECT sum(quantity) FROM rollup WHERE organization_id = :own AND grain = 3")
    with database.read() as session:
        first, second = (
            session.connection()
            .execute(text("SELECT id FROM meter WHERE organization_id = :own ORDER BY id"), {"own": own})
            .scalars()
        )
        before = session.connection().execute(total, {"own": own}).scalar_one()

    def give() -> None:
        for _ in range(100):
            with database.write() as session:
                session.connection().execute(text(move.format("-")), {"own": own, "meter": first})
                session.connection().execute(text(move.format("+")), {"own": own, "meter": second})

    with ThreadPoolExecutor(1) as pool:
        giving = pool.submit(give)
        looks = []
        while not giving.done():
            with database.read() as session:
                looks.append(session.connection().execute(total, {"own": own}).scalar_one())
        giving.result()
    assert len(looks) > 20
    assert set(looks) == {before}


@on_a_cluster
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_organization_is_moved_to_another_node_while_it_posts(client: httpx.Client, database: Database) -> None:
    work(client, database)
    with database.read() as session:
        own = organization_of(session, "acme").id
    shard = text("SELECT get_shard_id_for_distribution_column('meter', :own)")
    place = text(
        "SELECT nodename, nodeport, (SELECT nodeport FROM pg_dist_node WHERE groupid <> 0 AND nodeport <> p.nodeport) "
        "FROM citus_shards AS p WHERE shardid = :shard"
    )
    move = text("SELECT citus_move_shard_placement(:shard, :host, :port, :host, :other, 'block_writes')")

    def post() -> int:
        rows = [
            {"meter": "grid", "timestamp": f"2025-02-{day:02}T{hour:02}:00:00+08:00", "value": 1}
            for day in range(1, 11)
            for hour in range(24)
        ]
        answers = [client.post("/v1/organizations/acme/readings", json={"readings": [each]}) for each in rows]
        return sum(each.status_code == 200 for each in answers)

    with ThreadPoolExecutor(1) as pool:
        posting = pool.submit(post)
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            number = connection.execute(shard, {"own": own}).scalar_one()
            host, port, other = connection.execute(place, {"shard": number}).one()
            connection.execute(move, {"shard": number, "host": host, "port": port, "other": other})
            moved = connection.execute(place, {"shard": number}).one()
        assert posting.result() == 240
    assert moved[1] == other
    roll_pending(database)
    found = client.get("/v1/organizations/acme/rollups?grain=month&meter=grid").json()["items"]
    assert [(each["count"], each["quantity"]) for each in found] == [(239, 359.5), (240, 240)]


@on_a_cluster
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_publication_is_kept_as_it_is_on_its_node_too(client: httpx.Client, database: Database) -> None:
    work(client, database)
    with database.read() as session:
        own = organization_of(session, "acme").id
    for statement in ("UPDATE publication SET reason = 'x'", "DELETE FROM publication"):
        with pytest.raises(Exception, match="never changed or deleted"), database.write() as session:
            session.connection().execute(text(f"{statement} WHERE organization_id = :own"), {"own": own})
