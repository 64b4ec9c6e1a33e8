"""Days of regular interval readings summed into buckets where they lie, as SQL for both databases.

One query sums each day, another makes buckets of the sums; `w` are the days' windows, `r` the readings. Only what
keeps to the grid is summed: there are too few such readings in a day to pass 2^63, where SQLite's sum raises.
"""

from app.core.columns import COUNTS_BELOW, QUALITY_CODES, STANDING_STEP, Quality
from app.store.rollup_sums import COLUMNS

_ESTIMATED = f"r.quality % {STANDING_STEP} = {QUALITY_CODES[Quality.ESTIMATED]}"
_MANUAL = f"r.quality % {STANDING_STEP} = {QUALITY_CODES[Quality.MANUAL]}"

_ON_GRID = """
    r.start_at IS NULL AND r.at >= w.first_at AND r.at <= w.last_at AND (r.at - w.first_at) % w.step = 0
"""
SUMS = f"""
    SELECT w.meter_id, w.day, w.step, count(*) AS count,
           sum(CASE WHEN {_ON_GRID} THEN r.value ELSE 0 END) AS total,
           sum(CASE WHEN {_ON_GRID} THEN abs(r.value) ELSE 0 END) AS gross,
           sum(CASE WHEN {_ESTIMATED} AND {_ON_GRID} THEN abs(r.value) ELSE 0 END) AS gross_estimated,
           sum(CASE WHEN {_MANUAL} AND {_ON_GRID} THEN abs(r.value) ELSE 0 END) AS gross_manual,
           sum(CASE WHEN {_ESTIMATED} THEN 1 ELSE 0 END) AS count_estimated,
           sum(CASE WHEN {_MANUAL} THEN 1 ELSE 0 END) AS count_manual,
           sum(CASE WHEN {_ON_GRID} THEN 0 ELSE 1 END) AS irregular
    FROM {{windows}} CROSS JOIN {{readings}}
    WHERE r.meter_id = w.meter_id AND r.at > w.after_at AND r.at < w.before_at AND r.quality < {COUNTS_BELOW}
"""  # noqa: S608 - built of constants

INSERT_DAYS = f"""
    INSERT INTO rollup ({COLUMNS})
    SELECT meter_id, 1, day, total, count, count * (step / 1000), gross, gross_estimated, gross_manual,
           count_estimated, count_manual, NULL, NULL, NULL, 0, 0, 0, 0
    FROM day_sum WHERE count > 0 AND irregular = 0
"""  # noqa: S608 - built of constants

IRREGULAR_DAYS = "SELECT meter_id, day FROM day_sum WHERE irregular > 0"
