"""What was last shown of each year's figures, and the marks that ask to look at them again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from app.core.calendar.fiscal_years import PeriodName
from app.models import figure_mark_table, shown_figures_table


@dataclass(frozen=True, slots=True)
class FigureMark:
    """The figures of the reporting year that begins on this local day may have changed."""

    id: int
    organization_id: int
    year_start_day: int


def mark_figures(session: Session, organization_id: int, year_start_days: Collection[int]) -> None:
    """Have the figures of these reporting years looked at once this transaction has committed."""
    rows = [{"organization_id": organization_id, "year_start_day": day} for day in sorted(year_start_days)]
    if rows:
        session.connection().execute(figure_mark_table.insert(), rows)


def figure_marks(session: Session, *, limit: int) -> list[FigureMark]:
    """Return up to `limit` committed marks, oldest first."""
    table = figure_mark_table.c
    statement = select(table.id, table.organization_id, table.year_start_day).order_by(table.id).limit(limit)
    return [FigureMark(*row) for row in session.connection().execute(statement)]


def take_figure_marks(session: Session, organization_id: int, marks: Collection[FigureMark]) -> bool:
    """Delete these marks of an organization; False when another process took some of them, whose work then stands."""
    ours = figure_mark_table.c.organization_id == organization_id
    statement = delete(figure_mark_table).where(ours, figure_mark_table.c.id.in_(bindparam("ids", expanding=True)))
    # Fewer than were asked for: another process has deleted some, and tells of what it has computed.
    taken = session.connection().execute(statement, {"ids": [mark.id for mark in marks]}).rowcount
    return taken == len(marks)


def shown_figures(session: Session, *, organization_id: int, framework: str, year: PeriodName) -> dict[str, str] | None:
    """Return the display values last told of a period, by figure; None when it was never looked at."""
    table = shown_figures_table.c
    statement = select(table.displays).where(
        table.organization_id == organization_id, table.framework == framework, table.period == str(year)
    )
    found: dict[str, str] | None = session.connection().execute(statement).scalar()
    return found


def keep_shown_figures(
    session: Session, *, organization_id: int, framework: str, year: PeriodName, displays: Mapping[str, str]
) -> None:
    """Keep what is shown of a period now."""
    key = {"organization_id": organization_id, "framework": framework, "period": str(year)}
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = (sqlite.insert if on_sqlite else postgresql.insert)(shown_figures_table)
    statement = insert.values(**key, displays=dict(displays)).on_conflict_do_update(
        index_elements=list(key), set_={"displays": dict(displays)}
    )
    session.connection().execute(statement)
