"""Every measurement on one screen: its name, what it asks, and where it is made."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.annual_total import annual_total
from bench.batch_sizes import batch_sizes
from bench.capacity import capacity
from bench.dirty_day import dirty_day
from bench.disk import disk
from bench.export import export
from bench.figures import Line
from bench.files import files
from bench.freshness import freshness
from bench.gateway import gateway
from bench.isolation import isolation
from bench.lab import Lab
from bench.late_reading import late_reading
from bench.latency import latency
from bench.memory import memory
from bench.new_rows import new_rows
from bench.one_reading import one_reading
from bench.overlap import overlap
from bench.replay import replay
from bench.singles import singles
from bench.sizes import Sizes
from bench.stages import stages
from bench.start import start
from bench.sustained import sustained
from bench.table_again import table_again
from bench.total_size import total_size
from bench.workers import workers


@dataclass(frozen=True, slots=True)
class Measurement:
    """One part of the run, which can be run alone by its name."""

    name: str
    title: str
    function: Callable[[Lab, Sizes], Iterator[Line]]


MEASUREMENTS = (
    Measurement("new-rows", "New rows over HTTP, batches of 10,000, one client, time-ordered", new_rows),
    Measurement("sustained", "New rows without a pause, NDJSON, one client", sustained),
    Measurement("overlap", "Batches of 10,000 that overlap stored rows", overlap),
    Measurement("replay", "Known rows sent again", replay),
    Measurement("batch-sizes", "New rows by batch size and order of arrival, NDJSON, one client", batch_sizes),
    Measurement("singles", "Single readings from keep-alive clients", singles),
    Measurement("isolation", "Small posts of others while one key misbehaves", isolation),
    Measurement("one-reading", "100,000 rows of one reading beside as many readings", one_reading),
    Measurement("workers", "Two workers beside one", workers),
    Measurement("gateway", "1,000 meters, one post each quarter hour: what is written to disk", gateway),
    Measurement("disk", "What stored readings take of the disk", disk),
    Measurement("export", "A meter's year as CSV, and hours of 100 meters", export),
    Measurement("files", "Ten million readings as one file", files),
    Measurement("dirty-day", "One dirty day rolled up to the year", dirty_day),
    Measurement("annual-total", "The year's total: from readings, beside from rollups", annual_total),
    Measurement("table-again", "The annual table, packed and on condition", table_again),
    Measurement("latency", "Answers by the size of the history", latency),
    Measurement("late-reading", "One late reading, stored and rolled up to the year, by the size of the history",
                late_reading),
    Measurement("total-size", "A page, a post and the annual table by all that the database holds", total_size),
    Measurement("freshness", "From acknowledged to the year's rollup and to the stream, under load", freshness),
    Measurement("memory", "Resident memory of the server during one large body", memory),
    Measurement("capacity", "What three fleets take, beside what the capacity model says", capacity),
    Measurement("start", "The program's import, and its idle server", start),
    Measurement("stages", "Where the time goes inside one process", stages),
)  # fmt: skip
