"""Taking a body of readings from its bytes to a committed batch."""

from collections import Counter
from collections.abc import Callable, Sequence

from app.core.codings import coding_named
from app.core.spans import spanned
from app.ingest.bodies.body import decode, unpacked
from app.ingest.bodies.body_columns import TextColumns, media_type
from app.ingest.judging.judge import judge
from app.ingest.writing.binding import beyond_binding
from app.ingest.writing.gathering import Gathering, IngestOptions, OnConflict, Post, joined
from app.ingest.writing.tally import IngestOutcome
from app.ingest.writing.write import InventoryMoved, write
from app.store.directory.directory import Directory, directories
from app.store.engine.database import Database
from app.store.engine.outages import TransactionUndone
from app.store.sql.columns import ConcurrentChange

__all__ = ["BatchContended", "IngestOptions", "IngestOutcome", "OnConflict", "ingest_readings", "ingest_together"]

_ATTEMPTS = 8
_OUTCOMES = ("inserted", "replaced", "duplicate", "suspect", "rejected")


class BatchContended(RuntimeError):
    """The same readings were being changed by others for too long; send the batch again."""


def ingest_readings(
    database: Database,
    *,
    organization_id: int,
    key_code: str | None,
    body: bytes,
    content_type: str | None,
    content_encoding: str | None,
    limit_bytes: int,
    options: IngestOptions,
    now_ms: int,
) -> IngestOutcome:
    """Store the readings of one body, of whatever meters, and return once they are committed.

    Raises BodyUnreadable, BodyInvalid, BodyTooLarge, MediaTypeUnsupported, CodingUnsupported and CodingFault for the
    body as a whole; what is wrong with single rows is in the outcome.
    """
    media = media_type(content_type)
    texts = decode(unpacked(body, coding_named(content_encoding), limit_bytes=limit_bytes), media)
    post = Post(organization_id, key_code, options, now_ms, None, texts.received)
    return ingest_together(database, [post], [texts])[0]


def _directory(database: Database, post: Post) -> Directory:
    with database.read() as session:
        return directories(database).current(session, post.organization_id)


def ingest_together(
    database: Database,
    posts: Sequence[Post],
    bodies: Sequence[TextColumns],
    *,
    judged: Callable[[], None] = lambda: None,
) -> list[IngestOutcome]:
    """Judge and store posts of one organization in one transaction; return what became of each once it is committed.

    Several posts are plain ones. `judged` is called when the rows are judged, and nothing is held yet. Raises
    BatchContended.
    """
    texts = joined(bodies)

    def gathering() -> Gathering:
        # The latest that is known, without a question: the transaction that writes tells whether it has been changed
        # since.
        directory = directories(database).latest(posts[0].organization_id) or _directory(database, posts[0])
        now_ms = max(post.now_ms for post in posts)
        beyond = beyond_binding(posts, texts, directory)
        found = judge(texts, directory.by_code, plausible=directory.plausible, now_ms=now_ms, beyond=beyond)
        judged()
        return Gathering(tuple(posts), directory, found.columns, found.problems)

    return written(database, gathering, lambda: _directory(database, posts[0]))


def _tell(database: Database, outcomes: Sequence[IngestOutcome]) -> None:
    if database.observer is not None:
        counts = {name: sum(getattr(each, name) for each in outcomes) for name in _OUTCOMES}
        rejected = Counter(problem.code.value for each in outcomes if each.rejected for problem in each.problems)
        database.observer.took(counts, rejected)


@spanned("ingest.write")
def written(database: Database, gathering: Callable[[], Gathering], moved: Callable[[], object]) -> list[IngestOutcome]:
    """Write what `gathering` returns, asked for anew each time that others have changed the same readings meanwhile.

    `moved` is called when the inventory was changed since. Raises BatchContended.
    """
    for _ in range(_ATTEMPTS):
        try:
            outcomes = write(database, gathering())
            _tell(database, outcomes)
            return outcomes
        except (ConcurrentChange, TransactionUndone):
            continue
        except InventoryMoved:
            moved()
    raise BatchContended("The same readings are being changed by others; send the batch again")
