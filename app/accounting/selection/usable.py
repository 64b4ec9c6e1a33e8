"""Whether a factor can be used at all: whether the quantity it is wanted for converts to the unit it is per."""

from dataclasses import dataclass

from app.accounting.factors.calorific_choice import CalorificBook, FuelNeed
from app.accounting.factors.choice import Choice, Why
from app.accounting.factors.conversion import convert
from app.accounting.factors.factor import Factor
from app.accounting.factors.fuel import NotConvertible
from app.accounting.factors.fuel_days import Fuelled
from app.accounting.factors.measure import measure_of
from app.accounting.factors.need import Need
from app.accounting.findings import Statement
from app.core.sentences import Sentence, sentence


@dataclass(frozen=True, slots=True)
class Unusable:
    """A factor that a quantity cannot be converted to: why, and what would help."""

    factor: Factor
    why: Sentence
    mend: Sentence
    lacks: Statement | None

    @property
    def words(self) -> Sentence:
        """Return the factor with the reason, as a figure says it."""
        per = measure_of(self.factor).words
        return sentence("%(factor)s per %(unit)s: %(why)s", factor=self.factor.code, unit=per, why=self.why)


def unusable(factor: Factor, need: Need, day: int, values: CalorificBook, factor_set: str | None) -> Unusable | None:
    """Return why a need's quantity does not convert on a day to what the factor is per; None when it does."""
    if need.quantity is None:
        return None
    resource, measure = need.quantity.resource, need.quantity.measure
    used = Fuelled(resource, need.attributes, need.place, measure, values, factor_set)
    try:
        convert(used.on(day, Choice(factor, Why.GLOBAL)), measure, measure_of(factor))
    except NotConvertible as error:
        return Unusable(factor, error.words, error.mend, error.lacks)
    return None


def is_direct(factor: Factor, need: Need) -> bool:
    """Tell whether a factor is per what the quantity is stated in, so that no calorific value or density is needed."""
    if need.quantity is None:
        return True
    metered, per = need.quantity.measure.plain, measure_of(factor).plain
    return metered.dimension is per.dimension and metered.basis in (None, per.basis)


def bounds_of(need: Need, values: CalorificBook) -> set[int]:
    """Return the days on which what is usable may change: where a calorific value or density begins or ends to hold."""
    if need.quantity is None or not need.quantity.resource.is_converted:
        return set()
    return values.bounds(FuelNeed(need.resource, need.attributes, need.place, ()))
