"""Cited factors beside the figures they are cited for: which give them, by which rule of rounding, at which slip."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from app.accounting.exact import quotient
from app.accounting.findings import Finding, Severity
from app.accounting.metrics.formulas import Emissions
from app.accounting.stated.claims import claim_check
from app.core.sentences import N_, listed, sentence
from app.core.units.quantities import EXACT, Rounding, plain
from app.disclosure.checks.relations import activity_line
from app.disclosure.checks.slips import slip_between
from app.disclosure.checks.spans import Span
from app.disclosure.checks.statement import CitedFactor, Line, Statement


@dataclass(frozen=True, slots=True)
class Claim:
    """A figure, a factor cited for it, and the line of the activity; `kg` is per unit of the activity's line.

    `slip` is the power of ten by which the activity is off, 0 for none; None where the factor does not give the figure.
    """

    line: Line
    factor: CitedFactor
    activity: Line
    per_unit: Decimal
    slip: int | None

    def holds_under(self, rule: Rounding) -> bool:
        """Tell whether the figure comes out when everything is rounded by one rule."""
        return self.line.span(rule).meets(_computed(self.activity.span(rule), self.per_unit, self.slip or 0))


def _computed(activity: Span, per_unit: Decimal, slip: int) -> Span:
    return activity.times(per_unit.scaleb(slip, context=EXACT))


def claims_of(statement: Statement) -> list[Claim]:
    """Return what the statement claims of single factors; our own figures claim nothing that was not computed."""
    found = []
    for line in statement.valued:
        if line.computed or len({factor.resource for factor in line.factors}) != 1:
            continue
        for factor in line.factors:
            activity = activity_line(factor.resource, line.year, statement, line.where)
            per_unit = None if activity is None else _per_unit(factor, activity, line, statement)
            if activity is not None and per_unit is not None:
                printed = line.span(statement.rounding)
                computed = _computed(activity.span(statement.rounding), per_unit, 0)
                slip = 0 if computed.meets(printed) else slip_between(computed, printed)
                found.append(Claim(line, factor, activity, per_unit, slip))
    return found


def _per_unit(factor: CitedFactor, activity: Line, line: Line, statement: Statement) -> Decimal | None:
    """Return how much of the line's unit one unit of the activity's line emits by the factor."""
    if factor.kg_co2e is None or factor.per is None:
        return None
    units, masses = (
        statement.ratio(activity.unit, factor.per, activity.key),
        statement.ratio("kgCO2e", line.unit, line.key),
    )
    if units is None or masses is None:
        return None
    with localcontext(EXACT):
        return factor.kg_co2e * units * masses


def without_slips(statement: Statement) -> Statement:
    """Return the statement with activities that are off by a slip set right, so that one slip is told of once."""
    slips = {(claim.activity.key, claim.line.year): claim.slip for claim in claims_of(statement) if claim.slip}
    if not slips:
        return statement
    return replace(
        statement, lines=tuple(_set_right(line, slips.get((line.key, line.year), 0)) for line in statement.lines)
    )


def _set_right(line: Line, power: int) -> Line:
    if not power or line.value is None:
        return line
    return replace(line, value=line.value.scaleb(power, context=EXACT), decimals=line.decimals - power)


def activities_off_by_a_slip(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each activity that implies a thousand times, or a thousandth of, the factor cited for it."""
    told: set[str] = set()
    for claim in claims_of(statement):
        if not claim.slip or claim.activity.key in told:
            continue
        told.add(claim.activity.key)
        activity, line = claim.activity, claim.line
        years = sorted(
            {each.line.year for each in claims_of(statement) if each.slip and each.activity.key == activity.key}
        )
        implied = quotient(line.value or Decimal(0), activity.value or Decimal(1))
        words = sentence(
            "%(printed)s %(unit)s over %(quantity)s %(per)s (%(years)s) implies %(implied)s "
            "%(unit)s/%(per)s; %(factor)s is %(per_unit)s: off by 10^%(slip)s",
            printed=plain(line.value or Decimal(0)),
            unit=line.unit,
            quantity=plain(activity.value or Decimal(0)),
            per=activity.unit,
            years=listed(map(str, years)),
            implied=plain(round(implied, 6)),
            factor=claim.factor.name,
            per_unit=plain(round(claim.per_unit, 9)),
            slip=abs(claim.slip),
        )
        mend = sentence(
            "Check the unit of %(activity)s: the digits fit a unit 10^%(slip)s times as large or small",
            activity=activity.key,
            slip=abs(claim.slip),
        )
        yield Finding("unit_slip", Severity.ERROR, words, mend, activity.key)


def factors_that_were_not_used(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each cited factor that does not give its figure."""
    claims = claims_of(statement)
    told: set[tuple[str, str]] = set()
    for claim in sorted(claims, key=lambda claim: -claim.line.year):
        if claim.slip is not None or (claim.line.key, claim.factor.name) in told:
            continue
        told.add((claim.line.key, claim.factor.name))
        given = next((each for each in claims if each.line is claim.line and each.slip is not None), None)
        quantity = (claim.activity.value or Decimal(0)).scaleb((given.slip or 0) if given else 0, context=EXACT)
        found = claim_check(quantity=quantity, factor=claim.per_unit, printed=claim.line.value or Decimal(0))
        if found is not None:
            words = sentence(
                "%(line)s cites %(factor)s: %(found)s",
                line=claim.line.name,
                factor=claim.factor.name,
                found=found.detail,
            )
            if given:
                words = sentence("%(found)s; %(factor)s gives it", found=words, factor=given.factor.name)
            mend = sentence("Cite the factors that were used and no others, each with its edition")
            yield replace(found, detail=words, mend=mend, key=claim.line.key)


def factors_that_are_not_cited(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each printed figure of emissions of a scope that names no factor at all."""
    for key in statement.keys:
        metric = statement.metrics.metrics.get(key)
        if metric is None or not isinstance(metric.formula, Emissions) or metric.formula.gases:
            continue
        bare = sorted({line.year for line in statement.of(key) if not line.computed and not line.factors})
        if bare:
            words = sentence("%(key)s of %(years)s names no emission factor", key=key, years=listed(map(str, bare)))
            yield Finding(
                "factor_not_cited", Severity.INFO, words, sentence("Name each factor with its source and edition"), key
            )


def rounding_that_explains_the_digits(statement: Statement) -> Iterator[Finding]:
    """Yield a finding when the printed digits come out by one rule of rounding alone, and it is not the stated one."""
    claims = [claim for claim in claims_of(statement) if claim.slip is not None]
    failing = {rule: [claim for claim in claims if not claim.holds_under(rule)] for rule in Rounding}
    rules = [rule for rule, missed in failing.items() if not missed]
    # By the custom of rounding half up nothing needs to be said.
    assumed = statement.rounding or Rounding.HALF_UP
    if len(rules) != 1 or rules[0] is assumed:
        return
    missed = failing[assumed][0]
    computed = _computed(missed.activity.span(assumed), missed.per_unit, missed.slip or 0)
    words = sentence(
        "only rounding %(rule)s gives all %(number)s figures that cite factors: by %(assumed)s, "
        "%(line)s lies between %(low)s and %(high)s, printed is %(printed)s",
        rule=sentence(rules[0]),
        number=len(claims),
        assumed=sentence(assumed),
        line=missed.line.name,
        low=plain(round(computed.low, 2)),
        high=plain(round(computed.high, 2)),
        printed=plain(missed.line.value or Decimal(0)),
    )
    mend = sentence(
        N_("State the rule of rounding; the publication states another rule")
        if statement.rounding
        else N_("State the rule of rounding; the publication states no rule")
    )
    yield Finding("rounding_rule", Severity.WARNING, words, mend, missed.line.key)
