"""What comments on publications look like from outside."""

from collections.abc import Mapping

from pydantic import Field

from app.core.calendar.periods import instant_from_ms
from app.models import PublicationComment as CommentRow
from app.schemas.disclosures.datapoints import Paragraphs
from app.schemas.wire.attributes import Attributes
from app.schemas.wire.base import Received, Shape
from app.schemas.wire.instants import Instant
from app.schemas.wire.texts import Word


class PublicationCommentCreate(Received):
    """What is said of a publication: of the whole, or of the figure that `key` and `dimensions` name.

    `key` may be the KPI of an explanation, too, or of what is neither disclosed nor explained.
    """

    text: Paragraphs
    key: Word | None = None
    dimensions: Attributes = Field(default_factory=dict)


class PublicationComment(Shape):
    """A comment: who says what of which figure, and when; `key` is null for one on the whole."""

    number: int
    key: str | None
    dimensions: dict[str, str]
    text: str
    by: str
    name: str | None
    at: Instant


class PublicationCommentPage(Shape):
    """Some comments, and the cursor of those that follow."""

    items: list[PublicationComment]
    next: str | None


def comment_from(row: CommentRow, names: Mapping[str, str]) -> PublicationComment:
    """Return the outside view of a comment; `names` are those of who commented, by their codes."""
    return PublicationComment(
        number=row.number,
        key=row.key,
        dimensions=row.dimensions,
        text=row.text,
        by=row.author,
        name=names.get(row.author),
        at=instant_from_ms(row.at),
    )
