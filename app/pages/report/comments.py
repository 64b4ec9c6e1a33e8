"""What people say of a publication before it is published, and the form to say something."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from app.core.access import OrganizationAccess
from app.core.calendar.fiscal_years import PeriodName, year_of
from app.core.inventory.inventory import InvalidFields
from app.disclosure.history.canonical import document_from
from app.disclosure.history.standing import DisclosureStatus, FigureName, figure_name, status_of
from app.disclosure.publications.comments import subjects_of
from app.disclosure.publications.steps import PublicationYear, WrongStatus
from app.http.deps import Db, MayRead, Reads
from app.http.page_route import PageRoute
from app.models import id_of
from app.pages.forms import Form, FormFields
from app.pages.frame.words import gettext as _
from app.pages.refusal import refusal
from app.pages.rendering import html
from app.routers.disclosures.comments import commented
from app.routers.disclosures.editions import EditionOfPage
from app.schemas.disclosures.comments import PublicationComment, PublicationCommentCreate, comment_from
from app.schemas.wire.periods import PeriodInPathOfPage
from app.store.directory.people import names_of
from app.store.engine.database import Database
from app.store.reporting.comments import comment_page
from app.store.reporting.publications import listed_of, publication_of

router = APIRouter(
    include_in_schema=False,
    route_class=PageRoute,
    prefix="/organizations/{organization}/reports/{framework}/{year}/{number}/comments",
)
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Said:
    """A comment, and the title of what it is of; None for one on the whole."""

    comment: PublicationComment
    title: str | None


@router.get("")
def comments_page(
    access: MayRead,
    framework: EditionOfPage,
    year: PeriodInPathOfPage,
    number: Number,
    database: Reads,
    done: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """Show the comments on a publication, oldest first, and while it is not published a form for another."""
    return _page(access, framework, year, number, database, done=done)


@router.post("")
def comment(
    access: MayRead, framework: EditionOfPage, year: PeriodInPathOfPage, number: Number, database: Db, form: Form
) -> Response:
    """Comment on the whole, or on the chosen figure; a refusal keeps what was written."""
    try:
        chosen = _chosen(database, access, framework, year, number, form)
        body = PublicationCommentCreate.model_validate({"text": form.text("text"), **chosen})
        target = PublicationYear(access.organization, framework, year)
        with database.write() as session:
            commented(session, access, target, number, body)
    except (ValidationError, InvalidFields, WrongStatus) as error:
        words = _("Write what you have to say, up to 20,000 characters") if _unreadable(error) else refusal(error)
        return _page(access, framework, year, number, database, wrong=words, form=form)
    place = f"/organizations/{access.organization}/reports/{framework}/{year}/{number}/comments"
    return RedirectResponse(f"{place}?done=commented#said", 303)


def _unreadable(error: Exception) -> bool:
    return isinstance(error, ValidationError)


def _chosen(
    database: Database, access: OrganizationAccess, framework: str, year: PeriodName, number: int, form: FormFields
) -> Mapping[str, object]:
    """Return key and dimensions of the figure that was chosen by its place in the list, 1, 2, 3; none of the whole."""
    text = form.text("of")
    if not text:
        return {}
    with database.read() as session:
        row = publication_of(session, access.organization_id, framework, year_of(year), number)
        names = list(subjects_of(document_from(row.document)))
    if not (text.isdigit() and len(text) < 7 and 1 <= int(text) <= len(names)):
        return {"key": text[:64]}
    key, dimensions = names[int(text) - 1]
    return {"key": key, "dimensions": dict(dimensions)}


def _page(
    access: OrganizationAccess,
    framework: str,
    year: PeriodName,
    number: int,
    database: Database,
    *,
    done: str | None = None,
    wrong: str | None = None,
    form: FormFields | None = None,
) -> Response:
    with database.read() as session:
        row = publication_of(session, access.organization_id, framework, year_of(year), number)
        listed = listed_of(session, row)
        found = comment_page(session, access.organization_id, id_of(row), cursor=None, limit=_MOST)
        names = names_of(session, [each.author for each in found.items])
    titles = subjects_of(document_from(row.document))
    return html(
        "reports/comments.html",
        status=200 if wrong is None else 409,
        organization=access.organization,
        framework=framework,
        year=year,
        number=number,
        standing=status_of(listed),
        is_open=status_of(listed) is not DisclosureStatus.PUBLISHED,
        said=[_said(comment_from(each, names), titles) for each in found.items],
        titles=list(titles.values()),
        signed_in=access.key_code is not None,
        of=form.text("of") if form else "",
        text=form.raw("text") if form else "",
        done=done,
        wrong=wrong,
    )


def _said(comment: PublicationComment, titles: Mapping[FigureName, str]) -> Said:
    of = None if comment.key is None else titles.get(figure_name(comment.key, comment.dimensions), comment.key)
    return Said(comment, of)
