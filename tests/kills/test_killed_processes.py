"""Of two processes one is killed again and again: nothing is lost or doubled, and what was left is worked off soon."""

from collections.abc import Iterator

import pytest

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
