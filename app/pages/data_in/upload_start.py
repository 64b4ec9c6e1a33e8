"""The page where a file is dropped: the files that wait, each with who sent it, and those that were stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from app.core.access import OrganizationAccess, Scope
from app.core.calendar.fiscal_years import PeriodName
from app.core.calendar.periods import day_of, instant_from_ms
from app.http.page_route import page_asked_for
from app.models import Upload
from app.pages.frame.frame import frame_of
from app.pages.frame.words import gettext as _
from app.pages.rendering import html
from app.store.directory.people import names_of
from app.store.engine.database import Database
from app.store.operations.uploads import MOST_WAITING, stored_uploads, waiting_uploads


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """A file that waits: who sent it when, until when it is kept, and what who looks may do with it."""

    code: str
    name: str
    by: str
    at: datetime
    until: datetime
    is_readable: bool
    is_own: bool
    may_discard: bool


def start_page(
    access: OrganizationAccess, database: Database, now_ms: int, *, wrong: str = "", done: str | None = None
) -> Response:
    """Return the page, with what is wrong with a file that was just sent."""
    with database.read() as session:
        stored = stored_uploads(session, access.organization_id)
        waiting = waiting_uploads(session, access.organization_id, now_ms=now_ms)
        names = names_of(session, [each.key_code for each in (*stored, *waiting)])
        lines = [_waiting(access, each, names) for each in waiting]
    return html(
        "data_in/upload.html",
        status=422 if wrong else 200,
        organization=access.organization,
        waiting=lines,
        most_waiting=MOST_WAITING,
        uploads=[(each, sender_of(each, names), instant_from_ms(each.created_at)) for each in stored],
        wrong=wrong,
        done=done,
        years=_years(now_ms),
        may_ingest=access.allows(Scope.INGEST),
        signed_in=access.key_code is not None,
    )


def sender_of(upload: Upload, names: Mapping[str, str]) -> str:
    """Return who sent a file."""
    return names.get(upload.key_code or "", upload.key_code) or _("the operator")


def may_discard(access: OrganizationAccess, upload: Upload) -> bool:
    """Tell whether a file that waits may be thrown away: by its sender, and by who administers the organization."""
    return access.allows(Scope.INGEST) and (upload.key_code == access.key_code or access.allows(Scope.ADMIN))


def _waiting(access: OrganizationAccess, upload: Upload, names: Mapping[str, str]) -> WaitingFile:
    return WaitingFile(
        code=upload.code,
        name=upload.name,
        by=sender_of(upload, names),
        at=instant_from_ms(upload.created_at),
        until=instant_from_ms(upload.expires_at or upload.created_at),
        is_readable=upload.mapping is not None,
        is_own=access.allows(Scope.INGEST) and upload.key_code == access.key_code,
        may_discard=may_discard(access, upload),
    )


def _years(now: int) -> list[PeriodName]:
    """Return the years that a workbook may be of, newest first: those with readings, and the one that it is."""
    request = page_asked_for()
    inventory = None if request is None else frame_of(request).inventory
    if inventory is None:
        return []
    return inventory.years_with(inventory.calendar.period_of(day_of(instant_from_ms(now).date())).name)
