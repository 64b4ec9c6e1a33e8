"""Freezing the base years of targets, and recalculating them: each time with an entry in the history that says why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from app.accounting.targets.target_base import (
    BaseKind,
    Composition,
    FrozenBase,
    Potentials,
    anchor_of,
    composition_members,
    held_members,
)
from app.accounting.targets.target_history import histories
from app.accounting.targets.target_measure import Measured
from app.accounting.targets.target_rules import in_unit
from app.accounting.targets.target_years import TargetBooks
from app.accounting.targets.targets import Held, boundary_changes, change_of
from app.accounting.years.ledgers import bounds_of
from app.disclosure.history.canonical import canonical, digest_of
from app.disclosure.history.still import Still
from app.disclosure.live.reporting import framework_for, gwp_sets_by
from app.models import Organization, TargetBase, id_of
from app.store.directory.directory import lock_inventory_alone
from app.store.inventory.inventory import change_inventory
from app.store.reporting.targets import TargetRow, add_target_base, delete_target, target_bases, target_of

MANUAL = (BaseKind.STRUCTURAL, BaseKind.METHODOLOGY, BaseKind.ERROR, BaseKind.GWP_SET)
"""For what reasons somebody recalculates a base."""


class BaseNotRecalculated(ValueError):
    """The base year says today what is frozen of it, or nothing that could be frozen."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A base as it is to be frozen: `value` and `before` in the target's unit, the shares of `held` by plant.

    `year` is the reporting year that asks for it, None for the base itself. `found` is what the base year comes to.
    """

    row: TargetRow
    kind: BaseKind
    year: int | None
    before: Decimal | None
    value: Decimal | None
    composition: Composition = field(hash=False)
    held: Mapping[str, Held] = field(hash=False)
    potentials: Potentials | None
    found: Measured
    reason: str


def base_entry(
    session: Session,
    books: TargetBooks,
    row: TargetRow,
    *,
    kind: BaseKind,
    before: Decimal | None,
    reason: str,
) -> Entry | None:
    """Return a target's base as today's data have it, to be frozen by today's shares of its year; None without a value.

    The first base is by the shares that were kept when the target was made.
    """
    year = row.target.base_year
    held = books.held_when_set(row) if kind is BaseKind.INITIAL else books.held_in(year, year)
    potentials = books.potentials(row, year)
    found = books.base(session, row, held, potentials)
    if found is None or found.value is None:
        return None
    value = in_unit(found.value, found.unit, row.target.unit, currency=books.organization.currency)
    return Entry(row, kind, None, before, value, found.composition, held, potentials, found, reason)


def recalculate(still: Still, code: str, *, kind: BaseKind, reason: str, key_code: str | None) -> TargetBase:
    """Freeze a target's base anew, as the data of today have it; raises NotThere, BaseNotRecalculated."""
    session, organization = still.session, still.organization
    row = target_of(session, id_of(organization), code)
    year = row.target.base_year
    books = TargetBooks.open(session, organization, row.plant, [row], year, gwp_sets_by(session, organization, None))
    if not books.is_over(year, still.as_of_ms):
        raise BaseNotRecalculated(f"The base year {year} is not over: its value is not there to be frozen")
    history = target_bases(session, id_of(organization), code)
    anchor = anchor_of(histories(session, organization, [row])[code])
    before = None if anchor is None else anchor.value
    entry = base_entry(session, books, row, kind=kind, before=before, reason=reason)
    if entry is None:
        raise BaseNotRecalculated(f"Nothing is known of {row.target.metric} in {year}: send its data first")
    standing = next((each for each in history if anchor is not None and each.number == anchor.number), None)
    if standing is not None and anchor is not None and _is_same(entry, anchor, standing.digest):
        raise BaseNotRecalculated(f"The base of {year} comes to what is frozen of it, from the same data")
    return store_entries(still, [entry], key_code=key_code)[0]


def _is_same(entry: Entry, anchor: FrozenBase, digest: str) -> bool:
    """Tell whether an entry says nothing that is not frozen already."""
    same = (entry.value, entry.potentials) == (anchor.value, anchor.potentials)
    return same and not boundary_changes(anchor.held, entry.held) and basis_digest(entry.found) == digest


def store_entries(still: Still, entries: Iterable[Entry], *, key_code: str | None) -> list[TargetBase]:
    """Add entries to the histories of their targets, as of the instant."""
    stored = [_store(still, each, key_code) for each in entries]
    if stored:
        change_inventory(still.session, id_of(still.organization))
    return stored


def _store(still: Still, entry: Entry, key_code: str | None) -> TargetBase:
    target, organization = entry.row.target, still.organization
    days = bounds_of(organization, target.base_year)
    potentials = entry.potentials
    values: dict[str, Any] = {
        "kind": str(entry.kind),
        "year": entry.year,
        "value": entry.value,
        "before": entry.before,
        "change": change_of(entry.before, entry.value),
        "threshold": target.recalculation_threshold,
        "unit": target.unit,
        "framework": framework_for(organization, target.base_year if entry.year is None else entry.year).code,
        "gwp_set": None if potentials is None else potentials.name,
        "splits_methane": potentials is not None and potentials.splits_methane,
        "shares": held_members(entry.held, *days) if entry.row.plant is None else target.base_shares,
        "parts": composition_members(entry.composition),
        "coverage": entry.found.coverage,
        "digest": basis_digest(entry.found),
        "reason": entry.reason,
        "key_code": key_code,
        "as_of": still.as_of_ms,
        "stored_at": still.as_of_ms,
    }
    return add_target_base(still.session, id_of(organization), target.code, values)


def basis_digest(found: Measured) -> str:
    """Return the SHA-256 of what a value rests on: every term with its quantity and factor; a stated one is one too."""
    terms = [
        [
            term.activity.site.place.plant,
            term.activity.resource,
            term.activity.attributes,
            [term.activity.first_day, term.activity.end_day],
            term.activity.site.share,
            term.quantity,
            term.multiplier,
            None if term.choice is None else term.choice.factor.code,
            term.per_unit,
            term.value,
        ]
        for amount in found.amounts
        for term in amount.terms
    ]
    return digest_of(canonical(terms))


def delete(session: Session, organization: Organization, code: str, *, key_code: str | None, now_ms: int) -> None:
    """Delete a target; what was frozen of its base stays, with an entry that says it was deleted. Raises NotThere."""
    organization_id = id_of(organization)
    row = target_of(session, organization_id, code)
    lock_inventory_alone(session, organization_id)
    anchor = anchor_of(histories(session, organization, [row])[code])
    if anchor is not None:
        values: dict[str, Any] = {
            "kind": str(BaseKind.DELETED),
            "year": None,
            "value": None,
            "before": anchor.value,
            "change": None,
            "threshold": row.target.recalculation_threshold,
            "unit": row.target.unit,
            "framework": framework_for(organization, row.target.base_year).code,
            "gwp_set": None,
            "splits_methane": False,
            "shares": [],
            "parts": composition_members(Composition(None)),
            "coverage": None,
            "digest": "",
            "reason": "the target was deleted",
            "key_code": key_code,
            "as_of": now_ms,
            "stored_at": now_ms,
        }
        add_target_base(session, organization_id, code, values)
    delete_target(session, organization_id, code)
