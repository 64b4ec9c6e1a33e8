"""Which findings about meters and months were told of before."""

from collections.abc import Collection, Sequence

from sqlalchemy import Table, delete, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from app.models import closed_month_table, told_issue_table

IssueKey = tuple[int, str, int]
"""A meter, the kind of issue, and the instant it starts at (UTC ms)."""

_ISSUES_A_STATEMENT = 500


def told_issues(session: Session, organization_id: int) -> set[IssueKey]:
    """Return the organization's issues that were told of and not withdrawn since."""
    table = told_issue_table.c
    statement = select(table.meter_id, table.kind, table.start_at).where(table.organization_id == organization_id)
    return {(row[0], row[1], row[2]) for row in session.connection().execute(statement)}


def keep_told_issues(session: Session, organization_id: int, issues: Collection[IssueKey]) -> list[IssueKey]:
    """Remember issues as told of; return those that nobody remembered before, who alone has to tell of them."""
    fresh: list[IssueKey] = []
    ordered = sorted(issues)
    table = told_issue_table.c
    for at in range(0, len(ordered), _ISSUES_A_STATEMENT):
        rows = [
            {"meter_id": meter, "kind": kind, "start_at": start, "organization_id": organization_id}
            for meter, kind, start in ordered[at : at + _ISSUES_A_STATEMENT]
        ]
        statement = _insert(session, told_issue_table).values(rows).on_conflict_do_nothing()
        new = session.connection().execute(statement.returning(table.meter_id, table.kind, table.start_at))
        fresh += [(row[0], row[1], row[2]) for row in new]
    return sorted(fresh)


def drop_told_issues(session: Session, organization_id: int, issues: Sequence[IssueKey]) -> None:
    """Forget issues that no longer stand, so that they are told of should they come again."""
    table = told_issue_table.c
    for at in range(0, len(issues), _ISSUES_A_STATEMENT):
        key = tuple_(table.meter_id, table.kind, table.start_at)
        some = table.organization_id == organization_id, key.in_(issues[at : at + _ISSUES_A_STATEMENT])
        session.connection().execute(delete(told_issue_table).where(*some))


def last_closed_month(session: Session, organization_id: int) -> int | None:
    """Return the first day of the newest month of the organization that was closed; None when none was."""
    table = closed_month_table.c
    statement = select(func.max(table.first_day)).where(table.organization_id == organization_id)
    found: int | None = session.connection().execute(statement).scalar()
    return found


def close_month(session: Session, organization_id: int, first_day: int, *, now_ms: int) -> bool:
    """Record that a month is closed; False when it was already."""
    row = {"organization_id": organization_id, "first_day": first_day, "closed_at": now_ms}
    statement = _insert(session, closed_month_table).values(row).on_conflict_do_nothing()
    return session.connection().execute(statement.returning(closed_month_table.c.first_day)).first() is not None


def _insert(session: Session, table: Table) -> postgresql.Insert:
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    # what is used of the two is spelled alike
    return sqlite.insert(table) if on_sqlite else postgresql.insert(table)  # type: ignore[return-value]
