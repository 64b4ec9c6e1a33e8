"""The page where monthly figures are typed or pasted, stored as readings of quality `manual`, and taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from app.core.access import OrganizationAccess, Scope
from app.core.readings.batches import batch_code, batch_from_code
from app.http.deps import Db, Entrance, MayIngest, MayRead, NowMs, Waking
from app.http.page_route import PageRoute
from app.ingest.judging.seen import ChangedSinceSeen
from app.models import Plant
from app.pages.data_in.monthly_grid import is_monthly, monthly_grid, months_of
from app.pages.data_in.monthly_storing import Sheet, stood_before, store_figures, withdraw_figures
from app.pages.data_in.written_figures import (
    BlockMisfits,
    FigureUnreadable,
    decimal_mark,
    laid_out,
    pasted_figure,
    plain_figure,
)
from app.pages.forms import Form, FormFields
from app.pages.frame.frame import frame_of
from app.pages.frame.words import gettext as _
from app.pages.refusal import refusal, refusal_of
from app.pages.rendering import html
from app.schemas.wire.periods import PeriodOnPage
from app.store.arrivals.entered import entered
from app.store.directory.metered import Metered, metered
from app.store.engine.database import Database
from app.store.sql.conflicts import NotThere

_MOST_DIGITS = 10

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/monthly")


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody has written and not stored: texts by cell, and why some cannot be.

    `seen` are the revisions that stood when it was written, and `late` tells that others stand by now. `asks`: some are
    below zero, and are stored when the form is sent once more.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    block: str = ""
    reason: str = ""
    seen: Mapping[str, int] = field(default_factory=dict)
    late: bool = False
    asks: bool = False


@router.get("")
def monthly_page(
    access: MayRead,
    database: Db,
    request: Request,
    _year: PeriodOnPage,
    stored: Annotated[str | None, Query(max_length=40)] = None,
    done: Annotated[int | None, Query(ge=0)] = None,
) -> Response:
    """Show the monthly figures of a plant and reporting year, each with who sent it; `stored` is a batch just sent."""
    return _page(access, _sheet(request, access, database), stored=stored, done=done)


@router.post("")
async def enter_figures(
    access: MayIngest,
    database: Db,
    door: Entrance,
    now_ms: NowMs,
    wake: Waking,
    request: Request,
    _year: PeriodOnPage,
    form: Form,
) -> Response:
    """Lay a pasted block into the grid, store what was changed in it, or take back what a batch has stored."""
    sheet = await run_in_threadpool(_sheet, request, access, database)

    async def show(draft: Draft) -> Response:
        return await run_in_threadpool(_page, access, sheet, draft)

    if form.text("act") == "paste":
        return await show(_pasted(sheet, form))
    if form.text("act") == "undo":
        wanted = await run_in_threadpool(stood_before, access, database, sheet, form.text("batch"))
        draft = Draft(wanted, reason=form.text("reason"), seen={name: sheet.cells[name].revision for name in wanted})
    else:
        draft = _written(sheet, form)
    changed = {name: text for name, text in draft.texts.items() if text != sheet.cells[name].value}
    cleared = [name for name, text in changed.items() if not text]
    if cleared and not (access.allows(Scope.AMEND) and draft.reason):
        draft = _refused(draft, _("To take a figure away needs the scope amend, and a reason"))
    if not form.has("below_zero"):
        draft = _asked(sheet, draft, changed)
    if draft.wrong or draft.words:
        return await show(draft)
    if not changed:
        return await show(_refused(draft, _("Nothing was changed")))
    figures, seen = {name: text for name, text in changed.items() if text}, draft.seen
    try:
        outcome = await store_figures(access, door, sheet, figures, seen, draft.reason, now_ms)
        if outcome is not None and outcome.problems:
            wrong = {
                list(figures)[problem.index]: refusal_of(problem.code, problem.detail) for problem in outcome.problems
            }
            return await show(_refused(draft, _("Nothing was stored"), wrong))
        await run_in_threadpool(withdraw_figures, access, database, sheet, cleared, seen, draft.reason, now_ms, wake)
    except ChangedSinceSeen:
        sheet = await run_in_threadpool(_sheet, request, access, database)
        return await show(_late(sheet, draft))
    more = {"stored": outcome.batch} if outcome is not None and outcome.batch else {}
    return RedirectResponse(sheet.address(done=str(len(changed)), **more), status_code=303)


def _sheet(request: Request, access: OrganizationAccess, database: Database) -> Sheet:
    """Return the sheet of the plant and year that are chosen; where no plant is, of the first with monthly meters.

    Raises NotThere for a plant that the address names and the organization has not, and UnknownPeriod.
    """
    frame = frame_of(request)
    assert frame.inventory is not None  # noqa: S101 - who may read has an organization to read
    plants, calendar = frame.inventory.plants, frame.inventory.calendar
    if (named := request.query_params.get("plant")) and named not in {each.code for each in plants}:
        raise NotThere(f"There is no plant {named!r} in this organization")
    period = calendar.named(frame.year)
    months = months_of(period)
    with entered(database, access.organization_id) as session:
        meters = [each for each in metered(session, access.organization_id) if is_monthly(each)]
        plant = frame.choice.plant or _first(plants, meters)
        rows = monthly_grid(session, [each for each in meters if each.plant == plant], months)
    return Sheet(
        access.organization,
        plant,
        next((each.name for each in plants if each.code == plant), plant),
        period.name,
        calendar.before(period).name,
        calendar.period_of(period.end_day).name,
        [str(each) for each in months],
        rows,
    )


def _first(plants: Sequence[Plant], meters: Sequence[Metered]) -> str:
    found = {each.plant for each in meters}
    return next((each.code for each in plants if each.code in found), plants[0].code if plants else "")


def _written(sheet: Sheet, form: FormFields) -> Draft:
    """Return what the cells of the form say; a cell that somebody else has changed meanwhile is wrong."""
    texts, wrong, seen = {}, {}, {}
    for name in sheet.cells:
        written = form.text(f"cell|{name}")
        if not form.has(f"cell|{name}") or written == form.text(f"was|{name}"):
            continue  # what nobody has touched is as it is stored, also where somebody else has changed it
        texts[name], seen[name] = written, _revision(form.text(f"seen|{name}"))
        try:
            texts[name] = plain_figure(written)
        except FigureUnreadable:
            wrong[name] = _("Write a number such as 1234.5")
    words = _("Nothing was stored") if wrong else ""
    return _late(sheet, Draft(texts, wrong, words, reason=form.text("reason"), seen=seen))


def _asked(sheet: Sheet, draft: Draft, changed: Mapping[str, str]) -> Draft:
    """Return a draft that asks whether figures below zero are meant, where there are any and nothing else is wrong."""
    doubtful = {row.meter for row in sheet.rows if row.metered.spec.doubts_below_zero}
    below = [name for name, text in changed.items() if text.startswith("-") and sheet.cells[name].meter in doubtful]
    if not below or draft.wrong or draft.words:
        return draft
    words = _("A use below zero counts as a credit. Store again if that is meant")
    return replace(draft, wrong=dict.fromkeys(below, _("Below zero")), words=words, asks=True)


def _revision(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MOST_DIGITS else 0


def _late(sheet: Sheet, draft: Draft) -> Draft:
    """Return a draft that tells of the cells in which others have stored something since, beside what is written."""
    wrong = {}
    for name, text in draft.texts.items():
        cell = sheet.cells[name]
        if draft.seen.get(name, cell.revision) != cell.revision and text != cell.value:
            said = {"name": cell.by or _("Somebody"), "value": cell.value or _("nothing"), "own": text or _("nothing")}
            wrong[name] = _("%(name)s has changed this meanwhile to %(value)s, and you wrote %(own)s") % said
    if not wrong:
        return draft
    words = _("Nothing was stored over what others have stored meanwhile. Store again what is to replace it")
    return replace(draft, wrong={**draft.wrong, **wrong}, words=words, late=True)


def _pasted(sheet: Sheet, form: FormFields) -> Draft:
    draft = _written(sheet, form)
    block = form.raw("block")
    try:
        meters, row, column = [each.meter for each in sheet.rows], form.text("row"), form.text("column")
        found = laid_out(block, meters, sheet.months, row=row, column=column)
    except BlockMisfits as error:
        words = _("The block is larger than the grid from there on:") + f" {refusal(error)}"
        return replace(draft, words=words, block=block)
    except ValueError:
        return replace(draft, words=_("Choose where the block begins"), block=block)
    texts, wrong = dict(draft.texts), dict(draft.wrong)
    mark = decimal_mark(found.values())
    for place, text in found.items():
        name = "|".join(place)
        wrong.pop(name, None)
        try:
            texts[name] = pasted_figure(text, mark)
        except FigureUnreadable:
            texts[name], wrong[name] = text.strip(), _("Write a number such as 1234.5")
    return replace(draft, texts=texts, wrong=wrong, words="", late=False)


def _refused(draft: Draft, words: str, wrong: Mapping[str, str] | None = None) -> Draft:
    return replace(draft, wrong=draft.wrong if wrong is None else wrong, words=words)


def _page(
    access: OrganizationAccess,
    sheet: Sheet,
    draft: Draft | None = None,
    *,
    stored: str | None = None,
    done: int | None = None,
) -> Response:
    return html(
        "data_in/monthly.html",
        status=409 if draft is not None and draft.late else 422 if draft and (draft.words or draft.wrong) else 200,
        sheet=sheet,
        draft=draft or Draft(),
        stored=_code(stored),
        done=done,
        may_ingest=access.allows(Scope.INGEST),
        may_amend=access.allows(Scope.AMEND),
        signed_in=access.key_code is not None,
    )


def _code(text: str | None) -> str | None:
    try:
        return batch_code(batch_from_code(text)) if text else None
    except ValueError:
        return None
