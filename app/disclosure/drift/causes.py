"""Why a figure is no longer what was published: each step from then to now that changes it, named and counted."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlmodel import Session

from app.accounting.ledger.amounts import Amount, Term
from app.accounting.stated.datapoints import Stated
from app.core.calendar.zone_rules import EDITION
from app.core.units.quantities import EXACT, plain
from app.disclosure.drift.stages import Stage, StageKind, Way
from app.disclosure.figures.figures import amount_of, unit_of
from app.disclosure.frameworks.frameworks import FigureSpec
from app.disclosure.publications.basis import basis_differences

_Where = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: a stable code, a sentence that counts, and what it adds in the figure's unit, None when not known."""

    code: str
    detail: str
    amount: Decimal | None


def cause_of(
    session: Session,
    way: Way,
    document: Mapping[str, Any],
    spec: FigureSpec,
    where: _Where,
    published: Mapping[str, Any] | None,
) -> Iterator[Cause]:
    """Yield the causes by which a figure moved, in the order of the stages; known amounts add up to the difference."""
    first = amount_of(spec, where, way.stages[0].evaluation)
    unit = unit_of(spec, way.metrics, currency=way.now.organization.currency)
    if published is not None and published["unit"] != unit:
        yield Cause("framework", f"the framework prints it in {unit} now, published is {published['unit']}", None)
        return
    value = None if published is None or published["value"] is None else Decimal(published["value"])
    if not way.same_year:
        last = amount_of(spec, where, way.stages[-1].evaluation).value
        yield Cause("reporting_year", "the reporting year begins on another day now", _less(last, value))
        return
    if first.value != value:
        yield not_reproduced(first, published, document["basis"], _less(first.value, value))
    for before, stage in pairwise(way.stages):
        if stage.evaluation is before.evaluation:
            continue
        earlier, later = (amount_of(spec, where, each.evaluation) for each in (before, stage))
        if earlier.value != later.value:
            yield from _of_stage(session, way, document, stage, earlier, later)


def stated_cause(key: str, published: Mapping[str, Any] | None, stated: Stated | None, amount: Decimal | None) -> Cause:
    """Return why a figure that somebody states is another: its datapoint has another revision, or none."""
    was = None if published is None else published["lineage"]["stated"]
    name = key if was is None else f"datapoint {was['datapoint']}"
    if stated is None:
        return Cause("datapoint_revision", f"{name} is no longer stated", amount)
    revision = "was stated since" if was is None else f"has revision {stated.revision}, published was {was['revision']}"
    return Cause("datapoint_revision", f"{name} {revision}", amount)


def _of_stage(
    session: Session, way: Way, document: Mapping[str, Any], stage: Stage, earlier: Amount, later: Amount
) -> Iterator[Cause]:
    amount = _less(later.value, earlier.value)
    if stage.kind is StageKind.READINGS:
        yield from _readings(way, stage, {*_meters(earlier), *_meters(later)}, amount)
        return
    match stage.kind:
        case StageKind.METERS:
            detail = _listed("meters were added or changed", _added_meters(earlier, later))
        case StageKind.BOUNDARY:
            detail = _listed(
                "plants or shares were changed", basis_differences(session, way.now.organization, document)
            )
        case StageKind.FACTORS:
            detail = _listed("factors were added", _other_factors(earlier, later))
        case StageKind.INSTRUMENTS:
            detail = _listed("instruments were entered or withdrawn", _other_instruments(way))
        case StageKind.PINS:
            detail = _listed("pins or the factor set were changed", _other_factors(earlier, later))
        case StageKind.DATAPOINTS:
            detail = _listed("datapoints were stated, stated anew or withdrawn", _other_stated(earlier, later))
        case _:
            detail = f"GWP set {way.gwp_now} in the place of {document['basis']['gwp_set']}"
    yield Cause(stage.kind, detail, amount)


def _readings(way: Way, stage: Stage, meters: set[str], amount: Decimal | None) -> Iterator[Cause]:
    """Yield what became of the readings of the meters that enter the figure; one alone has the whole amount."""
    changes = [each for meter_id in sorted(stage.meter_ids) for each in way.touched.changes.get(meter_id, ())]
    mine = [each for each in changes if each.meter in meters]
    for each in mine:
        yield Cause(each.change, each.words, amount if len(mine) == 1 else None)
    if not mine:
        yield Cause("late_readings", "readings beside the year, which reach into it, came or changed", amount)


def not_reproduced(
    first: Amount, published: Mapping[str, Any] | None, basis: Mapping[str, Any], amount: Decimal | None
) -> Cause:
    """Return why what was stored then does not give what was published by `basis`.

    Other shipped factors, another edition of the zone rules, or something else.
    """
    known = {} if published is None else _factors_of(published["lineage"])
    found = {term.choice.factor.code: term.per_unit for term in first.terms if term.choice is not None}
    other = [
        f"factor {code} is {plain(found[code])} now, published was {plain(kg)}"
        for code, kg in known.items()
        if code in found and found[code] != kg
    ]
    other += [f"factor {code} is new" for code in found if known and code not in known]
    if other:
        return Cause("factor_editions", "; ".join(other), amount)
    edition = basis.get("zone_rules")
    if edition is not None and edition != EDITION:
        words = f"local days are told by the zone rules {EDITION} now, by {edition} when it was published"
        return Cause("zone_rules", words, amount)
    words = "what was stored then gives another value: a meter or the program's own data were changed since"
    return Cause("not_reproduced", words, amount)


def _factors_of(lineage: Mapping[str, Any]) -> dict[str, Decimal]:
    terms = [*lineage["terms"], *(lineage["divisor"] or {"terms": []})["terms"]]
    return {each["factor"]["code"]: Decimal(each["factor"]["kg_co2e"]) for each in terms if each["factor"]}


def _meters(amount: Amount) -> set[str]:
    found = {meter for activity in amount.activities for meter in activity.meters}
    return found if amount.divisor is None else found | _meters(amount.divisor)


def _added_meters(earlier: Amount, later: Amount) -> list[str]:
    before, after = _meters(earlier), _meters(later)
    return [f"meter {code} counts since" for code in sorted(after - before)] + [
        f"meter {code} counts no more" for code in sorted(before - after)
    ]


def _other_factors(earlier: Amount, later: Amount) -> list[str]:
    return [
        words
        for name, used in (("factor", _factors), ("calorific value", _values))
        for words in _others(name, used(earlier), used(later))
    ]


def _others(name: str, before: set[str], after: set[str]) -> list[str]:
    gone, come = sorted(before - after), sorted(after - before)
    if gone and come:
        return [f"{name} {', '.join(come)} in the place of {', '.join(gone)}"]
    return [f"{name} {code} is used since" for code in come] + [f"{name} {code} is used no more" for code in gone]


def _factors(amount: Amount) -> set[str]:
    found = {term.choice.factor.code for term in amount.terms if term.choice is not None}
    return found if amount.divisor is None else found | _factors(amount.divisor)


def _values(amount: Amount) -> set[str]:
    found = {each.value.code for term in amount.terms for each in term.values}
    return found if amount.divisor is None else found | _values(amount.divisor)


def _other_stated(earlier: Amount, later: Amount) -> list[str]:
    """Return what of the datapoints that enter an amount is stated otherwise, by indicator and dimensions."""
    before, after = ({_named(term): term.quantity for term in _stated_terms(each)} for each in (earlier, later))
    words = []
    for name in sorted(before.keys() | after.keys()):
        was, is_now = before.get(name), after.get(name)
        if was != is_now:
            said = "not stated" if is_now is None else plain(is_now)
            words.append(f"{name} is {said}, published was {'not stated' if was is None else plain(was)}")
    return words


def _stated_terms(amount: Amount) -> list[Term]:
    return [term for term in amount.plain_terms if not term.activity.site.place.plant]


def _named(term: Term) -> str:
    values = (f"{name} {value}" for name, value in sorted(term.activity.attributes.items()))
    return " ".join((term.activity.resource, *values))


def _other_instruments(way: Way) -> list[str]:
    before, after = ({each.code for each in side.instruments} for side in (way.then, way.now))
    return [f"instrument {code} was entered" for code in sorted(after - before)] + [
        f"instrument {code} was withdrawn" for code in sorted(before - after)
    ]


def _listed(otherwise: str, found: Iterable[str]) -> str:
    return "; ".join(found) or otherwise


def _less(after: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if after is None or before is None else EXACT.subtract(after, before)
