"""Comparatives as they were published: the last published values of earlier years in the place of live ones."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlmodel import Session

from app.disclosure.figures import Comparative, Figure
from app.disclosure.standing import FigureName, PublishedValue, figure_name, published_values

_OfYears = Mapping[int, Mapping[FigureName, PublishedValue]]


def with_published(session: Session, organization_id: int, framework: str, figures: Sequence[Figure]) -> list[Figure]:
    """Return the figures, earlier years in them as they were published, where they were, and in the same unit."""
    years = {comparative.year for each in figures for comparative in each.comparatives}
    published = published_values(session, organization_id, framework, years)
    if not published:
        return list(figures)
    return [
        replace(each, comparatives=tuple(_shown(published, each, comparative) for comparative in each.comparatives))
        for each in figures
    ]


def _shown(published: _OfYears, figure: Figure, live: Comparative) -> Comparative:
    found = published.get(live.year, {}).get(figure_name(figure.key, figure.dimensions))
    if found is None or found.unit != figure.unit:
        return live
    return Comparative(live.year, found.value, found.display, found.restated, text=found.text)
