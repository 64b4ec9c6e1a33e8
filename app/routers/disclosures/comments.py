"""Comments on publications that are not published yet: read them, and say something."""

from sqlmodel import Session

from app.core.access import OrganizationAccess
from app.disclosure.publications.comments import Remark, comment_on
from app.disclosure.publications.steps import PublicationYear
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Limit, MayRead, Reads, api_router
from app.http.idempotency import DoneOnce
from app.models import PublicationComment as CommentRow
from app.models import id_of
from app.routers.disclosures.editions import Edition
from app.routers.disclosures.publications import Number
from app.schemas.disclosures.comments import (
    PublicationComment,
    PublicationCommentCreate,
    PublicationCommentPage,
    comment_from,
)
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.periods import YearInPath
from app.schemas.wire.problems import conflicts
from app.store.directory.people import names_of
from app.store.operations.keyring import UnknownKey
from app.store.reporting.comments import comment_page
from app.store.reporting.publications import publication_of

router = api_router(
    "publications", "/v1/organizations/{organization}/disclosures/{framework}/{year}/publications/{number}/comments"
)


@router.get("")
def list_publication_comments(
    access: MayRead,
    framework: Edition,
    year: YearInPath,
    number: Number,
    database: Reads,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> PublicationCommentPage:
    """List the comments on a publication by number, with who made each and when."""
    with database.read() as session:
        publication = publication_of(session, access.organization_id, framework, year, number)
        page = comment_page(session, access.organization_id, id_of(publication), cursor=cursor, limit=limit)
        names = names_of(session, [each.author for each in page.items])
    return PublicationCommentPage(items=[comment_from(each, names) for each in page.items], next=page.next)


@router.post("", status_code=201, response_model=PublicationComment, responses=conflicts("wrong_status"))
def comment_on_publication(
    access: MayRead,
    framework: Edition,
    year: YearInPath,
    number: Number,
    body: PublicationCommentCreate,
    database: Db,
    once: DoneOnce,
) -> ExactJSON:
    """Comment on a draft or an approved publication, on the whole or on one figure; whoever may read it may."""
    with database.write() as session:
        row = commented(session, access, PublicationYear(access.organization, framework, year), number, body)
        answer = ExactJSON(comment_from(row, names_of(session, [row.author])), status_code=201)
        once.keep(session, answer)
    return answer


def commented(
    session: Session, access: OrganizationAccess, target: PublicationYear, number: int, body: PublicationCommentCreate
) -> CommentRow:
    """Append a comment in the caller's name; raises UnknownKey for a reader without one."""
    if access.key_code is None:
        raise UnknownKey("A comment is by somebody: sign in, or send a key")
    return comment_on(session, target, number, Remark(body.text, body.key, body.dimensions), author=access.key_code)
