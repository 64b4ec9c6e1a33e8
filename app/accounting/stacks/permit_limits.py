"""Permit limits: means of a gauge over hours or days against the most they may be, and the times they were over it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from app.accounting.findings import Finding, Severity
from app.core.sentences import Sentence, listed, sentence
from app.core.units.quantities import plain

VALID_SHARE = Decimal("0.75")
"""A mean stands for its hour or day only when readings cover at least this part of it."""


class AveragingPeriod(StrEnum):
    """The period whose mean is held against a limit, on the plant's calendar."""

    HOUR = "hour"
    DAY = "day"


class Moisture(StrEnum):
    """Whether a gas volume is stated with or without its water vapour."""

    DRY = "dry"
    WET = "wet"


class ComplianceStatus(StrEnum):
    """How a limit was kept: `not_comparable` when the gauge states another reference condition than the permit."""

    COMPLIANT = "compliant"
    EXCEEDED = "exceeded"
    NO_DATA = "no_data"
    NOT_COMPARABLE = "not_comparable"


CONDITIONS = ("moisture", "temperature_c", "pressure_kpa", "oxygen_percent")
"""What a reference condition may state: in a limit's fields, and in the attributes of a meter under the same names."""


@dataclass(frozen=True, slots=True)
class PeriodMean:
    """A gauge's mean over [start_ms, end_ms), in the limit's unit; None where too little of it is covered."""

    start_ms: int
    end_ms: int
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Over:
    """Consecutive periods over a limit; `worst` is the highest of their means, of the period from worst_at_ms."""

    start_ms: int
    end_ms: int
    periods: int
    worst: Decimal
    worst_at_ms: int


def times_over(means: Iterable[PeriodMean], limit: Decimal) -> list[Over]:
    """Return where the means, in order, lie above the limit, consecutive periods joined; equal to it is kept."""
    found: list[Over] = []
    for mean in means:
        if mean.value is None or mean.value <= limit:
            continue
        last = found[-1] if found else None
        if last is None or last.end_ms != mean.start_ms:
            found.append(Over(mean.start_ms, mean.end_ms, 1, mean.value, mean.start_ms))
            continue
        worst = max((last.worst, -last.worst_at_ms), (mean.value, -mean.start_ms))
        found[-1] = Over(last.start_ms, mean.end_ms, last.periods + 1, worst[0], -worst[1])
    return found


def status_of(means: Iterable[PeriodMean], over: Iterable[Over], findings: Iterable[Finding]) -> ComplianceStatus:
    """Return how a limit was kept; what is not comparable is neither kept nor exceeded."""
    if any(finding.code == "other_condition" for finding in findings):
        return ComplianceStatus.NOT_COMPARABLE
    if any(over):
        return ComplianceStatus.EXCEEDED
    return ComplianceStatus.COMPLIANT if any(mean.value is not None for mean in means) else ComplianceStatus.NO_DATA


def compared(required: Mapping[str, str], stated: Mapping[str, str], *, meter: str) -> Iterator[Finding]:
    """Yield what stands between a permit's reference condition and what a meter states: compared, never converted."""
    for name, wanted in required.items():
        found = stated.get(name)
        if found is None:
            words = sentence(
                "assumption: %(meter)s measures at the permit's %(name)s %(wanted)s; the meter does not state it",
                meter=meter,
                name=name,
                wanted=wanted,
            )
            yield Finding("condition_assumed", Severity.INFO, words)
        elif not same_condition(wanted, found):
            words = sentence(
                "%(meter)s measures at %(name)s %(found)s, the permit is for %(wanted)s: nothing is converted",
                meter=meter,
                name=name,
                found=found,
                wanted=wanted,
            )
            yield Finding("other_condition", Severity.ERROR, words)


def conditions_of(source: Mapping[str, object]) -> dict[str, str]:
    """Return the reference condition among the fields of a limit or the attributes of a meter, as texts."""
    found = {name: source.get(name) for name in CONDITIONS}
    return {
        name: plain(value) if isinstance(value, Decimal) else str(value)
        for name, value in found.items()
        if value is not None
    }


def same_condition(one: str, other: str) -> bool:
    """Tell whether two statements of one condition agree: as numbers where they are, else as words."""
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return one == other


def condition_words(conditions: Mapping[str, str]) -> Sentence:
    """Return a reference condition in words, such as `dry, 0 degC, 101.325 kPa, 9 % O2`."""
    shape = {"moisture": "{}", "temperature_c": "{} degC", "pressure_kpa": "{} kPa", "oxygen_percent": "{} % O2"}
    found = [sentence(shape[name].format(conditions[name])) for name in CONDITIONS if name in conditions]
    return listed(found) if found else sentence("not stated")
