"""Of two processes one is killed again and again: nothing is lost or doubled, and what was left is worked off soon."""

from collections.abc import Iterator

import pytest

from app.jobs.schedule import next_fire, trigger_of
from app.jobs.table import job_table
from app.settings import Settings
from tests.conftest import own_database
from tests.kills.trial import trial


@pytest.fixture
def url(postgresql_template: str) -> Iterator[str]:
    with own_database(postgresql_template) as address:
        yield address


def test_nothing_is_lost_or_doubled_while_processes_are_killed(url: str) -> None:
    outcome = trial(url, seconds=5, seed=20261127, least_kills=4)

    assert outcome.kills >= 4
    assert outcome.readings > 100


def test_what_a_killed_process_left_is_looked_for_each_second() -> None:
    rollup = next(job for job in job_table(Settings()) if job.name == "rollup")
    assert next_fire(trigger_of(rollup.schedule), after_ms=1_767_225_600_000) == 1_767_225_601_000
