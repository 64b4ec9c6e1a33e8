"""Numbers that somebody states, as amounts: the total, the parts, or the one part that is asked for."""

from collections.abc import Mapping
from decimal import Decimal

from app.accounting.ledger.amounts import Amount
from app.accounting.metrics.stated_amounts import stated
from app.accounting.stated.datapoints import Stated, StatedBook, StatedYear
from tests.support.factors import SHANGHAI

_SCOPE3 = "ghg.scope3"


def _stated(tonnes: str, **dimensions: str) -> Stated:
    return Stated("c", _SCOPE3, dimensions, Decimal(tonnes), None, Decimal(tonnes), "tCO2e", None, 1, "key", 0)


def _amount(*found: Stated, where: Mapping[str, str] | None = None) -> Amount:
    year = StatedYear(StatedBook(found, currency="CNY"), SHANGHAI)
    return stated(year, _SCOPE3, where or {}, first_day=18_628, end_day=18_993)


def _codes(amount: Amount) -> list[str]:
    return [finding.code for finding in amount.findings]


def test_parts_stand_for_the_whole_and_those_nobody_has_stated_are_named() -> None:
    amount = _amount(_stated("120", category="6"), _stated("5000", category="1"))
    assert (amount.value, amount.coverage) == (Decimal(5_120_000), None)
    assert [term.value for term in amount.terms] == [Decimal(5_000_000), Decimal(120_000)]
    (finding,) = amount.findings
    assert finding.code == "parts_not_stated"
    assert finding.detail.endswith("nobody has stated category 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15")


def test_the_part_that_is_asked_for_stands_for_itself_alone() -> None:
    amount = _amount(_stated("5000", category="1"), where={"category": "1"})
    assert (amount.value, _codes(amount)) == (Decimal(5_000_000), [])
    other = _amount(_stated("5000", category="1"), where={"category": "2"})
    assert (other.value, _codes(other)) == (None, ["not_stated"])


def test_a_total_goes_before_its_parts() -> None:
    amount = _amount(_stated("7000"), _stated("5000", category="1"))
    assert (amount.value, _codes(amount)) == (Decimal(7_000_000), [])
