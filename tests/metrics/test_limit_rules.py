"""Permit limits, stack masses and targets: the rules, without a database."""

from decimal import Decimal

import pytest

from app.accounting.stacks.permit_limits import (
    ComplianceStatus,
    PeriodMean,
    compared,
    condition_words,
    status_of,
    times_over,
)
from app.accounting.stacks.stack_mass import HourOfStack, different_basis, summed_mass

HOUR = 3_600_000


def _means(*values: str | None) -> list[PeriodMean]:
    return [
        PeriodMean(number * HOUR, (number + 1) * HOUR, None if value is None else Decimal(value))
        for number, value in enumerate(values)
    ]


def test_consecutive_hours_over_a_limit_are_one_exceedance_with_its_worst() -> None:
    found = times_over(_means("399", "410", "433.5", "401", "100", "400.1"), Decimal(400))
    assert [(each.start_ms, each.end_ms, each.periods, each.worst, each.worst_at_ms) for each in found] == [
        (HOUR, 4 * HOUR, 3, Decimal("433.5"), 2 * HOUR),
        (5 * HOUR, 6 * HOUR, 1, Decimal("400.1"), 5 * HOUR),
    ]


def test_a_mean_equal_to_the_limit_keeps_it() -> None:
    assert times_over(_means("150", "149.999999"), Decimal(150)) == []


def test_an_hour_without_a_mean_parts_two_exceedances() -> None:
    found = times_over(_means("500", None, "500"), Decimal(400))
    assert [(each.start_ms, each.end_ms) for each in found] == [(0, HOUR), (2 * HOUR, 3 * HOUR)]


def test_the_first_of_equally_bad_hours_is_the_worst() -> None:
    (found,) = times_over(_means("500", "500"), Decimal(400))
    assert found.worst_at_ms == 0


def test_a_limit_without_any_mean_is_neither_kept_nor_exceeded() -> None:
    assert status_of(_means(None), [], []) is ComplianceStatus.NO_DATA


@pytest.mark.parametrize(
    ("stated", "codes"),
    [
        ({"oxygen_percent": "9.0", "moisture": "dry"}, []),
        ({"oxygen_percent": "11", "moisture": "dry"}, ["other_condition"]),
        ({"moisture": "dry"}, ["condition_assumed"]),
    ],
)
def test_reference_conditions_are_compared_and_never_converted(stated: dict[str, str], codes: list[str]) -> None:
    found = compared({"oxygen_percent": "9", "moisture": "dry"}, stated, meter="meter so2")
    assert [finding.code for finding in found] == codes


def test_a_reference_condition_reads_as_words() -> None:
    conditions = {"moisture": "dry", "temperature_c": "0", "pressure_kpa": "101.325", "oxygen_percent": "9"}
    assert condition_words(conditions) == "dry, 0 degC, 101.325 kPa, 9 % O2"
    assert condition_words({}) == "not stated"


def _hour(concentration: str | None, flow: str | None) -> HourOfStack:
    return HourOfStack(
        start_ms=0,
        concentration=None if concentration is None else Decimal(concentration),
        flow=None if flow is None else Decimal(flow),
        estimated_share=Decimal(0),
        readings=2,
    )


def test_mass_is_concentration_times_flow_of_the_hours_that_have_both() -> None:
    # 120 mg/m3 x 50,000 m3 = 6 kg; 100.5 mg/m3 x 40,000 m3 = 4.02 kg.
    found = summed_mass([_hour("120", "50000"), _hour("100.5", "40000"), _hour(None, "40000"), _hour("90", None)])
    assert (found.kg, found.hours, found.partial) == (Decimal("10.02"), 2, 2)


def test_no_hour_with_both_parts_is_no_mass_and_not_zero() -> None:
    assert summed_mass([_hour("120", None)]).kg is None


def test_a_condition_that_one_meter_alone_states_is_another_basis() -> None:
    assert different_basis({"moisture": "dry"}, {"moisture": "dry"}) == []
    assert different_basis({"moisture": "dry"}, {}) == ["moisture"]
    assert different_basis({"oxygen_percent": "9"}, {"oxygen_percent": "11"}) == ["oxygen_percent"]
    assert different_basis({}, {}) == []
