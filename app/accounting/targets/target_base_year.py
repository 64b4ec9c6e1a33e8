"""The base a year of a target is held against: frozen, by that year's boundary and GWP set, beside what it is today."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from sqlmodel import Session

from app.accounting.findings import Finding, Severity
from app.accounting.targets.target_base import Composition, FrozenBase, Potentials, anchor_of, carried, frozen_for
from app.accounting.targets.target_measure import STATED, Measured
from app.accounting.targets.target_rules import holds_stated_co2e, in_unit, unit_of
from app.accounting.targets.target_years import TargetBooks, measure_of
from app.accounting.targets.targets import Base, Held, base_of, boundary_changes, change_of
from app.core.sentences import Sentence, listed, sentence
from app.core.units.quantities import EXACT, Rounding, display, plain
from app.store.reporting.targets import TargetRow

NOTHING = Composition(None)


@dataclass(frozen=True, slots=True)
class BaseYear:
    """A target's base for one year, in its unit.

    `frozen` is what it follows from, None where nothing is frozen yet and the base is what the data of today say.
    `by_boundary` and `by_potentials` are what the frozen base comes to by the year's boundary, and by its GWP set
    alone, each with the entry of the history that says so, if any does. `live` is what the base year comes to today by
    the boundary and GWP set that count.
    """

    base: Base
    held: Mapping[str, Held]
    potentials: Potentials | None
    frozen: FrozenBase | None
    by_boundary: "Step"
    by_potentials: "Step"
    live: Measured | None
    live_value: Decimal | None
    checks: tuple[Finding, ...]

    @property
    def counted(self) -> "Step":
        """Return what the base that counts comes from."""
        return self.by_boundary if self.base.recalculated else self.by_potentials

    @property
    def difference(self) -> Decimal | None:
        """Return by how much today's data differ from the base that counts."""
        if self.base.value is None or self.live_value is None:
            return None
        with localcontext(EXACT):
            return self.live_value - self.base.value

    def has_moved(self, threshold: Decimal) -> bool:
        """Tell whether today's data differ from the base that counts by more than a share of it."""
        if self.base.value is None:
            return False
        change = change_of(self.base.value, self.live_value)
        return self.live_value != self.base.value if change is None else abs(change) > threshold


@dataclass(frozen=True, slots=True)
class Step:
    """A base by one boundary and GWP set: frozen as entry `number` of the history, or None where it only follows."""

    composition: Composition
    value: Decimal | None
    number: int | None


def base_year(
    session: Session, books: TargetBooks, row: TargetRow, history: Sequence[FrozenBase], year: int
) -> BaseYear:
    """Return the base of a target for a year.

    The potentials of the year always count: values by two GWP sets are not comparable. Its boundary counts where it
    moves the base by more than the threshold.
    """
    potentials, after = books.potentials(row, year), books.held_in(year, row.target.base_year)
    frozen = anchor_of(history)
    before = books.held_when_set(row) if frozen is None else frozen.held
    changes = tuple(boundary_changes(before, after))
    maker = _Maker(session, books, row, history)
    original = maker.step(before, potentials, frozen)
    today = maker.step(after, potentials, frozen) if changes else original
    base = base_of(original.value, today.value, threshold=row.target.recalculation_threshold, changes=changes)
    live = books.base(session, row, after if base.recalculated else before, potentials)
    untold = _unknown_sets(books, row, year)
    found = BaseYear(
        base=base,
        held=after,
        potentials=potentials,
        frozen=frozen,
        by_boundary=today,
        by_potentials=original,
        live=live,
        live_value=None if live is None else maker.in_unit(live.value),
        checks=(),
    )
    return replace(found, checks=(*_checks(found, row, year), *untold))


@dataclass(frozen=True, slots=True)
class _Maker:
    session: Session
    books: TargetBooks
    row: TargetRow
    history: Sequence[FrozenBase]

    def step(self, held: Mapping[str, Held], potentials: Potentials | None, anchor: FrozenBase | None) -> Step:
        """Return the base by a boundary and potentials: as it was frozen for them, or as it follows from the anchor."""
        known = frozen_for(self.history, held, potentials)
        if known is not None:
            return Step(known.composition, known.value, known.number)
        now = self._live(held, potentials)
        if anchor is None:
            return Step(now, self.in_unit(now.value), None)
        moved = frozenset(each.plant for each in boundary_changes(anchor.held, held))
        found = carried(
            anchor.composition,
            self._live(anchor.held, anchor.potentials),
            now,
            moved=moved,
            rescaled=potentials != anchor.potentials,
        )
        return Step(found, self.in_unit(found.value), None)

    def _live(self, held: Mapping[str, Held], potentials: Potentials | None) -> Composition:
        found = self.books.base(self.session, self.row, held, potentials)
        return NOTHING if found is None else found.composition

    def in_unit(self, value: Decimal | None) -> Decimal | None:
        currency = self.books.organization.currency
        unit = unit_of(measure_of(self.row.target), self.books.book_of(self.row))
        if value is None or not unit:
            return None
        return in_unit(value, unit, self.row.target.unit, currency=currency)


def _checks(found: BaseYear, row: TargetRow, year: int) -> Iterator[Finding]:
    """Yield what must be said of the base of a year."""
    target, key = row.target, row.target.metric
    if found.frozen is None:
        words = sentence(
            "the base of %(base_year)s is not frozen yet: it is what the data of today say", base_year=target.base_year
        )
        mend = sentence("it is frozen once the year is over and complete, or published; to do it now, recalculate it")
        yield Finding("base_not_frozen", Severity.WARNING, words, mend, key)
    elif found.frozen.coverage is not None and found.frozen.coverage < 1:
        words = sentence(
            "the base of %(base_year)s was frozen with readings of %(coverage)s of its time",
            base_year=target.base_year,
            coverage=as_percent(found.frozen.coverage),
        )
        yield Finding("base_partial", Severity.WARNING, words, _remedy(row), key)
    yield from _potentials_checks(found, row, year)
    if found.base.recalculated:
        plants = listed(
            sentence(
                "%(plant)s %(before)s to %(after)s",
                plant=each.plant,
                before=as_percent(each.before),
                after=as_percent(each.after),
            )
            for each in found.base.changes
        )
        words = sentence(
            "the base of %(base_year)s is recalculated by the boundary of %(year)s: %(plants)s",
            base_year=target.base_year,
            year=year,
            plants=plants,
        )
        yield Finding("base_recalculated", Severity.INFO, words, key=key)
    if found.base.changes and _is_stated(found.counted.composition):
        words = sentence(
            "%(key)s is stated of the organization as a whole: that does not follow the boundary by itself", key=key
        )
        yield Finding("boundary_not_applied", Severity.WARNING, words, _remedy(row), key)
    if found.frozen is not None and found.live_value != found.base.value:
        is_beyond = found.has_moved(target.recalculation_threshold)
        words = sentence(
            "the base of %(base_year)s stands at %(base)s %(unit)s; the data of today say %(live_value)s",
            base_year=target.base_year,
            base=_number(found.base.value),
            unit=target.unit,
            live_value=_number(found.live_value),
        )
        if is_beyond:
            threshold = plain(target.recalculation_threshold)
            words = sentence("%(found)s, beyond the threshold of %(threshold)s", found=words, threshold=threshold)
        severity = Severity.WARNING if is_beyond else Severity.INFO
        yield Finding("base_year_moved", severity, words, _remedy(row), key)
    if found.live is not None and found.live.has_error:
        told = listed((each.detail for each in found.live.findings if each.severity is Severity.ERROR), "; ")
        yield Finding(
            "base_incomplete",
            Severity.WARNING,
            sentence("the base of %(base_year)s: %(told)s", base_year=target.base_year, told=told),
            key=key,
        )


def _potentials_checks(found: BaseYear, row: TargetRow, year: int) -> Iterator[Finding]:
    frozen = found.frozen
    if frozen is None or found.potentials is None or frozen.potentials in (None, found.potentials):
        return
    words = sentence(
        "the base of %(base_year)s is frozen by %(before)s, %(year)s is stated by "
        "%(after)s: it is recalculated from %(frozen)s to %(by_potentials)s %(unit)s",
        base_year=row.target.base_year,
        before=_named(frozen.potentials),
        year=year,
        after=_named(found.potentials),
        frozen=_number(frozen.value),
        by_potentials=_number(found.by_potentials.value),
        unit=row.target.unit,
    )
    yield Finding("gwp_set_differs", Severity.WARNING, words, key=row.target.metric)


def _is_stated(found: Composition) -> bool:
    return any(name.startswith(STATED) for name in found.above or ())


def _unknown_sets(books: TargetBooks, row: TargetRow, year: int) -> Iterator[Finding]:
    """Yield that CO2e which somebody stated cannot be weighed anew, where base and year are by different GWP sets."""
    target = row.target
    before, after = books.gwp_set_of(target.base_year), books.gwp_set_of(year)
    if before != after and holds_stated_co2e(measure_of(target), books.book_of(row)):
        words = sentence(
            "%(base_year)s is stated by %(before)s and %(year)s by %(after)s: by which %(metric)s "
            "was stated is not known",
            base_year=target.base_year,
            before=before.name,
            year=year,
            after=after.name,
            metric=target.metric,
        )
        mend = sentence("state both years by one GWP set, and recalculate the base")
        yield Finding("gwp_set_not_known", Severity.WARNING, words, mend, target.metric)


def _remedy(row: TargetRow) -> Sentence:
    return sentence(
        "recalculate the base year with a reason: POST .../targets/%(target)s/recalculations", target=row.target.code
    )


def _named(potentials: Potentials | None) -> str:
    if potentials is None:
        return sentence("no GWP set")
    if not potentials.splits_methane:
        return potentials.name
    return sentence("%(gwp_set)s with fossil methane apart", gwp_set=potentials.name)


def _number(value: Decimal | None) -> str:
    return "nothing" if value is None else plain(value)


def as_percent(value: Decimal) -> str:
    """Return a share as it is said: 0.254 is 25.4 %."""
    return f"{plain(Decimal(display(value * 100, decimals=2, rounding=Rounding.HALF_UP)))} %"
