"""What is asked of one organization most: readings in and out, rollups, disclosures, events, frames."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from esg_metrics_client.events import Event, events_of
from esg_metrics_client.frames import pandas_frame, polars_frame
from esg_metrics_client.wire import read, written

if TYPE_CHECKING:
    import pandas
    import polars

    from esg_metrics_client.client import Client
    from esg_metrics_client.types import Disclosure, Lineage, Publication, Reading, ReadingReceipt, RollupItem

_MEDIA_TYPES = {"csv": "text/csv", "ndjson": "application/x-ndjson"}
_PIECE_BYTES = 1 << 20
Row = Mapping[str, Any]
"""A reading to send: meter, timestamp (an instant with an offset, or its text) and value; quality, start, reference."""


class Organization:
    """One organization of the service. `path` is its address, which longer ones for the client's methods begin with."""

    def __init__(self, client: Client, code: str) -> None:
        self.client = client
        self.code = code
        self.path = f"/v1/organizations/{quote(code, safe='')}"

    def post_readings(self, rows: Iterable[Row], **options: Any) -> ReadingReceipt:
        """Send readings in one body: `atomic`, `dry_run`, `on_conflict`, `restore` and `reason` are its options.

        Rows that are refused are in `errors` of the receipt. Raises Problem when every row was refused.
        """
        return self.send(b"\n".join(map(written, rows)), "ndjson", **options)

    def stream_readings(
        self, rows: Iterable[Row], *, rows_at_once: int = 10_000, **options: Any
    ) -> Iterator[ReadingReceipt]:
        """Send any number of readings, some at a time, and yield the receipt of each body."""
        left = iter(rows)
        while some := list(islice(left, rows_at_once)):
            yield self.post_readings(some, **options)

    def upload_readings(self, file: str | Path, **options: Any) -> ReadingReceipt:
        """Send a file whose name ends in .csv or .ndjson, packed on its way, however large it is."""
        path = Path(file)
        form = path.suffix.lstrip(".").lower()
        if form not in _MEDIA_TYPES:
            raise ValueError(f"{path.name} ends in neither .csv nor .ndjson")
        headers = {"Content-Type": _MEDIA_TYPES[form], "Content-Encoding": "gzip"}
        answer = self.client.request(
            "POST", f"{self.path}/readings", query=options, content=lambda: _packed(path), headers=headers
        )
        receipt: ReadingReceipt = read(answer.content)
        return receipt

    def send(self, body: bytes, form: Literal["csv", "ndjson"], **options: Any) -> ReadingReceipt:
        """Send readings that are a body already."""
        headers = {"Content-Type": _MEDIA_TYPES[form], "Content-Encoding": "gzip"}
        packed = gzip.compress(body, 6)
        answer = self.client.request("POST", f"{self.path}/readings", query=options, content=packed, headers=headers)
        receipt: ReadingReceipt = read(answer.content)
        return receipt

    def readings(self, **query: Any) -> Iterator[Reading]:
        """Yield readings by meter and instant, by `meter`, `plant`, `resource`, `start`, `end`, `as_of`, `order`."""
        return self.client.items(f"{self.path}/readings", **query)

    def rollups(self, grain: Literal["hour", "day", "month", "year"], **query: Any) -> Iterator[RollupItem]:
        """Yield quantities per meter and hour, day, month or year."""
        return self.client.items(f"{self.path}/rollups", grain=grain, **query)

    def disclosure(self, framework: str, year: int, **query: Any) -> Disclosure:
        """Return the live annual table."""
        found: Disclosure = self.client.get(f"{self.path}/disclosures/{framework}/{year}", **query)
        return found

    def lineage(self, framework: str, year: int, key: str, **query: Any) -> Lineage:
        """Return the terms that a figure is the exact sum of."""
        found: Lineage = self.client.get(f"{self.path}/disclosures/{framework}/{year}/figures/{key}/lineage", **query)
        return found

    def publications(self, framework: str, year: int) -> Iterator[Publication]:
        """Yield the publications of a framework and year."""
        return self.client.items(f"{self.path}/disclosures/{framework}/{year}/publications")

    def events(self, *, last_event_id: str | None = None, **query: Any) -> Iterator[Event]:
        """Yield events as they happen, for ever, after `last_event_id` if given; a connection cut off is made anew."""
        return events_of(self.client, f"{self.path}/stream", query, last_event_id)

    def pandas(self, rows: str, **query: Any) -> pandas.DataFrame:
        """Return rows, such as `readings`, as a pandas frame with exact decimals; needs the extra `pandas`."""
        return pandas_frame(self._parquet(rows, query))

    def polars(self, rows: str, **query: Any) -> polars.DataFrame:
        """Return rows, such as `readings`, as a polars frame with exact decimals; needs the extra `polars`."""
        return polars_frame(self._parquet(rows, query))

    def _parquet(self, rows: str, query: Mapping[str, Any]) -> bytes:
        return self.client.request("GET", f"{self.path}/{rows}", query={**query, "format": "parquet"}).content


def _packed(path: Path) -> Iterator[bytes]:
    """Yield the gzip members of a file, a piece each, so that none of it is kept."""
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield gzip.compress(piece, 6)
