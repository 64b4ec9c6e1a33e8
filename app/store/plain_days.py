"""Plain days of regular interval meters: every reading measured, not negative and on the grid.

Such a day's bucket is a count and a sum, and what it changes in its month and year is a difference, exact in integers;
so neither is made anew from its parts. A day is left over, to be made anew with its month and year, when it or the
bucket it replaces is anything else, or when a sum comes near 2^63. `plain_sum` holds one row a day, `plain_day` those
that are plain.
"""

from app.core.columns import QUALITY_CODES, Quality
from app.store.rollup_sums import COLUMNS

_MEASURED = QUALITY_CODES[Quality.MEASURED]
_MOST_A_DAY = 2**52
_MOST_BEFORE = 2**62

SUMS = f"""
    count(*) AS count, sum(r.value) AS total,
    count(*) FILTER (WHERE r.quality <> {_MEASURED} OR r.value < 0 OR {{off_grid}}) AS odd
"""
"""A reading that does not count is odd too: leaving it out first would cost every other day a comparison a row."""

_TOTAL = "CAST(s.total AS bigint)"
"""On PostgreSQL a sum is numeric, whose arithmetic is slow; a plain day's fits."""

PLAIN = f"""
    SELECT s.meter_id, s.day, s.month, s.year, s.count, s.count * (s.step / 1000) AS covered_s, {_TOTAL} AS total,
           {_TOTAL} - coalesce(d.quantity, 0) AS quantity,
           s.count - coalesce(d.count, 0) AS more_count,
           s.count * (s.step / 1000) - coalesce(d.covered_s, 0) AS more_covered,
           {_TOTAL} - coalesce(d.gross, 0) AS gross,
           coalesce(d.gross_estimated, 0) AS was_estimated, coalesce(d.gross_manual, 0) AS was_manual,
           coalesce(d.count_estimated, 0) AS count_was_estimated, coalesce(d.count_manual, 0) AS count_was_manual
    FROM plain_sum AS s {{stored}}
    WHERE s.count > 0 AND s.odd = 0 AND s.total < {_MOST_A_DAY}
      AND (d.meter_id IS NULL OR (d.flags = 0 AND d.gross < {_MOST_A_DAY}))
      AND (m.meter_id IS NULL OR m.gross < {_MOST_BEFORE})
      AND (y.meter_id IS NULL OR y.gross < {_MOST_BEFORE})
"""  # noqa: S608 - built of constants

INSERT_DAYS = f"""
    INSERT INTO rollup ({COLUMNS})
    SELECT meter_id, 1, day, total, count, covered_s, total, 0, 0, 0, 0, NULL, NULL, NULL, 0, 0, 0, 0
    FROM plain_day WHERE true
    ON CONFLICT (meter_id, grain, start_day) DO UPDATE SET
        quantity = excluded.quantity, count = excluded.count, covered_s = excluded.covered_s, gross = excluded.gross,
        gross_estimated = 0, gross_manual = 0, count_estimated = 0, count_manual = 0
"""  # noqa: S608 - built of constants


def add_to(grain: int, first_day: str, *, one_by_one: bool = False) -> str:
    """Return the statement that adds the differences to the buckets of a grain, `first_day` naming their column.

    Days of one bucket are summed first, unless the database takes them `one_by_one`, as SQLite does and PostgreSQL
    refuses.
    """
    added, grouped = ("({})", "") if one_by_one else ("sum({})", f"GROUP BY meter_id, {first_day}")
    more = ", ".join(added.format(name) for name in ("quantity", "more_count", "more_covered", "gross"))
    was = ("was_estimated", "was_manual", "count_was_estimated", "count_was_manual")
    less = ", ".join(f"-{added.format(name)}" for name in was)
    return f"""
        INSERT INTO rollup ({COLUMNS})
        SELECT meter_id, {grain}, {first_day}, {more}, {less}, NULL, NULL, NULL, 0, 0, 0, 0
        FROM plain_day WHERE true {grouped}
        ON CONFLICT (meter_id, grain, start_day) DO UPDATE SET
            quantity = rollup.quantity + excluded.quantity, count = rollup.count + excluded.count,
            covered_s = rollup.covered_s + excluded.covered_s, gross = rollup.gross + excluded.gross,
            gross_estimated = rollup.gross_estimated + excluded.gross_estimated,
            gross_manual = rollup.gross_manual + excluded.gross_manual,
            count_estimated = rollup.count_estimated + excluded.count_estimated,
            count_manual = rollup.count_manual + excluded.count_manual
    """  # noqa: S608 - built of constants
