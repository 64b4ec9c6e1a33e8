"""Power that fails under SQLite, at a few moments; `make faults` has it fail at hundreds."""

from dataclasses import replace
from random import Random

import pytest

from faults import power
from faults.place import Place


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("power"))


def test_what_was_answered_is_there_after_a_power_cut_and_nothing_of_half_a_post(place: Place) -> None:
    rows = list(power.lost_power(place, 12))
    assert [(row.times, row.acknowledged, row.lost, row.doubled) for row in rows] == [(12, 240, 0, 0), (1, 240, 0, 0)]


def test_a_log_that_lost_its_last_commit_is_seen_to_have_lost_it(place: Place) -> None:
    """As with `synchronous=NORMAL`, by which posts are answered before their commit is on the disk."""
    run = power._ran(place, Random(1))  # noqa: S311 - no secret
    early = [replace(each, log_bytes=0) if n == 40 else each for n, each in enumerate(run.answers)]
    cut = run.log[: run.answers[39].log_bytes]
    lost, _ = power._lost_and_half(replace(run, answers=early), run.before.read_bytes(), cut, place.folder / "cut")
    assert lost == 6
