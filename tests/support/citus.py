"""Databases of a Citus cluster for tests: each a copy, on every node, of one that is distributed.

The suite runs its PostgreSQL tests there when ESG_TEST_CITUS_URL is the address of a coordinator whose nodes can be
reached as that account, `deploy/citus/cluster.sh start` for one.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

COORDINATOR = os.environ.get("ESG_TEST_CITUS_URL")

_QUIET = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
_WORKERS = "SELECT nodename, nodeport FROM pg_dist_node WHERE groupid <> 0"


def nodes(server: str) -> list[str]:
    """Return the addresses of the coordinator and its workers."""
    with psycopg.connect(server) as connection:
        found = connection.execute(_WORKERS).fetchall()
    url = make_url(server)
    return [server, *(_text(url.set(host=host, port=port)) for host, port in found)]


def create_cluster_database(server: str, name: str) -> str:
    """Create an empty database on every node, the coordinator knowing the others; return its address."""
    every = nodes(server)
    for node in every:
        _run(node, [sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))])
        _run(on(node, name), [sql.SQL("CREATE EXTENSION citus")])
    host, port = _place(every[0])
    _run(on(server, name), [sql.SQL("SELECT citus_set_coordinator_host({}, {})").format(host, port)])
    for node in every[1:]:
        host, port = _place(node)
        _run(on(server, name), [sql.SQL("SELECT citus_add_node({}, {})").format(host, port)])
    return on(server, name)


@contextmanager
def cluster_copy(server: str, name: str, *, template: str) -> Iterator[str]:
    """Yield the address of a copy of a database, made on each node; gone at the end."""
    every = nodes(server)
    for node in every:
        _copy(node, name, template)
    yield on(server, name)
    for node in every:
        drop(node, name)


def drop(node: str, name: str) -> None:
    """Drop a database of a node, whoever uses it."""
    _run(node, [sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))])


def on(server: str, name: str) -> str:
    """Return the address of another database of a server."""
    return _text(make_url(server).set(database=name))


def _copy(node: str, name: str, template: str) -> None:
    """Copy a database that nobody uses: its own maintenance is ended first, and comes back after a while."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    with psycopg.connect(node, autocommit=True) as connection:
        for _ in range(20):
            connection.execute(_QUIET, (template,))
            try:
                connection.execute(statement)
            except psycopg.errors.ObjectInUse:
                continue
            return
        connection.execute(statement)


def _run(node: str, statements: Sequence[sql.SQL | sql.Composed]) -> None:
    with psycopg.connect(node, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def _place(node: str) -> tuple[sql.Literal, sql.Literal]:
    url = make_url(node)
    return sql.Literal(url.host), sql.Literal(url.port)


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
