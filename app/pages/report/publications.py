"""The publications of a framework and year: what stands, the next step as a button, and why figures are missing."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from app.core.access import OrganizationAccess, Scope
from app.core.calendar.fiscal_years import PeriodName, is_transition, year_of
from app.core.inventory.inventory import InvalidFields
from app.core.language import SOURCE, language
from app.disclosure.checks.kpis import EXPLANATION_MISSING, KPI_MISSING
from app.disclosure.exports.formats import ExportFormat
from app.disclosure.history.standing import DisclosureStatus
from app.disclosure.history.still import AmendmentUnderWay
from app.disclosure.live.disclosure import live_disclosure
from app.disclosure.publications.preparing import prepare_next
from app.disclosure.publications.steps import (
    OwnPublication,
    PeriodMoved,
    PublicationOvertaken,
    PublicationYear,
    WrongStatus,
    approve,
    publish,
)
from app.http.deps import Db, MayApprove, MayPrepare, MayRead, NowMs, Reads
from app.http.idempotency import Once
from app.http.page_route import PageRoute
from app.pages.forms import Form, FormFields
from app.pages.frame.words import gettext as _
from app.pages.refusal import refusal
from app.pages.rendering import html
from app.routers.disclosures.datapoints import post_datapoint
from app.routers.disclosures.editions import EditionOfPage
from app.schemas.disclosures.datapoints import DatapointCreate
from app.schemas.disclosures.publications import publication_from
from app.schemas.wire.periods import PeriodInPathOfPage
from app.store.directory.people import names_of
from app.store.engine.database import Database
from app.store.reporting.comments import comment_counts
from app.store.reporting.publications import publication_page
from app.store.sql.conflicts import NotThere

router = APIRouter(
    include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/reports/{framework}/{year}"
)

_MOST = 100
_NOTHING_TYPED: Mapping[str, str] = MappingProxyType({})
_REFUSED = (
    AmendmentUnderWay,
    InvalidFields,
    NotThere,
    OwnPublication,
    PeriodMoved,
    PublicationOvertaken,
    ValidationError,
    WrongStatus,
)
"""What the page tells, where the API answers with a problem."""


@router.get("")
def reports_page(
    access: MayRead,
    framework: EditionOfPage,
    year: PeriodInPathOfPage,
    database: Reads,
    now_ms: NowMs,
    done: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """Show the publications of a framework and year, newest first, with what can be done next."""
    return _page(access, framework, year, database, now_ms, done=done)


@router.post("/prepare")
def prepare(
    access: MayPrepare, framework: EditionOfPage, year: PeriodInPathOfPage, database: Db, now_ms: NowMs, form: Form
) -> Response:
    """Freeze the figures of now as a draft; a year that was published before needs a reason."""

    def act() -> None:
        target = PublicationYear(access.organization, framework, year)
        reason, interim = form.text("reason") or None, bool(form.text("interim"))
        prepare_next(database, target, reason=reason, interim=interim, key_code=access.key_code or "", keep=_nothing)

    return _done(access, framework, year, database, now_ms, act, "prepared")


@router.post("/step")
def step(
    access: MayApprove, framework: EditionOfPage, year: PeriodInPathOfPage, database: Db, now_ms: NowMs, form: Form
) -> Response:
    """Approve a draft, or publish what is approved, which is asked once more first."""
    steps = {"approve": approve, "publish": publish}
    if form.text("act") == "publish" and not form.text("sure"):
        place = f"/organizations/{access.organization}/reports/{framework}/{year}"
        return RedirectResponse(f"{place}/{_number(form)}/publish", status_code=303)

    def act() -> None:
        target = PublicationYear(access.organization, framework, year)
        take = steps.get(form.text("act"), approve)
        take(database, target, _number(form), key_code=access.key_code or "")

    return _done(access, framework, year, database, now_ms, act, form.text("act"))


@router.post("/explain")
def explain(
    access: MayPrepare, framework: EditionOfPage, year: PeriodInPathOfPage, database: Db, now_ms: NowMs, form: Form
) -> Response:
    """State why KPIs have no figure, as comply-or-explain has it: those beside which a reason is typed."""
    reasons = form.named("text")
    if not reasons:
        words = _("Write a reason beside what is to be explained")
        return _page(access, framework, year, database, now_ms, wrong=words)

    def act() -> None:
        for kpi, text in reasons.items():
            sent = {
                "indicator": "explanation",
                "period": year_of(year),
                "transition": is_transition(year),
                "dimensions": {"kpi": kpi},
                "text": text,
            }
            post_datapoint(access, DatapointCreate.model_validate(sent), database, now_ms, Once(None))

    return _done(access, framework, year, database, now_ms, act, "explained", reasons)


def _done(
    access: OrganizationAccess,
    framework: str,
    year: PeriodName,
    database: Database,
    now_ms: int,
    act: Callable[[], None],
    done: str,
    typed: Mapping[str, str] = _NOTHING_TYPED,
) -> Response:
    """Do what was asked and go back to the page; what is refused is told on it, with what was typed."""
    try:
        act()
    except _REFUSED as error:
        return _page(access, framework, year, database, now_ms, wrong=refusal(error), typed=typed)
    return RedirectResponse(f"/organizations/{access.organization}/reports/{framework}/{year}?done={done}", 303)


def _page(
    access: OrganizationAccess,
    framework: str,
    year: PeriodName,
    database: Database,
    now_ms: int,
    *,
    done: str | None = None,
    wrong: str | None = None,
    typed: Mapping[str, str] = _NOTHING_TYPED,
) -> Response:
    with database.read() as session:
        page = publication_page(session, access.organization_id, framework, year_of(year), cursor=None, limit=_MOST)
        # those of a year and of the transition period with its number are numbered together, and shown apart
        found = [each for each in reversed(page.items) if each.period == year]
        names = names_of(session, [code for each in found for code in each.actors])
        counts = comment_counts(session, access.organization_id, [each.id for each in found])
    live = live_disclosure(database, organization=access.organization, framework=framework, year=year, now_ms=now_ms)
    listed = [publication_from(access.organization, each, names) for each in found]
    return html(
        "reports/publications.html",
        status=200 if wrong is None else 409,
        organization=access.organization,
        framework=live.framework,
        year=year,
        number_of_year=year_of(year),
        publications=listed,
        comments={each.number: counts[each.id] for each in found if each.id in counts},
        silent=[each for each in live.checks if each.code in (KPI_MISSING, EXPLANATION_MISSING)],
        formats=[each.value for each in ExportFormat],
        asked="" if language() == SOURCE else f"?language={language()}",
        needs_reason=any(each.status is DisclosureStatus.PUBLISHED for each in listed),
        may_prepare=access.allows(Scope.PREPARE),
        may_approve=access.allows(Scope.APPROVE),
        signed_in=access.key_code is not None,
        done=done,
        wrong=wrong,
        typed=typed,
    )


def _number(form: FormFields) -> int:
    text = form.text("number")
    if not text.isdigit() or len(text) > 9:
        raise NotThere("There is no such publication")
    return int(text)


def _nothing(*_: object) -> None:
    """Keep nothing for another try: a page asks once."""
