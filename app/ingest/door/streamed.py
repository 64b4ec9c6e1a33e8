"""A large body taken as it arrives: unpacked, decoded and judged piece by piece, written in one transaction at its end.

What stays in memory is the judged columns, some forty bytes a row, never the body.
"""

from dataclasses import replace

from app.core.codings import Coding, ContentDecoder
from app.core.readings.columns import ReadingColumns
from app.ingest.bodies.body import at_most, decode
from app.ingest.bodies.body_columns import MediaType, TextColumns
from app.ingest.judging.judge import judge
from app.ingest.problems import BodyInvalid, BodyTooLarge, BodyUnreadable, RowProblem
from app.ingest.writing.binding import beyond_binding
from app.ingest.writing.gathering import Gathering, Post, chained
from app.ingest.writing.intake import BatchContended, written
from app.ingest.writing.tally import IngestOutcome
from app.store.directory.directory import Directory, directories
from app.store.engine.database import Database


class StreamedBody:
    """The state of a body in NDJSON or CSV that is still arriving."""

    def __init__(
        self,
        database: Database,
        post: Post,
        media: MediaType,
        coding: Coding | None,
        *,
        limit_bytes: int,
        limit_rows: int | None = None,
    ) -> None:
        self._database = database
        self._post = post
        self._media = media
        self._decoder = ContentDecoder(coding)
        self._limit_bytes = limit_bytes
        self._limit_rows = limit_rows
        self._plain_bytes = 0
        self._begun_line: list[bytes] = []
        self._header: bytes | None = None
        self._received = 0
        self._pieces: list[ReadingColumns] = []
        self._problems: list[RowProblem] = []
        self._directory: Directory | None = None

    @property
    def plain_bytes(self) -> int:
        """Return how many bytes have come, unpacked; what is kept of them takes about as many."""
        return self._plain_bytes

    def feed(self, packed: bytes) -> None:
        """Take the next bytes; raises BodyTooLarge, TooManyRows, CodingFault, BodyUnreadable, BodyInvalid at once."""
        for plain in self._decoder.decode(packed):
            self._plain_bytes += len(plain)
            if self._plain_bytes > self._limit_bytes:
                raise BodyTooLarge(f"a body may have {self._limit_bytes} bytes, unpacked")
            whole, line_end, rest = plain.rpartition(b"\n")
            if line_end:
                lines = b"".join([*self._begun_line, whole])
                self._begun_line = []
                self._take(lines)
            if rest:
                self._begun_line.append(rest)

    def finish(self) -> IngestOutcome:
        """Store what has come and return once it is committed."""
        self._decoder.close()
        self._take(b"".join(self._begun_line))
        if not self._received:
            raise BodyInvalid("no_readings", "the batch has no readings", "readings")
        posts = (self._post.with_rows(self._received),)
        gathering = Gathering(posts, self._known_meters(), chained(self._pieces), self._problems)

        def judge_anew() -> None:
            nonlocal gathering
            gathering = self._judged_anew(gathering)

        return written(self._database, lambda: gathering, judge_anew)[0]

    def _take(self, lines: bytes) -> None:
        """Decode and judge whole lines."""
        if self._media is MediaType.CSV and self._header is None:
            self._header, _, lines = lines.lstrip(b"\r\n").partition(b"\n")
        if not lines.strip():
            return
        texts = at_most(self._decoded(lines), self._limit_rows, before=self._received)
        known = self._known_meters()
        beyond = beyond_binding([self._post.with_rows(texts.received)], texts, known)
        judged = judge(texts, known.by_code, plausible=known.plausible, now_ms=self._post.now_ms, beyond=beyond)
        columns = judged.columns
        self._pieces.append(replace(columns, row=columns.row + self._received))
        self._problems += [each.at(each.index + self._received) for each in judged.problems]
        self._received += texts.received

    def _decoded(self, lines: bytes) -> TextColumns:
        body = lines if self._header is None else self._header + b"\n" + lines
        try:
            return decode(body, self._media)
        except BodyUnreadable as error:
            raise BodyUnreadable(error.code, f"{error.detail}, counted from row {self._received}") from error

    def _known_meters(self) -> Directory:
        if self._directory is None:
            with self._database.read() as session:
                self._directory = directories(self._database).current(session, self._post.organization_id)
        return self._directory

    def _judged_anew(self, gathering: Gathering) -> Gathering:
        """Return the gathering under the inventory of now, if what its rows were judged by is as it was."""
        with self._database.read() as session:
            now = directories(self._database).current(session, self._post.organization_id)
        used = set(gathering.columns.meter.tolist())
        judged_by = gathering.directory
        if now.plausible != judged_by.plausible or any(
            now.by_id.get(meter) != judged_by.by_id[meter] for meter in used
        ):
            raise BatchContended("A meter was changed while the body arrived; send the batch again")
        return replace(gathering, directory=now)
