"""What work costs on each database, measured on 27 November 2026 on a machine with two processors that others used too.

Each literal is from posts two seconds apart (`bench.capacity`), of 1 and 100 meters of 100, 100 and 1,000 of 1,000, one
reading each or ten, and of single readings seven a second, by the differences between them. An example, PostgreSQL, the
service: posts of 100 meters took 84 ms in an organization of 100 meters and 130 ms in one of 1,000, so a meter of the
organization costs (130 - 84) / 900 = 0.05 ms each time figures are told; posts of 1,000 meters there took 183 ms, so a
meter of a post costs (183 - 130) / 900 = 0.06 ms.

What is stored is from docs/performance.md, "What was measured".
"""

from bench.capacity_model import Costs, Work
from bench.lab import Backend

COSTS = {
    Backend.POSTGRESQL: Costs(
        service=Work(post_ms=12.6, meter_us=60, reading_us=4, figures_ms=58, figure_meter_us=50, idle_share=0.016),
        database=Work(post_ms=5.6, meter_us=36, reading_us=0, figures_ms=13, figure_meter_us=3, idle_share=0.007),
        log_post_bytes=1_700,
        log_meter_bytes=1_300,
        log_reading_bytes=3,
        stored_reading_bytes=2.6,
        stored_bucket_bytes=190,
    ),
    Backend.SQLITE: Costs(
        service=Work(post_ms=19, meter_us=22, reading_us=4, figures_ms=30, figure_meter_us=90, idle_share=0.01),
        database=Work(0, 0, 0, 0, 0, 0),
        log_post_bytes=0,
        log_meter_bytes=0,
        log_reading_bytes=0,
        stored_reading_bytes=2.5,
        stored_bucket_bytes=48,
    ),
}
