"""The list of what is wrong with an organization's meters, and the buttons that mend it by what the API does."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BeforeValidator, ValidationError
from starlette.responses import RedirectResponse, Response

from app.core.access import OrganizationAccess, Scope
from app.core.calendar.fiscal_years import PeriodName
from app.core.calendar.periods import day_start_ms, instant_from_ms, zone_named
from app.core.inventory.inventory import InvalidFields
from app.core.inventory.resources import MeterKind
from app.http.deps import Cursor, Db, MayAmend, MayRead, NowMs, Reads, Waking
from app.http.idempotency import Once
from app.http.page_route import PageRoute, page_asked_for
from app.http.preconditions import Unchanged
from app.ingest.door.places import Overloaded
from app.pages.forms import Form, FormFields
from app.pages.frame.frame import Frame, frame_of
from app.pages.frame.words import gettext as _
from app.pages.mend.remedies import gap_of, monthly_address
from app.pages.refusal import refusal
from app.pages.rendering import html
from app.rollup.issues import IssueKind, IssueQuery, MeterIssue, issue_page
from app.routers.inventory.meters import update_meter
from app.routers.readings.amendments import create_acceptance, delete_reading
from app.routers.readings.exchanges import create_exchange
from app.schemas.inventory.filters import MeterFilter, PlantFilter
from app.schemas.inventory.meters import MeterUpdate
from app.schemas.readings.metering import AcceptanceCreate, ExchangeCreate
from app.schemas.wire.instants import instant_from_rfc3339, rfc3339
from app.schemas.wire.json import parse_json
from app.schemas.wire.periods import PeriodOnPage
from app.store.arrivals.entered import entered
from app.store.directory.metered import metered
from app.store.engine.database import Database
from app.store.sql.conflicts import DuplicateCode, NotThere
from app.store.sql.keyset import decode_cursor, page_of

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/issues")

_MOST = 200
_AT_READINGS = (IssueKind.SUSPECT,)
"""Kinds that are of one reading each, which can be accepted or withdrawn."""


@dataclass(frozen=True, slots=True)
class IssueLine:
    """An issue with what a form needs to name it; `pick` is empty where no reading can be picked."""

    kind: str
    meter: str
    name: str
    plant: str
    first: str
    last: str
    from_day: str
    to_day: str
    detail: str
    action: str
    stamp: str
    pick: str
    takes_exchange: bool
    takes_estimates: bool
    is_silent: bool
    monthly: str
    gap: tuple[str, str]


@router.get("")
def issues_page(
    access: MayRead,
    database: Reads,
    now_ms: NowMs,
    _year: PeriodOnPage,
    kind: Annotated[IssueKind | None, BeforeValidator(lambda sent: sent or None), Query()] = None,
    plant: PlantFilter = (),
    meter: MeterFilter = (),
    cursor: Cursor = None,
    done: Annotated[int | None, Query(ge=0)] = None,
) -> Response:
    """List what is wrong, by meter and time, with what mends it; of the year that the address names, if it does."""
    return _page(access, database, now_ms, kind, plant=plant, meter=meter, cursor=cursor, done=done)


@router.post("")
def mend(access: MayAmend, database: Db, now_ms: NowMs, wake: Waking, form: Form) -> Response:
    """Do what a button says to the readings that were picked, with the reason that was given."""
    acts = {"accept": _accept, "withdraw": _withdraw, "exchange": _exchange, "estimate": _estimate}
    try:
        act = acts[form.text("act")]
        done = act(access, database, now_ms, wake, form)
    except (InvalidFields, NotThere, DuplicateCode, Overloaded) as error:
        return _page(access, database, now_ms, wrong=refusal(error))
    except ValidationError as error:
        return _page(access, database, now_ms, wrong=refusal(error))
    except (KeyError, ValueError):
        return _page(access, database, now_ms, wrong=_("Pick what is to be mended, and how"))
    return RedirectResponse(issues_address(access, done), status_code=303)


def issues_address(access: OrganizationAccess, done: int) -> str:
    """Return the address of the list after something was done, of the year that it was of."""
    frame = _frame()
    year = "" if frame is None or frame.named_year is None else f"&year={frame.named_year}"
    return f"/organizations/{access.organization}/issues?done={done}{year}"


def _frame() -> Frame | None:
    request = page_asked_for()
    return None if request is None else frame_of(request)


def _page(
    access: OrganizationAccess,
    database: Database,
    now_ms: int,
    kind: IssueKind | None = None,
    *,
    plant: tuple[str, ...] = (),
    meter: tuple[str, ...] = (),
    cursor: str | None = None,
    done: int | None = None,
    wrong: str | None = None,
) -> Response:
    frame = _frame()
    year = None if frame is None else frame.named_year
    start_ms, end_ms = (None, None) if frame is None or year is None else _bounds_ms(frame, year)
    query = IssueQuery(
        start_ms=start_ms, end_ms=end_ms, now_ms=now_ms, kinds=frozenset(IssueKind if kind is None else [kind])
    )
    after = decode_cursor(cursor, int, int, str, str) if cursor else None
    with entered(database, access.organization_id) as session:
        meters = metered(session, access.organization_id, plants=plant, meters=meter)
        found = issue_page(session, meters, query, after=after, limit=_MOST + 1)
    page = page_of(found, _MOST, lambda each: each.position)
    return html(
        "mend/issues.html",
        status=200 if wrong is None else 422,
        organization=access.organization,
        lines=[_line(each, access.organization) for each in page.items],
        kinds=[(each.value, each is kind) for each in IssueKind],
        following=page.next,
        year=year,
        kept=[
            *([("year", str(year))] if year else []),
            *(("plant", each) for each in plant),
            *(("meter", each) for each in meter),
        ],
        kind_kept=[("kind", kind.value)] if kind else [],
        may_amend=access.allows(Scope.AMEND),
        may_ingest=access.allows(Scope.INGEST),
        may_administer=access.allows(Scope.ADMIN),
        signed_in=access.key_code is not None,
        done=done,
        wrong=wrong,
    )


def _bounds_ms(frame: Frame, year: PeriodName) -> tuple[int, int]:
    """Return the first instant of a period and that after its last one, by the organization's clock."""
    assert frame.inventory is not None  # noqa: S101 - a year is named of an organization
    zone = zone_named(frame.inventory.organization.timezone)
    first_day, end_day = frame.inventory.calendar.named(year).bounds
    return day_start_ms(zone, first_day), day_start_ms(zone, end_day)


def refused_page(access: OrganizationAccess, database: Database, now_ms: int, words: str) -> Response:
    """Return the list again, with what was refused of it, of which nothing has changed."""
    return _page(access, database, now_ms, wrong=words)


def _line(issue: MeterIssue, organization: str) -> IssueLine:
    spec = issue.metered.spec
    first, last = (instant_from_ms(each).astimezone(spec.zone) for each in (issue.start_ms, issue.end_ms))
    stamp = rfc3339(instant_from_ms(issue.start_ms))
    return IssueLine(
        kind=issue.kind,
        meter=spec.code,
        name=issue.metered.name or spec.code,
        plant=issue.metered.plant,
        first=first.strftime("%Y-%m-%d %H:%M"),
        last=last.strftime("%Y-%m-%d %H:%M"),
        from_day=first.date().isoformat(),
        to_day=(last.date() + timedelta(days=1)).isoformat(),
        detail=issue.detail,
        action=issue.action,
        stamp=stamp,
        pick=f"{spec.code}|{stamp}|{issue.reference}" if issue.kind in _AT_READINGS else "",
        takes_exchange=spec.kind is MeterKind.REGISTER and spec.reset is None and issue.kind is IssueKind.RESET,
        takes_estimates=spec.kind is MeterKind.INTERVAL and issue.kind is IssueKind.GAP and not spec.estimates_gaps,
        is_silent=issue.kind is IssueKind.SILENT,
        monthly=monthly_address(organization, issue),
        gap=gap_of(issue),
    )


def _picked(form: FormFields) -> Iterator[tuple[str, str, str | None]]:
    """Yield meter, timestamp and reference of what was picked; raises ValueError where nothing was."""
    picked = form.every("pick")
    if not picked:
        raise ValueError("nothing was picked")
    for each in picked:
        meter, stamp, reference = each.split("|", 2)
        yield meter, stamp, reference or None


def _accept(
    access: OrganizationAccess, database: Database, now_ms: int, wake: Callable[[], None], form: FormFields
) -> int:
    """Accept what was picked, of each meter and reference in one batch; return how many readings that were.

    Raises NotThere when some were no longer there to accept; the others are accepted.
    """
    picked: dict[tuple[str, str | None], list[str]] = defaultdict(list)
    for meter, stamp, reference in _picked(form):
        picked[meter, reference].append(stamp)
    done = 0
    for (meter, reference), stamps in picked.items():
        sent = {"timestamps": stamps, "reason": form.text("reason"), "reference": reference}
        with suppress(NotThere):
            answer = create_acceptance(
                access, meter, AcceptanceCreate.model_validate(sent), database, now_ms, wake, Once(None)
            )
            done += int(parse_json(bytes(answer.body))["accepted"])
    return _all_done(done, sum(map(len, picked.values())))


def _withdraw(
    access: OrganizationAccess, database: Database, now_ms: int, wake: Callable[[], None], form: FormFields
) -> int:
    """Withdraw what was picked; raises NotThere when some were no longer there, and the others are withdrawn."""
    picked = list(_picked(form))
    reason = form.text("reason")
    if not reason:
        raise ValueError("no reason")
    done = 0
    for meter, stamp, reference in picked:
        with suppress(NotThere):
            delete_reading(access, database, now_ms, wake, meter, instant_from_rfc3339(stamp), reason, reference)
            done += 1
    return _all_done(done, len(picked))


def _all_done(done: int, picked: int) -> int:
    if done < picked:
        raise NotThere(f"{done} of {picked} were done; the others are not there any more, or not suspect")
    return done


def _exchange(
    access: OrganizationAccess, database: Database, now_ms: int, wake: Callable[[], None], form: FormFields
) -> int:
    sent = {name: form.text(name) for name in ("at", "final_value", "first_value", "reason")}
    body = ExchangeCreate.model_validate(sent)
    create_exchange(access, form.text("meter"), body, database, now_ms, wake, Once(None))
    return 1


def _estimate(
    access: OrganizationAccess, database: Database, now_ms: int, wake: Callable[[], None], form: FormFields
) -> int:
    if not access.allows(Scope.ADMIN):
        raise ValueError("not allowed")
    update_meter(access, form.text("meter"), MeterUpdate(estimates_gaps=True), database, Unchanged(None))
    wake()
    return 1
