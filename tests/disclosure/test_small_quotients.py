"""An intensity is never printed as nothing while there is something: then it has two significant digits."""

from decimal import Decimal

import pytest

from app.accounting.metrics.vocabulary import catalogue_book
from app.core.units.quantities import Rounding
from app.disclosure.figures.figures import shown
from app.disclosure.frameworks.frameworks import FigureSpec, framework_named, specs_of


def _spec(key: str) -> FigureSpec:
    return next(each for each in specs_of(framework_named("esrs"), catalogue_book()) if each.key == key)


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        pytest.param("0.000321", "0.00032", id="small"),
        pytest.param("-0.000321", "-0.00032", id="negative"),
        pytest.param("0.0049", "0.0049", id="just printed as nothing"),
        pytest.param("0.00000000099999", "0.0000000010", id="rounded up to one digit more"),
        pytest.param("0.005", "0.01", id="half of the last place"),
        pytest.param("0", "0.00", id="none"),
        pytest.param("12.3456", "12.35", id="plain"),
    ],
)
def test_a_quotient_has_two_significant_digits_where_its_decimals_would_print_nothing(value: str, printed: str) -> None:
    assert shown(Decimal(value), _spec("energy.intensity.net_revenue"), Rounding.HALF_UP) == printed


def test_a_total_has_its_decimals_alone_and_what_is_missing_is_no_figure() -> None:
    total = _spec("energy.total")
    assert shown(Decimal("0.001"), total, Rounding.HALF_UP) == "0"
    assert shown(None, total, Rounding.HALF_UP) is None
