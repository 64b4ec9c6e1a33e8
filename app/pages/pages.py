"""The first page: the annual table of an organization with its charts."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.disclosure.live.disclosure import live_disclosure
from app.disclosure.live.reporting import framework_for
from app.http.deps import Db, NowMs
from app.pages.annual_page import annual_page, inventory_of, reachable_organizations, year_shown
from app.pages.readers import ReaderOrNone
from app.pages.rendering import html
from app.pages.signing_in import sign_in_page
from app.schemas.wire.periods import PeriodOnPage

router = APIRouter(include_in_schema=False)


@router.get("/")
def first_page(
    request: Request,
    database: Db,
    reader: ReaderOrNone,
    now_ms: NowMs,
    year: PeriodOnPage,
    organization: str | None = None,
) -> Response:
    """Show the annual table of an organization and year; without either, of the first one and its newest year."""
    if reader is None:
        return sign_in_page(request, status=401)
    with database.read() as session:
        choices = reachable_organizations(session, reader.access)
        chosen = next((each for each in choices if organization in (None, each.code)), None)
        if chosen is None:
            return html("empty.html", status=404 if organization else 200, wanted=organization)
        inventory = inventory_of(session, chosen)
        shown = year_shown(inventory, year, now_ms=now_ms)
    framework = framework_for(chosen, shown).code
    disclosure = live_disclosure(database, organization=chosen.code, framework=framework, year=shown, now_ms=now_ms)
    with database.read() as session:
        page = annual_page(session, inventory, disclosure, choices=choices, has_json=not reader.signed_in)
    return html("page.html", page=page, signed_in=reader.signed_in)
