"""What a fleet of meters takes of a machine: processor, log, disk and connections, from what work was measured to cost.

Work comes in cycles. A post is read, judged and committed; a moment later it is rolled up, and each meter in it has its
day, month and year added to; and the job that tells which figures moved computes the organization's figures once, at
most once a second. So a cycle costs something whatever it carries, something for each meter, and something for each
reading. An example, PostgreSQL, 500 meters a post and one reading each: 12.6 + 500 x 0.06 + 500 x 0.004 = 44.6 ms of
the service's processor time, and telling the figures of 500 meters 58 + 500 x 0.05 = 83 ms.
"""

from dataclasses import dataclass

DAY_S = 86_400
YEAR_DAYS = 365
CONNECTIONS = 21
"""The most that a process keeps to PostgreSQL: a pool of 20, and one on which it hears of events."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Meters of one organization that each have a reading an interval, and what a post carries of them.

    `organizations` are as many of them beside each other.
    """

    meters: int
    interval_s: int
    post_meters: int
    post_intervals: int = 1
    organizations: int = 1

    @property
    def readings_per_s(self) -> float:
        """Readings a second."""
        return self.organizations * self.meters / self.interval_s

    @property
    def posts_per_s(self) -> float:
        """Posts a second."""
        return self.organizations * -(-self.meters // self.post_meters) / (self.interval_s * self.post_intervals)

    @property
    def meters_per_s(self) -> float:
        """Meters a second whose buckets are added to."""
        return self.readings_per_s / self.post_intervals


@dataclass(frozen=True, slots=True)
class Work:
    """Processor time of one side, the service or the database."""

    post_ms: float
    """A post and the pass of the roller after it, whatever they carry."""
    meter_us: float
    """A meter of a post: its day, month and year."""
    reading_us: float
    figures_ms: float
    """Telling an organization's figures once, whatever meters it has."""
    figure_meter_us: float
    """The same, for each meter of the organization."""
    idle_share: float
    """Of a processor, while nothing is posted."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What work costs on one database."""

    service: Work
    database: Work
    log_post_bytes: float
    log_meter_bytes: float
    """Of adding to a meter's three buckets."""
    log_reading_bytes: float
    stored_reading_bytes: float
    stored_bucket_bytes: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a fleet takes: shares of one processor, bytes, and connections to the database."""

    service_share: float
    database_share: float
    log_bytes_a_day: float
    stored_bytes_a_year: float
    connections: int

    @property
    def processors(self) -> float:
        """Processors of both sides together, all of them busy: provide twice as many."""
        return self.service_share + self.database_share


def estimate(fleet: Fleet, costs: Costs, *, processes: int = 2, running_jobs: int = 1) -> Estimate:
    """Return what a fleet takes, with so many processes of the service, of which so many run jobs."""
    buckets = fleet.organizations * fleet.meters * (YEAR_DAYS + 12 + 1)
    readings_a_year = fleet.readings_per_s * DAY_S * YEAR_DAYS
    log_per_s = (
        fleet.posts_per_s * costs.log_post_bytes
        + fleet.meters_per_s * costs.log_meter_bytes
        + fleet.readings_per_s * costs.log_reading_bytes
    )
    told_per_s = _told_per_s(fleet, costs, running_jobs)
    return Estimate(
        service_share=processes * costs.service.idle_share + _share(fleet, costs.service, told_per_s),
        database_share=processes * costs.database.idle_share + _share(fleet, costs.database, told_per_s),
        log_bytes_a_day=log_per_s * DAY_S,
        stored_bytes_a_year=readings_a_year * costs.stored_reading_bytes + buckets * costs.stored_bucket_bytes,
        connections=processes * CONNECTIONS,
    )


def _told_per_s(fleet: Fleet, costs: Costs, running_jobs: int) -> float:
    """Return how many organizations' figures are told a second.

    An organization's are told once a second at most, and then the job rests for four times as long as it ran: a process
    that runs jobs tells figures for a fifth of its time at most.
    """
    told_s = _figures_s(fleet, costs.service) + _figures_s(fleet, costs.database)
    return min(fleet.posts_per_s, fleet.organizations, 0.2 * running_jobs / told_s)


def _figures_s(fleet: Fleet, work: Work) -> float:
    return work.figures_ms / 1_000 + fleet.meters * work.figure_meter_us / 1_000_000


def _share(fleet: Fleet, work: Work, told_per_s: float) -> float:
    """Return the processors that posts and figures keep busy on one side."""
    posts = fleet.posts_per_s * work.post_ms / 1_000
    rows = (fleet.meters_per_s * work.meter_us + fleet.readings_per_s * work.reading_us) / 1_000_000
    return posts + rows + told_per_s * _figures_s(fleet, work)
