"""Judging many factors together, whatever the order in which they come."""

from datetime import date
from decimal import Decimal
from itertools import permutations

from app.accounting.factors.factor import Factor
from app.accounting.selection.factor_import import Judgement, SentFactor, judge
from app.core.inventory.inventory import FieldProblem
from app.core.inventory.resources import SHIPPED
from tests.support.factors import factor

_UNREADABLE = FieldProblem("per", "unknown_unit", "no such unit")


def _judged(*sent: Factor | None, known: tuple[Factor, ...] = ()) -> Judgement:
    rows = [
        SentFactor(index, None if each is None else each.code, each, () if each else (_UNREADABLE,))
        for index, each in enumerate(sent)
    ]
    return judge(rows, {each.code: each for each in known}, SHIPPED)


def _added(judgement: Judgement) -> list[str]:
    return [each.code for each in judgement.added]


def _refused(judgement: Judgement) -> list[tuple[str | None, int | None, str]]:
    return [(each.factor, each.problem.index, each.problem.code) for each in judgement.refused]


def test_a_chain_is_stored_from_its_beginning_whatever_its_order() -> None:
    chain = factor("a"), factor("b", supersedes="a"), factor("c", supersedes="b")
    for order in permutations(chain):
        judgement = _judged(*order)
        assert _refused(judgement) == []
        assert _added(judgement) == ["a", "b", "c"]
        assert judgement.superseding == (("b", "a"), ("c", "a"), ("c", "b"))


def test_editions_are_taken_oldest_publication_first_and_undated_ones_before_them() -> None:
    later = factor("later", published_on=date(2023, 1, 1))
    earlier = factor("earlier", published_on=date(2022, 1, 1))
    other = factor("other", region="CN-GD")
    for order in permutations((later, earlier, other)):
        judgement = _judged(*order)
        assert _added(judgement) == ["other", "earlier", "later"]
        assert judgement.superseding == (("later", "earlier"),)


def test_factors_that_supersede_each_other_are_refused() -> None:
    judgement = _judged(factor("a", supersedes="b"), factor("b", supersedes="a"))
    assert _refused(judgement) == [("a", 0, "unknown_factor"), ("b", 1, "unknown_factor")]
    assert _refused(_judged(factor("a", supersedes="a"))) == [("a", 0, "unknown_factor")]


def test_rows_that_say_nothing_new_or_cannot_be_read_do_not_keep_the_others_out() -> None:
    stored = factor("stored", region="CN-GD")
    judgement = _judged(None, stored, factor("new"), known=(stored,))
    assert (judgement.received, judgement.unchanged, _added(judgement)) == (3, ("stored",), ["new"])
    assert _refused(judgement) == [(None, 0, "unknown_unit")]


def test_a_code_stands_for_one_content_in_the_store_and_in_the_body() -> None:
    stored = factor("stored", region="CN-GD", own=True)
    changed = factor("stored", region="CN-GD", own=True, kg_co2=Decimal(2))
    twice = factor("twice"), factor("twice", region="CN-FJ")
    judgement = _judged(changed, *twice, stored, known=(stored,))
    assert _refused(judgement) == [("stored", 0, "duplicate_code"), ("twice", 2, "duplicate_code")]
    assert "is stored with another kg_co2: nothing is edited" in judgement.refused[0].problem.detail
    assert (_added(judgement), judgement.unchanged) == (["twice"], ("stored",))
    again = _judged(stored, stored, known=(stored,))
    assert (again.unchanged, _refused(again)) == (("stored",), [("stored", 1, "duplicate_code")])
