"""Reading and changing an organization's targets."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from app.models import Plant, Target, TargetBase
from app.store.sql.conflicts import DuplicateCode, NotThere, flush_new
from app.store.sql.keyset import Page, decode_cursor, in_code_order, page_of


class TargetRow(NamedTuple):
    """A target with its plant's code, null for the whole organization."""

    target: Target
    plant: str | None


def _rows(organization_id: int) -> "Select[Target, str]":
    return (
        select(Target, Plant.code)
        .outerjoin(
            Plant, (col(Plant.organization_id) == col(Target.organization_id)) & (col(Plant.id) == col(Target.plant_id))
        )
        .where(Target.organization_id == organization_id)
    )


def target_of(session: Session, organization_id: int, code: str) -> TargetRow:
    """Return the target `code` of the organization; raises NotThere."""
    row = session.exec(_rows(organization_id).where(Target.code == code)).one_or_none()
    if row is None:
        raise NotThere(f"There is no target {code!r} in this organization")
    return TargetRow(*row)


def target_page(session: Session, organization_id: int, *, cursor: str | None, limit: int) -> Page[TargetRow]:
    """Return targets in order of code; raises BadCursor."""
    order = in_code_order(session, Target.code)
    query = _rows(organization_id).order_by(order).limit(limit + 1)
    if cursor:
        query = query.where(order > decode_cursor(cursor, str)[0])
    return page_of([TargetRow(*row) for row in session.exec(query)], limit, lambda row: (row.target.code,))


def targets_of(session: Session, organization_id: int, *, plants: Collection[str] = ()) -> list[TargetRow]:
    """Return every target by code, the organization's and its plants'; those of some plants alone when given."""
    query = _rows(organization_id)
    if plants:
        query = query.where(col(Plant.code).in_(plants))
    return sorted((TargetRow(*row) for row in session.exec(query)), key=lambda row: row.target.code)


def base_years(session: Session, organization_id: int) -> dict[int, str]:
    """Return each base year with the code of a target that has it."""
    statement = select(Target.base_year, Target.code).where(Target.organization_id == organization_id)
    return dict(session.exec(statement.order_by(col(Target.code).desc())).all())


def create_target(session: Session, organization_id: int, values: Mapping[str, Any], *, now_ms: int) -> TargetRow:
    """Store a new target, whose plant is given by id; raises DuplicateCode, NotThere."""
    taken = select(Target.id).where(Target.organization_id == organization_id, Target.code == values["code"])
    if session.exec(taken).first() is not None:
        raise DuplicateCode(f"The target code {values['code']!r} is already taken")
    target = Target(**values, organization_id=organization_id, created_at=now_ms)
    session.add(target)
    flush_new(session, "target", target.code)
    return target_of(session, organization_id, target.code)


def delete_target(session: Session, organization_id: int, code: str) -> None:
    """Delete a target; raises NotThere."""
    session.delete(target_of(session, organization_id, code).target)
    session.flush()


def target_bases(session: Session, organization_id: int, code: str | None = None) -> list[TargetBase]:
    """Return the history of every target's base, or of one's, oldest entry first."""
    query = select(TargetBase).where(TargetBase.organization_id == organization_id)
    if code is not None:
        query = query.where(TargetBase.target == code)
    return list(session.exec(query.order_by(col(TargetBase.number))))


def target_histories(session: Session, organization_id: int) -> dict[str, list[TargetBase]]:
    """Return the history of each target's base by code, oldest entry first."""
    found: dict[str, list[TargetBase]] = {}
    for row in target_bases(session, organization_id):
        found.setdefault(row.target, []).append(row)
    return found


def target_base_page(
    session: Session, organization_id: int, code: str, *, cursor: str | None, limit: int
) -> Page[TargetBase]:
    """Return the history of a target's base, oldest entry first; raises NotThere, BadCursor."""
    target_of(session, organization_id, code)
    query = select(TargetBase).where(TargetBase.organization_id == organization_id, TargetBase.target == code)
    if cursor:
        query = query.where(TargetBase.number > decode_cursor(cursor, int)[0])
    rows = session.exec(query.order_by(col(TargetBase.number)).limit(limit + 1)).all()
    return page_of(rows, limit, lambda row: (row.number,))


def add_target_base(session: Session, organization_id: int, code: str, values: Mapping[str, Any]) -> TargetBase:
    """Store the next entry of a target's history, under lock_inventory_alone; none is changed or deleted."""
    before = target_bases(session, organization_id, code)
    number = before[-1].number + 1 if before else 1
    row = TargetBase(**values, organization_id=organization_id, target=code, number=number)
    session.add(row)
    flush_new(session, "history of target", code)
    return row
