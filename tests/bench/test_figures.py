"""Ratios beside the figures: to the baseline, and to today's build."""

from bench.beside import Found
from bench.builds import THIS, TODAY
from bench.figures import Goal, Spread
from bench.totals import added


def test_a_line_has_the_ratio_to_the_baseline_and_to_todays_build_of_the_same_round() -> None:
    found = Found("rows", "rows/s", {THIS: [10.0, 30.0, 40.0], TODAY: [5.0, 10.0, 50.0]})
    ours, todays = found.lines("SQLite", beside=[20.0, 30.0, 10.0], against="raw", goal=Goal(1.0))
    assert (ours.subject, ours.ratio, ours.today) == ("rows", Spread(1.0, 0.5, 4.0, 3), Spread(2.0, 0.8, 3.0, 3))
    assert (todays.subject, todays.ratio, todays.today) == ("rows, today's build", Spread(1 / 3, 0.25, 5.0, 3), None)


def test_each_build_can_be_held_against_what_it_did_itself() -> None:
    found = Found("again", "rows/s", {THIS: [10.0], TODAY: [10.0]})
    ours, todays = found.lines("SQLite", beside={THIS: [5.0], TODAY: [20.0]}, against="new")
    assert ours.ratio == Spread(2.0, 2.0, 2.0, 1)
    assert todays.ratio == Spread(0.5, 0.5, 0.5, 1)


def test_a_goal_to_todays_build_is_judged_by_that_ratio_and_left_out_without_one() -> None:
    ours, _ = Found("import", "ms", {THIS: [10.0], TODAY: [40.0]}).lines_to_today("", goal=Goal(0.5, at_most=True))
    assert (ours.judged, ours.against, ours.goal) == (0.25, "today's build", Goal(0.5, at_most=True))
    (alone,) = Found("import", "ms", {THIS: [10.0]}).lines_to_today("", goal=Goal(0.5, at_most=True))
    assert (alone.ratio, alone.goal) == (None, None)


def test_buckets_of_all_pages_are_added_exactly() -> None:
    pages = [
        b'{"items":[{"meter":"m1","quantity":0.05,"count":4},{"meter":"m2","quantity":0.2,"count":3}],"next":"x"}',
        b'{"items":[{"meter":"m3","quantity":0.000001,"count":1}],"next":null}',
    ]
    assert added(pages) == (8, 250_001)
