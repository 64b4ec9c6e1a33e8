"""Servers and databases that are killed, stopped, frozen or refused connections, under load."""

import time
from collections.abc import Iterator
from random import Random

import psycopg

from bench.lab import Backend
from faults.load import Load, loaded, row
from faults.place import Place
from faults.row import Row

_random = Random(20261128)
_FROZEN_S = 5.0
_END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'faults%' AND pid <> pg_backend_pid()
"""


def killed_server(place: Place, times: int) -> Iterator[Row]:
    """Kill the service's process at random moments."""
    for backend in Backend:
        with loaded(place.database(backend)) as load:
            for _ in range(times):
                _at_some_moment(load)
                load.kill()
        yield row(load, f"server killed, {backend}", "SIGKILL under load")


def second_server(place: Place, times: int) -> Iterator[Row]:
    """Serve one file by two servers, and kill one or the other at random moments."""
    with loaded(place.database(Backend.SQLITE), servers=2) as load:
        for _ in range(times):
            _at_some_moment(load)
            load.kill(_random.randrange(2))
    yield row(load, "two servers on one file, SQLite", "both are posted to, one or the other killed")


def killed_postgresql(place: Place, times: int) -> Iterator[Row]:
    """Kill every process of PostgreSQL at random moments and start it again."""
    with loaded(place.database(Backend.POSTGRESQL)) as load:
        for _ in range(times):
            _at_some_moment(load)
            place.postgresql.kill()
            began = time.monotonic()
            place.postgresql.start()
            load.over(began)
    yield row(load, "PostgreSQL killed", "SIGKILL of all its processes under load")


def restarted_postgresql(place: Place, times: int) -> Iterator[Row]:
    """Stop PostgreSQL, which ends every session, and start it again after a second."""
    with loaded(place.database(Backend.POSTGRESQL)) as load:
        for _ in range(times):
            _at_some_moment(load)
            place.postgresql.stop()
            load.notes.append(f"ready {load.answer('/health/ready')}, live {load.answer('/health/live')} meanwhile")
            time.sleep(1)
            began = time.monotonic()
            place.postgresql.start()
            load.over(began)
    yield row(load, "PostgreSQL restarted", "`pg_ctl stop`, a second, start")


def frozen_postgresql(place: Place, times: int) -> Iterator[Row]:
    """Have PostgreSQL stand still for some seconds."""
    with loaded(place.database(Backend.POSTGRESQL)) as load:
        for _ in range(times):
            _at_some_moment(load)
            with place.postgresql.frozen():
                time.sleep(_FROZEN_S)
                load.notes.append(f"live {load.answer('/health/live', timeout_s=5)} meanwhile")
            load.over(time.monotonic())
    yield row(load, "PostgreSQL frozen", f"SIGSTOP of all its processes for {_FROZEN_S:.0f} s")


def exhausted_connections(place: Place, times: int) -> Iterator[Row]:
    """Take every connection that PostgreSQL has, and end those of the service."""
    with loaded(place.database(Backend.POSTGRESQL)) as load:
        for _ in range(times):
            _at_some_moment(load)
            hoarded = _hoard(place.postgresql.url)
            load.notes.append(f"ready {load.answer('/health/ready')} meanwhile")
            time.sleep(1)
            began = time.monotonic()
            for connection in hoarded:
                connection.close()
            load.over(began)
    yield row(load, "connections exhausted, PostgreSQL", "another program takes all, those of the service are ended")


def exhausted_pool(place: Place, times: int) -> Iterator[Row]:
    """Hold the lock that every post of the organization needs until all of the service's connections wait for it."""
    with loaded(place.database(Backend.POSTGRESQL), ESG_POOL_SIZE="8") as load:
        for _ in range(times):
            _at_some_moment(load)
            with psycopg.connect(load.url) as holder:
                holder.execute("SELECT * FROM readings_head FOR UPDATE")
                time.sleep(3)
                load.notes.append(f"live {load.answer('/health/live')} meanwhile")
                holder.rollback()
            load.over(time.monotonic())
    yield row(load, "pool exhausted, PostgreSQL", "the organization's lock held for 3 s, 8 connections")


def _at_some_moment(load: Load) -> None:
    load.more()
    time.sleep(_random.uniform(0, 0.5))


def _hoard(url: str) -> list["psycopg.Connection[tuple[object, ...]]"]:
    """Open connections until PostgreSQL refuses, ending everybody else's time and again."""
    hoarded = [psycopg.connect(url, autocommit=True)]
    end = time.monotonic() + 10
    refused = 0
    while refused < 3 and time.monotonic() < end:
        hoarded[0].execute(_END_OTHERS)
        try:
            while True:
                hoarded.append(psycopg.connect(url, autocommit=True))
        except psycopg.OperationalError:
            refused += 1
    return hoarded
