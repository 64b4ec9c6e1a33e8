"""A volume of gas in the state in which a factor or a calorific value is stated."""

from decimal import Decimal
from fractions import Fraction

from app.accounting.exact import quotient
from app.accounting.factors.fuel import Conversion
from app.accounting.factors.measure import Measure
from app.core.sentences import N_, Sentence, sentence
from app.core.units.gas_volumes import expansion
from app.core.units.quantities import plain

_SIX_PLACES = Decimal("0.000001")


def in_state(
    found: Conversion, fuel: str, source: Measure, target: Measure, *, of: Sentence, metered: bool
) -> Conversion:
    """Return a volume of gas in another state, too: by the ideal gas law where both are known, else assumed."""
    before, after = source.conditions, target.conditions
    if before and after:
        if before is after:
            return found
        states = [f"{_six_places(after.kelvin)} / {_six_places(before.kelvin)}"]
        if before.kilopascal != after.kilopascal:
            states.append(f"{_six_places(before.kilopascal)} / {_six_places(after.kilopascal)}")
        words = sentence(
            "gas at %(before)s brought to %(after)s by the ideal gas law: x %(states)s",
            before=before.words,
            after=after.words,
            states=" x ".join(states),
        )
        return Conversion(found.factor * expansion(before, after), target.unit, (words,))
    given = {"unit": source.unit, "fuel": fuel}
    if after and metered:
        return found.saying(
            sentence("assumption: metered %(unit)s of %(fuel)s are at %(state)s", **given, state=after.words)
        )
    if after:
        return found.saying(sentence("%(unit)s of %(fuel)s are given at %(state)s", **given, state=after.words))
    if before:
        return found.saying(
            sentence(
                "assumption: %(of)s is per %(unit)s at %(state)s; it states no reference conditions",
                of=of,
                unit=target.unit,
                state=before.words,
            )
        )
    return found.saying(
        sentence(
            N_("assumption: metered %(unit)s of %(fuel)s are at the reference conditions of %(of)s; neither states any")
            if metered
            else N_(
                "assumption: %(unit)s of %(fuel)s are given at the reference conditions of %(of)s; neither states any"
            ),
            **given,
            of=of,
        )
    )


def _six_places(number: Fraction) -> str:
    return plain(quotient(Decimal(number.numerator), Decimal(number.denominator)).quantize(_SIX_PLACES))
