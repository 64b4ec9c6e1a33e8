"""How much each measurement does: the full run, and a short one that only shows that everything works."""

from dataclasses import dataclass

METERS = 1_000


@dataclass(frozen=True, slots=True)
class Sizes:
    """Rows, rounds, seconds and quarter hours of the measurements."""

    rounds: int
    batch_rows: int
    """Rows of one round in batches of 10,000, of each format."""
    sustained_rows: int
    """Rows of one round without a pause, of each order."""
    grid_rows: tuple[tuple[int, int], ...]
    """Batch size and rows of one round."""
    naive_rows: int
    """The most rows of one round of the naive endpoint."""
    overlap_batches: int
    single_s: float
    isolation_s: float
    worker_batches: int
    latency_requests: int
    late_readings: int
    freshness_s: float
    memory_mb: int
    small_slots: int
    middle_slots: int
    large_slots: int
    year_slots: int
    gateway_days: int
    gateway_posts: int
    """Posts that are rolled up and written back one by one."""
    replay_rows: int
    """Rows of one round, whole batches of 10,000."""
    disk_slots: int
    hours_rounds: int
    file_meters: int
    """Meters whose year leaves as one file."""
    file_rounds: int
    idle_rounds: int
    idle_s: float
    capacity_posts: int
    """Posts of each fleet, three seconds apart."""
    total_readings: tuple[int, ...]


FULL = Sizes(
    rounds=5,
    batch_rows=100_000,
    sustained_rows=1_000_000,
    grid_rows=((1, 200), (100, 10_000), (1_000, 50_000), (10_000, 50_000), (100_000, 100_000)),
    naive_rows=10_000,
    overlap_batches=10,
    single_s=2.0,
    isolation_s=3.0,
    worker_batches=20,
    latency_requests=15,
    late_readings=40,
    freshness_s=20.0,
    memory_mb=100,
    small_slots=100,
    middle_slots=1_000,
    large_slots=10_000,
    year_slots=366 * 96,
    gateway_days=61,
    gateway_posts=96,
    replay_rows=1_000_000,
    disk_slots=1_000,
    hours_rounds=1,
    file_meters=286,
    file_rounds=3,
    idle_rounds=5,
    idle_s=5.0,
    capacity_posts=10,
    total_readings=(10**6, 10**8, 10**9),
)
"""1,000 meters: slots of 100, 1,000 and 10,000 quarter hours are 10^5, 10^6 and 10^7 readings."""

QUICK = Sizes(
    rounds=5,
    batch_rows=20_000,
    sustained_rows=50_000,
    grid_rows=((1, 20), (100, 1_000), (1_000, 5_000), (10_000, 20_000), (100_000, 100_000)),
    naive_rows=2_000,
    overlap_batches=2,
    single_s=0.5,
    isolation_s=0.5,
    worker_batches=4,
    latency_requests=5,
    late_readings=5,
    freshness_s=3.0,
    memory_mb=20,
    small_slots=50,
    middle_slots=100,
    large_slots=1_000,
    year_slots=10 * 96,
    gateway_days=1,
    gateway_posts=8,
    replay_rows=50_000,
    disk_slots=10,
    hours_rounds=1,
    file_meters=20,
    file_rounds=1,
    idle_rounds=2,
    idle_s=1.0,
    capacity_posts=3,
    total_readings=(10**6, 10**7),
)
