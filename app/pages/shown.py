"""The disclosure that pages show: the table, the live figures, and the count of findings on every other page."""

from functools import partial

from fastapi import Request

from app.disclosure.live.disclosure import Disclosure, live_disclosure
from app.http.conditional import KnownAnswers
from app.pages.frame.frame import Frame
from app.store.engine.database import Database


def disclosure_shown(request: Request, database: Database, frame: Frame, now_ms: int) -> Disclosure:
    """Return the disclosure that the frame shows: of the organization, or of the plant that is chosen."""
    assert frame.organization is not None  # noqa: S101 - asked for only where one is shown
    asked = frame.organization.code, frame.framework.code, frame.year, frame.choice.plant or None
    organization, framework, year, plant = asked
    known: KnownAnswers = request.app.state.known_answers
    compute = partial(
        live_disclosure,
        database,
        organization=organization,
        framework=framework,
        year=year,
        plant=plant,
        now_ms=now_ms,
    )
    return known.disclosure(asked, compute)
