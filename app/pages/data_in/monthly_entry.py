"""The page where monthly figures are typed or pasted, stored as readings of quality `manual`, and taken back."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from app.core.access import OrganizationAccess, Scope
from app.core.calendar.fiscal_years import PeriodName
from app.core.readings.batches import batch_code, batch_from_code
from app.core.readings.columns import NO_REFERENCE, Standing
from app.core.units.quantities import decimal_from_micro, plain
from app.http.deps import Db, Entrance, MayIngest, MayRead, NowMs, Waking
from app.http.page_route import PageRoute
from app.ingest.bodies.body_columns import MediaType
from app.ingest.door.door import Door
from app.ingest.writing.amend import Amendment, withdraw_reading
from app.ingest.writing.gathering import IngestOptions, Post
from app.ingest.writing.tally import IngestOutcome
from app.models import Plant
from app.pages.data_in.monthly_grid import Cell, GridRow, is_monthly, monthly_grid, months_of
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
from app.pages.rendering import html
from app.schemas.wire.periods import PeriodOnPage
from app.store.arrivals.entered import entered
from app.store.directory.metered import Metered, metered
from app.store.engine.database import Database
from app.store.readings.revisions import revisions_of
from app.store.sql.conflicts import NotThere

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/monthly")

_MOST_VERSIONS = 1_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the page shows of an organization: the plant that is chosen, its year's months and their grid."""

    organization: str
    plant: str
    plant_name: str
    year: PeriodName
    before: PeriodName
    after: PeriodName
    months: Sequence[str]
    rows: Sequence[GridRow]

    @property
    def cells(self) -> dict[str, Cell]:
        """Return the cells by their names."""
        return {cell.name: cell for row in self.rows for cell in row.cells}

    def address(self, **more: str) -> str:
        """Return the page's own address."""
        query = {"plant": self.plant, "year": str(self.year), **more}
        return f"/organizations/{self.organization}/monthly?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody has written and not stored: texts by cell, and why some cannot be."""

    texts: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    block: str = ""
    reason: str = ""


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
        wanted = await run_in_threadpool(_before, access, database, sheet, form.text("batch"))
        draft = Draft(texts=wanted, reason=form.text("reason"))
    else:
        draft = _written(sheet, form)
    changed = {name: text for name, text in draft.texts.items() if text != sheet.cells[name].value}
    cleared = [name for name, text in changed.items() if not text]
    if cleared and not (access.allows(Scope.AMEND) and draft.reason):
        draft = _refused(draft, _("To take a figure away needs the scope amend, and a reason"))
    if draft.wrong or draft.words:
        return await show(draft)
    if not changed:
        return await show(_refused(draft, _("Nothing was changed")))
    outcome = await _store(access, door, {name: text for name, text in changed.items() if text}, draft.reason, now_ms)
    if outcome is not None and outcome.problems:
        names = [name for name, text in changed.items() if text]
        wrong = {names[problem.index]: problem.detail for problem in outcome.problems}
        return await show(_refused(draft, _("Nothing was stored"), wrong))
    await run_in_threadpool(_withdraw, access, database, sheet, cleared, draft.reason, now_ms, wake)
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
    texts, wrong = {}, {}
    for name, cell in sheet.cells.items():
        if not form.has(f"cell|{name}"):
            continue
        texts[name] = form.text(f"cell|{name}")
        try:
            texts[name] = plain_figure(texts[name])
        except FigureUnreadable:
            wrong[name] = _("Write a number such as 1234.5")
        if form.text(f"was|{name}") != cell.value and texts[name] != cell.value:
            meanwhile = {"name": cell.by or _("Somebody"), "value": cell.value or _("nothing")}
            wrong[name] = _("%(name)s has changed this meanwhile to %(value)s") % meanwhile
    return Draft(texts, wrong, _("Nothing was stored") if wrong else "", reason=form.text("reason"))


def _pasted(sheet: Sheet, form: FormFields) -> Draft:
    draft = _written(sheet, form)
    block = form.raw("block")
    try:
        meters, row, column = [each.meter for each in sheet.rows], form.text("row"), form.text("column")
        found = laid_out(block, meters, sheet.months, row=row, column=column)
    except BlockMisfits as error:
        return Draft(
            draft.texts, draft.wrong, _("The block is larger than the grid from there on:") + f" {error}", block
        )
    except ValueError:
        return Draft(draft.texts, draft.wrong, _("Choose where the block begins"), block)
    texts, wrong = dict(draft.texts), dict(draft.wrong)
    mark = decimal_mark(found.values())
    for place, text in found.items():
        name = "|".join(place)
        wrong.pop(name, None)
        try:
            texts[name] = pasted_figure(text, mark)
        except FigureUnreadable:
            texts[name], wrong[name] = text.strip(), _("Write a number such as 1234.5")
    return Draft(texts, wrong, reason=draft.reason)


def _refused(draft: Draft, words: str, wrong: Mapping[str, str] | None = None) -> Draft:
    return Draft(draft.texts, draft.wrong if wrong is None else wrong, words, draft.block, draft.reason)


def _before(access: OrganizationAccess, database: Database, sheet: Sheet, batch: str) -> dict[str, str]:
    """Return what stood before a batch in the cells where it still stands: digits, or empty for nothing."""
    ids = {each.spec.code: each.spec.id for each in (row.metered for row in sheet.rows)}
    found = {}
    with entered(database, access.organization_id) as session:
        for name, cell in sheet.cells.items():
            if cell.batch is None or batch_code(cell.batch) != batch:
                continue
            identity = ids[cell.meter], cell.at, NO_REFERENCE
            versions = revisions_of(session, access.organization_id, identity, after=0, limit=_MOST_VERSIONS)
            earlier = [each for each in versions if each.revision < cell.revision]
            stood = earlier and earlier[-1].standing is not Standing.WITHDRAWN
            found[name] = plain(decimal_from_micro(earlier[-1].value)) if stood else ""
    return found


async def _store(
    access: OrganizationAccess, door: Door, figures: Mapping[str, str], reason: str, now_ms: int
) -> IngestOutcome | None:
    """Send figures in by the door of every reading, all or none.

    A value that stood before comes back: who types it means it, where a gateway that repeats it does not.
    """
    if not figures:
        return None
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["meter", "timestamp", "value", "quality"])
    rows.writerows([*name.rsplit("|", 1), value, "manual"] for name, value in figures.items())
    options = IngestOptions(atomic=True, restore=True, reason=reason or None)
    post = Post(access.organization_id, access.key_code, options, now_ms, access.binding)
    return await door.take(_chunks(text.getvalue().encode()), post, MediaType.CSV, None)


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _withdraw(
    access: OrganizationAccess,
    database: Database,
    sheet: Sheet,
    names: Sequence[str],
    reason: str,
    now_ms: int,
    wake: Callable[[], None],
) -> None:
    ids = {row.meter: row.metered.spec.id for row in sheet.rows}
    amendment = Amendment(access.organization_id, access.key_code, reason, now_ms)
    for name in names:
        cell = sheet.cells[name]
        withdraw_reading(database, amendment, meter_id=ids[cell.meter], at=cell.at, reference=NO_REFERENCE)
    wake()


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
        status=422 if draft is not None and (draft.words or draft.wrong) else 200,
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
