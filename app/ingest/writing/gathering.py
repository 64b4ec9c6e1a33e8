"""Posts taken together: their rows as one set of columns, each row still knowing its post and its place there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from app.core.access import Binding
from app.core.readings.columns import Int32Column, Int64Column, ReadingColumns, references
from app.core.readings.versions import Identity
from app.ingest.bodies.body_columns import TextColumns
from app.ingest.problems import RowProblem
from app.store.directory.directory import Directory


class OnConflict(StrEnum):
    """What a different value for a stored reading means."""

    CORRECT = "correct"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """How a batch is taken. `restore` lets a superseded value come back; `reason` is kept with the corrections.

    With `by_value` a row that says the value that stands changes nothing, whatever quality it states. `seen` are the
    revisions that were seen of identities, 0 where nothing stood: where others stand by now, nothing is stored.
    """

    atomic: bool = False
    dry_run: bool = False
    on_conflict: OnConflict = OnConflict.CORRECT
    restore: bool = False
    reason: str | None = None
    by_value: bool = False
    seen: Mapping[Identity, int] | None = None


PLAIN = IngestOptions()


@dataclass(frozen=True, slots=True)
class Post:
    """One body of readings: whose it is, how it is to be taken, when it came (UTC ms) and how many rows it has."""

    organization_id: int
    key_code: str | None
    options: IngestOptions
    now_ms: int
    binding: Binding | None
    """What its key may post of; None when that is every meter of the organization."""
    received: int = 0
    """Zero while the body is still arriving."""

    def with_rows(self, received: int) -> "Post":
        """Return the post of a body that has so many rows; `replace` would take every post twice as long."""
        return Post(self.organization_id, self.key_code, self.options, self.now_ms, self.binding, received)


@dataclass(frozen=True, slots=True)
class Gathering:
    """Judged posts of one organization. Rows are numbered through all of them; post n begins at `offsets[n]`."""

    posts: tuple[Post, ...]
    directory: Directory
    columns: ReadingColumns
    problems: list[RowProblem] = field(default_factory=list)

    @property
    def organization_id(self) -> int:
        return self.posts[0].organization_id

    @property
    def options(self) -> IngestOptions:
        """Return how the rows are to be taken; only plain posts are gathered with others."""
        return self.posts[0].options

    @property
    def offsets(self) -> Int64Column:
        return offsets_of(post.received for post in self.posts)

    def post_of(self, rows: Int32Column | Int64Column | Sequence[int]) -> NDArray[np.intp]:
        """Return the number of the post each row belongs to."""
        # Posts of 3 and 2 rows begin at 0 and 3, and end at 5: row 2 is of post 0, and row 3, where one begins, of post
        # 1.
        return np.searchsorted(self.offsets, np.asarray(rows), side="right") - 1


def offsets_of(counts: Iterable[int]) -> Int64Column:
    """Return where each of some consecutive stretches begins, and where the last one ends."""
    return np.concatenate(([0], np.cumsum(list(counts)))).astype(np.int64)


def joined(texts: Sequence[TextColumns]) -> TextColumns:
    """Return several bodies' rows as one, numbered through."""
    if len(texts) == 1:
        return texts[0]
    offsets = list(accumulate((each.received for each in texts), initial=0))
    return TextColumns(
        received=offsets[-1],
        row=_numbered_through(texts, offsets),
        meter=[code for each in texts for code in each.meter],
        timestamp=[text for each in texts for text in each.timestamp],
        value=np.concatenate([each.value for each in texts]),
        quality=[text for each in texts for text in each.quality],
        start=[text for each in texts for text in each.start],
        reference=_references(texts),
        problems=[
            problem.at(problem.index + offset)
            for each, offset in zip(texts, offsets, strict=False)
            for problem in each.problems
        ],
    )


def _references(texts: Sequence[TextColumns]) -> Sequence[str | None] | None:
    if all(each.reference is None for each in texts):
        return None
    return [text for each in texts for text in each.reference or [None] * len(each.row)]


def _numbered_through(texts: Sequence[TextColumns], offsets: Sequence[int]) -> Int32Column:
    if all(len(each.row) == each.received for each in texts):
        return np.arange(offsets[-1], dtype=np.int32)
    rows = [each.row + offset for each, offset in zip(texts, offsets, strict=False)]
    return np.concatenate(rows).astype(np.int32)


def chained(pieces: Sequence[ReadingColumns]) -> ReadingColumns:
    """Return the rows of several judged pieces of one body, already numbered through, as one set of columns."""
    if len(pieces) == 1:
        return pieces[0]
    return ReadingColumns(
        row=np.concatenate([piece.row for piece in pieces]),
        meter=np.concatenate([piece.meter for piece in pieces]),
        at=np.concatenate([piece.at for piece in pieces]),
        value=np.concatenate([piece.value for piece in pieces]),
        start=np.concatenate([piece.start for piece in pieces]),
        quality=np.concatenate([piece.quality for piece in pieces]),
        reference=references([piece.reference for piece in pieces], [len(piece) for piece in pieces]),
    )
