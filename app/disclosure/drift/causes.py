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
from app.core.sentences import Sentence, listed, sentence
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
    detail: Sentence
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
        yield Cause(
            "framework",
            sentence(
                "the framework prints it in %(unit)s now, published is %(published)s",
                unit=unit,
                published=published["unit"],
            ),
            None,
        )
        return
    value = None if published is None or published["value"] is None else Decimal(published["value"])
    if not way.same_year:
        last = amount_of(spec, where, way.stages[-1].evaluation).value
        yield Cause("reporting_year", sentence("the reporting year begins on another day now"), _less(last, value))
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
    name = key if was is None else sentence("datapoint %(code)s", code=was["datapoint"])
    if stated is None:
        return Cause("datapoint_revision", sentence("%(name)s is no longer stated", name=name), amount)
    if was is None:
        words = sentence("%(name)s was stated since", name=name)
    else:
        words = sentence(
            "%(name)s has revision %(revision)s, published was %(was)s",
            name=name,
            revision=stated.revision,
            was=was["revision"],
        )
    return Cause("datapoint_revision", words, amount)


def _of_stage(
    session: Session, way: Way, document: Mapping[str, Any], stage: Stage, earlier: Amount, later: Amount
) -> Iterator[Cause]:
    amount = _less(later.value, earlier.value)
    if stage.kind is StageKind.READINGS:
        yield from _readings(way, stage, {*_meters(earlier), *_meters(later)}, amount)
        return
    match stage.kind:
        case StageKind.METERS:
            detail = _listed(sentence("meters were added or changed"), _added_meters(earlier, later))
        case StageKind.BOUNDARY:
            detail = _listed(
                sentence("plants or shares were changed"), basis_differences(session, way.now.organization, document)
            )
        case StageKind.FACTORS:
            detail = _listed(sentence("factors were added"), _other_factors(earlier, later))
        case StageKind.INSTRUMENTS:
            detail = _listed(sentence("instruments were entered or withdrawn"), _other_instruments(way))
        case StageKind.PINS:
            detail = _listed(sentence("pins or the factor set were changed"), _other_factors(earlier, later))
        case StageKind.DATAPOINTS:
            detail = _listed(
                sentence("datapoints were stated, stated anew or withdrawn"), _other_stated(earlier, later)
            )
        case _:
            detail = sentence(
                "GWP set %(now)s in the place of %(before)s",
                now=way.gwp_now,
                before=document["basis"]["gwp_set"],
            )
    yield Cause(stage.kind, detail, amount)


def _readings(way: Way, stage: Stage, meters: set[str], amount: Decimal | None) -> Iterator[Cause]:
    """Yield what became of the readings of the meters that enter the figure; one alone has the whole amount."""
    changes = [each for meter_id in sorted(stage.meter_ids) for each in way.touched.changes.get(meter_id, ())]
    mine = [each for each in changes if each.meter in meters]
    for each in mine:
        yield Cause(each.change, each.words, amount if len(mine) == 1 else None)
    if not mine:
        yield Cause("late_readings", sentence("readings beside the year, which reach into it, came or changed"), amount)


def not_reproduced(
    first: Amount, published: Mapping[str, Any] | None, basis: Mapping[str, Any], amount: Decimal | None
) -> Cause:
    """Return why what was stored then does not give what was published by `basis`.

    Other shipped factors, another edition of the zone rules, or something else.
    """
    known = {} if published is None else _factors_of(published["lineage"])
    found = {term.choice.factor.code: term.per_unit for term in first.terms if term.choice is not None}
    other = [
        sentence(
            "factor %(code)s is %(found)s now, published was %(kg)s", code=code, found=plain(found[code]), kg=plain(kg)
        )
        for code, kg in known.items()
        if code in found and found[code] != kg
    ]
    other += [sentence("factor %(code)s is new", code=code) for code in found if known and code not in known]
    if other:
        return Cause("factor_editions", listed(other, "; "), amount)
    edition = basis.get("zone_rules")
    if edition is not None and edition != EDITION:
        words = sentence(
            "local days are told by the zone rules %(now)s now, by %(before)s when it was published",
            now=EDITION,
            before=edition,
        )
        return Cause("zone_rules", words, amount)
    words = sentence("what was stored then gives another value: a meter or the program's own data were changed since")
    return Cause("not_reproduced", words, amount)


def _factors_of(lineage: Mapping[str, Any]) -> dict[str, Decimal]:
    terms = [*lineage["terms"], *(lineage["divisor"] or {"terms": []})["terms"]]
    return {each["factor"]["code"]: Decimal(each["factor"]["kg_co2e"]) for each in terms if each["factor"]}


def _meters(amount: Amount) -> set[str]:
    found = {meter for activity in amount.activities for meter in activity.meters}
    return found if amount.divisor is None else found | _meters(amount.divisor)


def _added_meters(earlier: Amount, later: Amount) -> list[Sentence]:
    before, after = _meters(earlier), _meters(later)
    return [sentence("meter %(code)s counts since", code=code) for code in sorted(after - before)] + [
        sentence("meter %(code)s counts no more", code=code) for code in sorted(before - after)
    ]


def _other_factors(earlier: Amount, later: Amount) -> list[Sentence]:
    return [
        words
        for name, used in ((sentence("factor"), _factors), (sentence("calorific value"), _values))
        for words in _others(name, used(earlier), used(later))
    ]


def _others(name: str, before: set[str], after: set[str]) -> list[Sentence]:
    gone, come = sorted(before - after), sorted(after - before)
    if gone and come:
        return [sentence("%(name)s %(come)s in the place of %(gone)s", name=name, come=listed(come), gone=listed(gone))]
    return [sentence("%(name)s %(code)s is used since", name=name, code=code) for code in come] + [
        sentence("%(name)s %(code)s is used no more", name=name, code=code) for code in gone
    ]


def _factors(amount: Amount) -> set[str]:
    found = {term.choice.factor.code for term in amount.terms if term.choice is not None}
    return found if amount.divisor is None else found | _factors(amount.divisor)


def _values(amount: Amount) -> set[str]:
    found = {each.value.code for term in amount.terms for each in term.values}
    return found if amount.divisor is None else found | _values(amount.divisor)


def _other_stated(earlier: Amount, later: Amount) -> list[Sentence]:
    """Return what of the datapoints that enter an amount is stated otherwise, by indicator and dimensions."""
    before, after = ({_named(term): term.quantity for term in _stated_terms(each)} for each in (earlier, later))
    words = []
    for name in sorted(before.keys() | after.keys()):
        was, is_now = before.get(name), after.get(name)
        if was != is_now:
            now, then = (sentence("not stated") if each is None else plain(each) for each in (is_now, was))
            words.append(sentence("%(name)s is %(now)s, published was %(was)s", name=name, now=now, was=then))
    return words


def _stated_terms(amount: Amount) -> list[Term]:
    return [term for term in amount.plain_terms if not term.activity.site.place.plant]


def _named(term: Term) -> str:
    values = (f"{name} {value}" for name, value in sorted(term.activity.attributes.items()))
    return " ".join((term.activity.resource, *values))


def _other_instruments(way: Way) -> list[Sentence]:
    before, after = ({each.code for each in side.instruments} for side in (way.then, way.now))
    return [sentence("instrument %(code)s was entered", code=code) for code in sorted(after - before)] + [
        sentence("instrument %(code)s was withdrawn", code=code) for code in sorted(before - after)
    ]


def _listed(otherwise: Sentence, found: Iterable[Sentence]) -> Sentence:
    return listed(found, "; ") or otherwise


def _less(after: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if after is None or before is None else EXACT.subtract(after, before)
