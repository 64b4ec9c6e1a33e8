"""What the histories of targets' bases lack: bases to be frozen, and what policy makes of them for later years."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import Session

from app.accounting.targets.target_base import BaseKind, FrozenBase, anchor_of
from app.accounting.targets.target_base_year import BaseYear, base_year
from app.accounting.targets.target_history import histories
from app.accounting.targets.target_measure import Measured
from app.accounting.targets.target_years import TargetBooks
from app.core.calendar.fiscal_years import is_transition
from app.core.calendar.periods import local_day, zone_named
from app.disclosure.history.still import Still
from app.disclosure.live.reporting import gwp_sets_by
from app.disclosure.targets.target_bases import Entry, base_entry, store_entries
from app.models import Organization, id_of
from app.store.directory.fiscal_years import calendar_of
from app.store.reporting.targets import TargetRow, targets_of


def freeze_due(
    still: Still, *, key_code: str | None, reason: str, codes: Iterable[str] | None = None, complete_alone: bool = False
) -> int:
    """Freeze every base that is due, of all targets or of some; return how many entries that makes."""
    entries = due_entries(
        still.session,
        still.organization,
        now_ms=still.as_of_ms,
        complete_alone=complete_alone,
        reason=reason,
        codes=codes,
    )
    return len(store_entries(still, entries, key_code=key_code))


def due_entries(
    session: Session,
    organization: Organization,
    *,
    now_ms: int,
    complete_alone: bool,
    reason: str,
    codes: Iterable[str] | None = None,
) -> list[Entry]:
    """Return what the history of the organization's targets lacks, or of the targets with these codes.

    That is the base of a year that is over and has data, and what policy made of it for later years that have begun.
    With `complete_alone` a base waits for readings that cover all of its year, without a fault in it.
    """
    rows = targets_of(session, id_of(organization))
    rows = [row for row in rows if codes is None or row.target.code in codes]
    known = histories(session, organization, rows)
    found: list[Entry] = []
    running = _running(organization, local_day(zone_named(organization.timezone), now_ms))
    for place in dict.fromkeys(row.plant for row in rows):
        of_place = [row for row in rows if row.plant == place]
        sets = gwp_sets_by(session, organization, None)
        books = TargetBooks.open(session, organization, place, of_place, running, sets)
        for row in of_place:
            maker = _Due(session, books, row, now_ms, complete_alone)
            found += maker.entries(known[row.target.code], running, reason)
    return found


def _running(organization: Organization, today: int) -> int:
    """Return the reporting year that holds a day, or the last one before its transition period."""
    calendar = calendar_of(organization)
    periods = calendar.back_from(calendar.period_of(today).name, 1)
    return next(each.year for each in periods if not is_transition(each.name))


@dataclass(frozen=True, slots=True)
class _Due:
    session: Session
    books: TargetBooks
    row: TargetRow
    now_ms: int
    complete_alone: bool

    def entries(self, history: Sequence[FrozenBase], running: int, reason: str) -> Iterator[Entry]:
        known = list(history)
        target = self.row.target
        if anchor_of(known) is None:
            first = base_entry(self.session, self.books, self.row, kind=BaseKind.INITIAL, before=None, reason=reason)
            if (
                first is None
                or not self.books.is_over(target.base_year, self.now_ms)
                or not self._may_freeze(first.found, None)
            ):
                return
            yield first
            known.append(_frozen(first, known, self.now_ms))
        for year in self.books.years(target.base_year + 1, min(running, target.goal_year or running)):
            found = base_year(self.session, self.books, self.row, known, year)
            for entry in self._by_policy(found, year):
                if self._may_freeze(entry.found, found.frozen):
                    yield entry
                    known.append(_frozen(entry, known, self.now_ms))

    def _by_policy(self, found: BaseYear, year: int) -> Iterator[Entry]:
        told = {each.code: each.detail for each in found.checks}
        frozen, before, after = found.frozen, found.by_potentials, found.by_boundary
        if frozen is None:
            return
        if found.potentials != frozen.potentials and before.number is None:
            live = self.books.base(self.session, self.row, frozen.held, found.potentials)
            if live is not None:
                yield Entry(
                    self.row,
                    BaseKind.GWP_SET,
                    year,
                    frozen.value,
                    before.value,
                    before.composition,
                    frozen.held,
                    found.potentials,
                    live,
                    told["gwp_set_differs"],
                )
        if found.base.recalculated and after.number is None and found.live is not None:
            yield Entry(
                self.row,
                BaseKind.STRUCTURAL,
                year,
                before.value,
                after.value,
                after.composition,
                found.held,
                found.potentials,
                found.live,
                told["base_recalculated"],
            )

    def _may_freeze(self, found: Measured, frozen: FrozenBase | None) -> bool:
        """Tell whether data are whole enough: all of the year, or as much of it as when the base was frozen."""
        if not self.complete_alone:
            return True
        least = Decimal(1) if frozen is None or frozen.coverage is None else frozen.coverage
        return not found.has_error and (found.coverage is None or found.coverage >= least)


def _frozen(entry: Entry, history: Sequence[FrozenBase], now_ms: int) -> FrozenBase:
    """Return an entry as it will stand in the history."""
    return FrozenBase(
        number=history[-1].number + 1 if history else 1,
        kind=entry.kind,
        year=entry.year,
        value=entry.value,
        composition=entry.composition,
        held=entry.held,
        potentials=entry.potentials,
        coverage=entry.found.coverage,
        as_of_ms=now_ms,
    )
