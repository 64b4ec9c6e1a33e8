"""Spreading a PostgreSQL database over the nodes of a Citus cluster, all rows of an organization on one of them.

Tables that tell of one organization are distributed by it and lie in one group of shards, so that a transaction of an
organization, however many tables it touches, is one of one node: one snapshot, one commit, keys and references as they
are on one server. Their keys begin with the organization here, since a node can only tell of its own rows that none is
there twice. What all organizations share stays on the coordinator, as do the log of events, whose order is that of the
coordinator's transactions, and the outboxes and pulls that are leased by statements over all of them.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, Inspector, inspect, text

from app.models import metadata
from app.store.engine.database import Database
from app.store.readings.moving import move_all

_ROOT = "organization"
_ON_THE_COORDINATOR = frozenset({"event", "webhook", "connector"})
"""Tables that tell their organization and are not distributed."""

_DISTRIBUTED = text("SELECT CAST(logicalrelid AS text) FROM pg_dist_partition WHERE partmethod = 'h'")
_NODES = text("SELECT count(*) FROM pg_dist_node WHERE isactive AND shouldhaveshards AND noderole = 'primary'")


class NotDistributable(RuntimeError):
    """The database is none that can be distributed; nothing was changed."""


def distributed_tables() -> list[str]:
    """Return the tables that lie with their organization on one node, in an order in which none refers to a later."""
    of_organizations = [table.name for table in metadata.sorted_tables if "organization_id" in table.columns]
    return [_ROOT, *(name for name in of_organizations if name not in _ON_THE_COORDINATOR)]


def distribute(database: Database) -> list[str]:
    """Distribute what is not yet, filled or empty, and return its tables; nobody writes to them meanwhile.

    It is done whole or not at all, except that readings of earlier releases are moved into pages first. Raises
    NotDistributable.
    """
    if database.is_sqlite:
        raise NotDistributable("A SQLite file cannot be distributed: give the address of a Citus coordinator")
    with database.read() as session:
        _require_cluster(session.connection())
    move_all(database)
    with database.write() as session:
        connection = session.connection()
        tables = [table for table in distributed_tables() if table not in _spread(connection)]
        if tables:
            # one connection a node, so that what a statement has made is seen by the next
            connection.execute(text("SET LOCAL citus.multi_shard_modify_mode TO 'sequential'"))
            # that nobody changes or deletes a publication is looked after where its row is
            connection.execute(text("SET LOCAL citus.enable_unsafe_triggers TO on"))
            _distribute(connection, tables)
    return tables


def _require_cluster(connection: Connection) -> None:
    if connection.execute(text("SELECT 1 FROM pg_extension WHERE extname = 'citus'")).first() is None:
        raise NotDistributable("The database has no extension citus: CREATE EXTENSION citus, and add its worker nodes")
    if not connection.execute(_NODES).scalar_one():
        raise NotDistributable("The coordinator knows no node that holds shards: add one by citus_add_node")


def _spread(connection: Connection) -> set[str]:
    return set(connection.execute(_DISTRIBUTED).scalars())


def _distribute(connection: Connection, tables: Sequence[str]) -> None:
    found = inspect(connection)
    references = [each for table in metadata.tables for each in _references(found, table, tables)]
    for table, name, _ in references:
        connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    for table in tables:
        for statement in _keys(found, table):
            connection.execute(text(statement))
    for table in tables:
        column, beside = ("id", "none") if table == _ROOT else ("organization_id", _ROOT)
        values = {"table": table, "column": column, "beside": beside}
        connection.execute(text("SELECT create_distributed_table(:table, :column, colocate_with => :beside)"), values)
    for _, _, again in references:
        if again is not None:
            connection.execute(text(again))


def _references(found: Inspector, table: str, tables: Sequence[str]) -> Iterator[tuple[str, str, str | None]]:
    """Yield each reference to a table that is distributed: its table and name, and what puts it back.

    Between rows of an organization it is (organization_id, plant_id) to (organization_id, id); there is none from the
    coordinator to a node.
    """
    for key in found.get_foreign_keys(table):
        above, columns = key["referred_table"], key["constrained_columns"]
        if above not in tables:
            continue
        again = None
        if table in tables:
            own = columns if above == _ROOT else ["organization_id", *columns]
            theirs = ["id"] if above == _ROOT else ["organization_id", "id"]
            again = (
                f"ALTER TABLE {table} ADD CONSTRAINT {key['name']} "
                f"FOREIGN KEY ({', '.join(own)}) REFERENCES {above} ({', '.join(theirs)})"
            )
        yield table, str(key["name"]), again


def _keys(found: Inspector, table: str) -> Iterator[str]:
    """Yield what has the organization lead every key of a table, under the name that it has."""
    if table == _ROOT:  # its code is kept unique by who creates one
        for unique in found.get_unique_constraints(table):
            yield f"ALTER TABLE {table} DROP CONSTRAINT {unique['name']}"
        return
    primary = found.get_pk_constraint(table)
    uniques = found.get_unique_constraints(table)
    keys = [(str(primary["name"]), primary["constrained_columns"], "PRIMARY KEY")]
    keys += [(str(unique["name"]), unique["column_names"], "UNIQUE") for unique in uniques]
    for name, columns, kind in keys:
        if columns and "organization_id" not in columns:
            led = ", ".join(["organization_id", *columns])
            yield f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} {kind} ({led})"
    if not primary["constrained_columns"]:  # a row of it is told by all it says while its shard is moved
        yield f"ALTER TABLE {table} REPLICA IDENTITY FULL"
    for index in found.get_indexes(table):
        columns = [str(column) for column in index["column_names"]]
        if index["unique"] and "duplicates_constraint" not in index and "organization_id" not in columns:
            where = index.get("dialect_options", {}).get("postgresql_where")
            yield f"DROP INDEX {index['name']}"
            led = ", ".join(["organization_id", *columns])
            yield f"CREATE UNIQUE INDEX {index['name']} ON {table} ({led})" + (f" WHERE {where}" if where else "")
