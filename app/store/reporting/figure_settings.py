"""How an organization prints single figures, as one list."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, delete, select

from app.models import FigureSetting
from app.store.audit.capture import note


def figure_settings(session: Session, organization_id: int) -> Sequence[FigureSetting]:
    """Return the organization's settings in the order they were given."""
    return session.exec(
        select(FigureSetting).where(FigureSetting.organization_id == organization_id).order_by(col(FigureSetting.id))
    ).all()


def replace_figure_settings(session: Session, organization_id: int, settings: Sequence[Mapping[str, Any]]) -> None:
    """Put `settings` in the place of all the organization's settings."""
    before = [row.model_dump(exclude={"id", "organization_id"}) for row in figure_settings(session, organization_id)]
    session.exec(delete(FigureSetting).where(col(FigureSetting.organization_id) == organization_id))
    session.flush()
    session.add_all(FigureSetting(**setting, organization_id=organization_id) for setting in settings)
    session.flush()
    note(session, organization_id, "figure settings", "all", before=before, after=[dict(each) for each in settings])
