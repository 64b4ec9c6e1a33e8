"""Large bodies rest between their steps while small posts come, and only then."""

import pytest

from app.ingest.writing import courtesy
from app.ingest.writing.courtesy import SmallPosts


class Clock:
    """A clock that only sleeping and `pass_` move on."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds

    def pass_(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(courtesy, "time", clock)
    return clock


def test_without_small_posts_nothing_rests(clock: Clock) -> None:
    small = SmallPosts()
    small.came()
    clock.pass_(0.2)
    steps = small.steps()
    clock.pass_(0.03)
    steps.rest()
    assert clock.slept == []


def test_each_step_is_followed_by_three_times_its_length_and_a_rest_is_no_part_of_the_next(clock: Clock) -> None:
    small = SmallPosts()
    steps = small.steps()
    for length in (0.03, 0.04, 0.4):
        clock.pass_(length)
        small.came()
        steps.rest()
    assert clock.slept == [0.09, 0.12, 0.5]
