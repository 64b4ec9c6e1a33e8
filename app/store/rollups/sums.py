"""The columns of a bucket made from its parts, as SQL that is exact on both databases.

`part` are the smaller buckets, `wanted` names the larger one: organization_id, meter_id, part_grain, first_day and
end_day.
"""

from app.core.readings.buckets import AREA_STEP, RollupFlag

COLUMNS = (
    "meter_id, grain, start_day, quantity, count, covered_s, gross, gross_estimated, gross_manual, count_estimated, "
    "count_manual, minimum, maximum, last, weight, area_high, area_low, flags"
)
COLUMN_TYPES = ("int4", "int2", "int4", "int8", "int4", "int4", "int8", "int8", "int8", "int4") + (
    ("int4",) + ("int8",) * 6 + ("int4",)
)
OF_PARTS = """
    part.organization_id = wanted.organization_id AND part.meter_id = wanted.meter_id
    AND part.grain = wanted.part_grain
    AND part.start_day >= wanted.first_day AND part.start_day < wanted.end_day
"""
_OVERFLOW = int(RollupFlag.OVERFLOW)
_SUMMED = ("quantity", "gross", "gross_estimated", "gross_manual")
_PARTS_AGAIN = f"FROM rollup AS part WHERE {OF_PARTS}"
_EVERY_FLAG = " | ".join(f"max(part.flags & {int(flag)})" for flag in RollupFlag)


def part_columns(*, fitting_sum: str, floor_shift: str) -> str:
    """Return the select list after meter, grain and day.

    `fitting_sum` is a template of {column}: the exact sum, null when it would pass 2^63 (SQLite's own sum raises);
    `floor_shift` a template of {value}: the value divided by 2^32, rounded down. What few buckets have (flags, a last
    level) is asked for only where a part has it.
    """
    sums = {name: fitting_sum.format(column=f"part.{name}") for name in _SUMMED}
    flags = f"CASE WHEN max(part.flags) = 0 THEN 0 ELSE (SELECT {_EVERY_FLAG} {_PARTS_AGAIN}) END"
    passed = " OR ".join(f"({sums[name]} IS NULL AND count(part.{name}) > 0)" for name in ("quantity", "gross"))
    # A part that has passed 2^63 makes the whole unknown; so does a sum that passes it first here.
    over = f"(({flags}) & {_OVERFLOW} <> 0 OR {passed})"
    fitting = {name: f"CASE WHEN {over} THEN NULL ELSE {sums[name]} END" for name in _SUMMED}
    last = f"""CASE WHEN count(part.last) > 0 THEN
        (SELECT part.last {_PARTS_AGAIN} AND part.last IS NOT NULL ORDER BY part.start_day DESC LIMIT 1) END"""
    # Each part's low word is below 2^32; what their sum has above goes into the high word, as in adding by columns of
    # digits.
    carried = floor_shift.format(value="sum(part.area_low)")
    return f"""
        {fitting["quantity"]}, sum(part.count), sum(part.covered_s),
        {fitting["gross"]}, {fitting["gross_estimated"]}, {fitting["gross_manual"]},
        sum(part.count_estimated), sum(part.count_manual), min(part.minimum), max(part.maximum), {last},
        sum(part.weight), sum(part.area_high) + {carried}, sum(part.area_low) - {carried} * {AREA_STEP},
        ({flags}) | CASE WHEN {over} THEN {_OVERFLOW} ELSE 0 END
    """
