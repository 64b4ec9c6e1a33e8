"""The mark by which a run leaves out what needs PostgreSQL, and the garbage collector's pace in the tests."""

import gc

import pytest


def test_what_needs_postgresql_is_marked_and_nothing_else(request: pytest.FixtureRequest, database_url: str) -> None:
    marked = request.node.get_closest_marker("postgresql") is not None
    assert marked == database_url.startswith("postgresql")


def test_what_asks_for_the_server_itself_is_marked(request: pytest.FixtureRequest, postgresql_server: str) -> None:
    assert request.node.get_closest_marker("postgresql") is not None


def test_the_garbage_collector_works_and_leaves_what_was_collected_alone() -> None:
    assert gc.isenabled()
    assert gc.get_freeze_count() > 100_000
    assert gc.get_threshold()[0] == 50_000
