"""From a metered quantity to the unit a factor or figure is stated in, by stated calorific values and densities.

Each step is an exact fraction. Gas from m3 at 15 degrees C to net kWh, by 38 MJ per Nm3 (HHV) and LHV / HHV of 0.9:
273.15 / 288.15 Nm3 x 38 MJ x 0.9 / 3.6.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from fractions import Fraction
from itertools import islice

from app.accounting.factors.calorific import CalorificValue
from app.accounting.factors.calorific_choice import Candidate
from app.accounting.factors.factor import HeatingValueBasis
from app.accounting.factors.fuel import Conversion, Fuel, NotConvertible
from app.accounting.factors.gas_states import in_state
from app.accounting.factors.measure import Measure
from app.accounting.findings import Statement
from app.core.sentences import Sentence, listed, sentence
from app.core.units.quantities import plain
from app.core.units.units import Dimension, DimensionMismatch, ratio

__all__ = ["Conversion", "Fuel", "NotConvertible", "convert"]

_OTHER = {HeatingValueBasis.LHV: HeatingValueBasis.HHV, HeatingValueBasis.HHV: HeatingValueBasis.LHV}
_THE_FACTOR = sentence("the factor")


class _Kind(Enum):
    """What of a fuel a measure counts: a volume of gas is another thing than one of liquid."""

    HEAT = "heat"
    MASS = "mass"
    GAS = "gas"
    LIQUID = "liquid"


def convert(fuel: Fuel, source: Measure, target: Measure) -> Conversion:
    """Return the conversion of a quantity from one measure to another, by the nearest values that lead there.

    Raises NotConvertible where none does, and for a fuel's energy that is on no heating value.
    """
    pair = source, target
    if pair not in fuel.known:
        try:
            fuel.known[pair] = _converted(fuel, source.plain, target.plain)
        except NotConvertible as error:
            fuel.known[pair] = error
    found = fuel.known[pair]
    if isinstance(found, NotConvertible):
        raise NotConvertible(found.words, found.mend, lacks=found.lacks)
    return Conversion(found.factor, target.unit, found.rests_on, found.values)


def _converted(fuel: Fuel, source: Measure, target: Measure) -> Conversion:
    if source == target or not fuel.is_fuel:
        return _units(fuel, source, target)
    if _Kind.HEAT not in (_kind(fuel, source), _kind(fuel, target)):
        return _matter(fuel, source, target)
    for measure in (source, target):
        if measure.dimension is Dimension.ENERGY and measure.basis is None:
            words = sentence("energy of %(fuel)s without a heating value basis", fuel=fuel.resource)
            raise NotConvertible(words, sentence("state the basis"))
    if _kind(fuel, source) is not _Kind.HEAT:
        return _heat(fuel, source, target)
    if _kind(fuel, target) is not _Kind.HEAT:
        return _heat(fuel, target, source, back=True).back(target.unit)
    return _units(fuel, source, target).then(_to_basis(fuel, source.basis, target.basis, target.unit))


def _kind(fuel: Fuel, measure: Measure) -> _Kind | None:
    """Return what a plain measure counts of a fuel, None for anything else."""
    if measure.dimension is Dimension.VOLUME:
        return _Kind.GAS if fuel.is_gas or measure.conditions else _Kind.LIQUID
    return {Dimension.ENERGY: _Kind.HEAT, Dimension.MASS: _Kind.MASS}.get(measure.dimension)


def _units(fuel: Fuel, source: Measure, target: Measure) -> Conversion:
    try:
        return Conversion(ratio(source.unit, target.unit), target.unit)
    except DimensionMismatch:
        words = sentence(
            "%(fuel)s from %(source)s to %(target)s", fuel=fuel.resource, source=source.words, target=target.words
        )
        raise NotConvertible(words) from None


def _heat(fuel: Fuel, source: Measure, target: Measure, *, back: bool = False) -> Conversion:
    """Return the energy of a mass or volume on the target's basis, by the nearest value that can be reached.

    Of values that are as near, one on that very basis comes first, then one that needs no density. `back` says that
    the mass or volume is what is wanted.
    """
    found, refused = [], list[NotConvertible]()
    for candidate in fuel.candidates:
        for basis in (target.basis, _OTHER[target.basis]) if target.basis else ():
            if candidate.value.heat(basis) is None:
                continue
            try:
                path = _by_heat(fuel, candidate, basis, source, target, back=back)
            except NotConvertible as error:
                refused.append(error)
                continue
            by_density = _kind(fuel, _per(candidate)) is not _kind(fuel, source)
            order = candidate.rank, basis is not target.basis, by_density, candidate.preference
            found.append((order, path))
    if found:
        return min(found, key=lambda each: each[0])[1]
    raise _no_heat(fuel, source, target, refused)


def _by_heat(
    fuel: Fuel, candidate: Candidate, basis: HeatingValueBasis, source: Measure, target: Measure, *, back: bool
) -> Conversion:
    value = candidate.value
    to_per = _matter(
        fuel, source, _per(candidate), of=sentence("calorific value %(code)s", code=value.code), metered=not back
    )
    heat = Fraction(value.heat(basis) or 0) * ratio(value.energy_unit, target.unit)
    words = sentence(
        "calorific value %(code)s %(heat)s chosen by %(why)s",
        code=value.code,
        heat=value.heat_words(basis),
        why=candidate.chosen_by,
    )
    in_heat = to_per.then(Conversion(heat, target.unit, (_assumed(words, value),), (candidate,)))
    return in_heat.then(_to_basis(fuel, basis, target.basis, target.unit))


def _per(candidate: Candidate) -> Measure:
    """Return in how much of the fuel the heat is that a candidate states."""
    return Measure(candidate.value.per or "", None, candidate.value.conditions).plain


def _no_heat(fuel: Fuel, source: Measure, target: Measure, refused: Iterable[NotConvertible]) -> NotConvertible:
    """Return the refusal, with why the nearest value that is stated does not serve."""
    name = "lhv" if target.basis is HeatingValueBasis.LHV else "hhv"
    words = sentence(
        "no %(basis)s calorific value of %(fuel)s for %(where)s",
        basis=target.basis,
        fuel=fuel.resource,
        where=fuel.where,
    )
    mend = sentence(
        "state the %(name)s of %(fuel)s per %(unit)s for %(where)s by POST {org}/calorific-values",
        name=name,
        fuel=fuel.resource,
        unit=source.unit,
        where=fuel.where,
    )
    words = listed((words, *(error.words for error in islice(refused, 1))), ": ")
    return NotConvertible(words, mend, lacks=Statement.CALORIFIC_VALUE)


def _to_basis(fuel: Fuel, source: HeatingValueBasis | None, target: HeatingValueBasis | None, unit: str) -> Conversion:
    """Return energy on another heating value, by both values of one source, or else a stated ratio of the two."""
    if source is target:
        return Conversion(Fraction(1), unit)
    for candidate, lower, words in _ratios(fuel):
        factor = lower if target is HeatingValueBasis.LHV else 1 / lower
        chosen = sentence("%(words)s chosen by %(why)s", words=words, why=candidate.chosen_by)
        return Conversion(factor, unit, (chosen,), (candidate,))
    raise NotConvertible(
        sentence(
            "no ratio of %(target)s to %(source)s of %(fuel)s for %(where)s",
            target=target,
            source=source,
            fuel=fuel.resource,
            where=fuel.where,
        ),
        sentence(
            "state lhv and hhv of %(fuel)s for %(where)s by POST {org}/calorific-values",
            fuel=fuel.resource,
            where=fuel.where,
        ),
        lacks=Statement.CALORIFIC_VALUE,
    )


def _ratios(fuel: Fuel) -> Iterator[tuple[Candidate, Fraction, Sentence]]:
    """Yield LHV / HHV as the candidates state it, nearest first, each with what it is."""
    for candidate in fuel.candidates:
        value = candidate.value
        if value.lhv is not None and value.hhv is not None:
            words = sentence(
                "heating values %(code)s %(lhv)s / %(hhv)s (LHV / HHV)",
                code=value.code,
                lhv=plain(value.lhv),
                hhv=plain(value.hhv),
            )
            yield candidate, Fraction(value.lhv) / Fraction(value.hhv), _assumed(words, value)
        elif value.ratio is not None:
            words = sentence(
                "%(code)s LHV / HHV %(ratio)s",
                code=value.code,
                ratio=plain(value.ratio),
            )
            yield candidate, Fraction(value.ratio), _assumed(words, value)


def _matter(
    fuel: Fuel, source: Measure, target: Measure, *, of: Sentence = _THE_FACTOR, metered: bool = True
) -> Conversion:
    """Return a mass or volume in another measure; `of` is what states the target's state, or leaves it out."""
    kinds = _kind(fuel, source), _kind(fuel, target)
    if kinds == (_Kind.GAS, _Kind.GAS):
        return in_state(_units(fuel, source, target), fuel.resource, source, target, of=of, metered=metered)
    if kinds[0] is kinds[1] or None in kinds:
        return _units(fuel, source, target)
    if _Kind.MASS in kinds:
        return _by_density(fuel, source, target, metered=metered)
    raise NotConvertible(
        sentence(
            "%(fuel)s from %(source)s to %(target)s: one is a gas, the other is not",
            fuel=fuel.resource,
            source=source.words,
            target=target.words,
        )
    )


def _by_density(fuel: Fuel, source: Measure, target: Measure, *, metered: bool) -> Conversion:
    """Return a volume in a unit of mass, or a mass in one of volume, by the nearest density of such a volume."""
    if _kind(fuel, source) is _Kind.MASS:
        return _by_density(fuel, target, source, metered=False).back(target.unit)
    for candidate in fuel.candidates:
        value = candidate.value
        if value.density is None or value.density_unit is None:
            continue
        mass, _, volume = value.density_unit.partition("/")
        per = Measure(volume, None, value.conditions)
        if _kind(fuel, per) is not _kind(fuel, source):
            continue
        to_volume = _matter(fuel, source, per, of=sentence("density %(code)s", code=value.code), metered=metered)
        words = sentence(
            "%(fuel)s density %(density)s, %(code)s chosen by %(why)s",
            fuel=fuel.resource.removeprefix("fuel."),
            density=f"{plain(value.density)} {value.density_unit}",
            code=value.code,
            why=candidate.chosen_by,
        )
        in_mass = Fraction(value.density) * ratio(mass, target.unit)
        return to_volume.then(Conversion(in_mass, target.unit, (_assumed(words, value),), (candidate,)))
    raise NotConvertible(
        sentence(
            "no density of %(fuel)s for %(where)s leads from %(source)s to %(target)s",
            fuel=fuel.resource,
            where=fuel.where,
            source=source.words,
            target=target.words,
        ),
        sentence(
            "state a density of %(fuel)s for %(where)s by POST {org}/calorific-values",
            fuel=fuel.resource,
            where=fuel.where,
        ),
        lacks=Statement.CALORIFIC_VALUE,
    )


def _assumed(words: Sentence, value: CalorificValue) -> Sentence:
    return sentence("assumption: %(words)s", words=words) if value.assumption else words
