"""The columns of a bucket made from its parts, as SQL that is exact on both databases."""

from app.core.buckets import AREA_STEP, RollupFlag

COLUMNS = (
    "meter_id, grain, start_day, quantity, count, covered_s, gross, gross_estimated, gross_manual, count_estimated, "
    "count_manual, minimum, maximum, last, weight, area_high, area_low, flags"
)
COLUMN_TYPES = ("int4", "int2", "int4", "int8", "int4", "int4", "int8", "int8", "int8", "int4") + (
    ("int4",) + ("int8",) * 6 + ("int4",)
)
_OVERFLOW = int(RollupFlag.OVERFLOW)
_FLAGS = [int(flag) for flag in RollupFlag if flag is not RollupFlag.OVERFLOW]


def part_columns(*, fitting_sum: str, floor_shift: str) -> str:
    """Return the select list after meter, grain and day, over parts called `part`.

    `fitting_sum` is a template of {column}: the exact sum, null when it would pass 2^63 (SQLite's own sum raises);
    `floor_shift` a template of {value}: the value divided by 2^32, rounded down.
    """
    sums = {name: fitting_sum.format(column=f"part.{name}") for name in _SUMMED}
    overflows = " OR ".join(
        [f"max(part.flags & {_OVERFLOW}) > 0"]
        + [f"({sums[name]} IS NULL AND count(part.{name}) > 0)" for name in ("quantity", "gross")]
    )
    fitting = {name: f"CASE WHEN {overflows} THEN NULL ELSE {sums[name]} END" for name in _SUMMED}
    flags = " | ".join(f"max(part.flags & {flag})" for flag in _FLAGS)
    carried = floor_shift.format(value="sum(part.area_low)")
    return f"""
        {fitting["quantity"]}, sum(part.count), sum(part.covered_s),
        {fitting["gross"]}, {fitting["gross_estimated"]}, {fitting["gross_manual"]},
        sum(part.count_estimated), sum(part.count_manual), min(part.minimum), max(part.maximum), {_LAST},
        sum(part.weight), sum(part.area_high) + {carried}, sum(part.area_low) - {carried} * {AREA_STEP},
        ({flags}) | CASE WHEN {overflows} THEN {_OVERFLOW} ELSE 0 END
    """


_SUMMED = ("quantity", "gross", "gross_estimated", "gross_manual")
_LAST = """(
            SELECT latest.last FROM rollup AS latest
            WHERE latest.meter_id = wanted.meter_id AND latest.grain = wanted.part_grain
              AND latest.start_day >= wanted.first_day AND latest.start_day < wanted.end_day
              AND latest.last IS NOT NULL
            ORDER BY latest.start_day DESC LIMIT 1
        )"""
