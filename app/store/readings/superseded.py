"""What stood of readings before a batch superseded it, of many stretches at once."""

from sqlmodel import Session

from app.core.readings.columns import NO_START
from app.core.readings.runs import Runs
from app.core.readings.versions import StoredColumns, columns_from
from app.store.sql.columns_postgresql import array_literal

_NAMES = f"meter_id, at, reference, value, quality, coalesce(start_at, {NO_START}), revision, batch_id"
_OF_RUN = f"""
    SELECT {_NAMES} FROM revision
    WHERE organization_id = ?5 AND meter_id = ?1 AND at BETWEEN ?2 AND ?3
      AND batch_id < ?4 AND superseded_by >= ?4
    ORDER BY at, reference
"""  # noqa: S608 - constants
# OFFSET 0 keeps the planner from merging what is inside into the join: each run is one look into the index by itself.
_OF_RUNS = f"""
    SELECT found.* FROM unnest(%(meters)s::int4[], %(firsts)s::int8[], %(lasts)s::int8[])
        AS run(meter_id, first_at, last_at)
    CROSS JOIN LATERAL (
        SELECT {_NAMES} FROM revision
        WHERE organization_id = %(organization)s AND meter_id = run.meter_id
          AND at BETWEEN run.first_at AND run.last_at
          AND batch_id < %(batch)s AND superseded_by >= %(batch)s OFFSET 0
    ) AS found ORDER BY 1, 2, 3
"""  # noqa: S608 - constants


def superseded_within(session: Session, organization_id: int, runs: Runs, *, batch: int) -> StoredColumns:
    """Return the versions inside sorted runs that stood before a batch and that it, or a later one, superseded.

    By identity, of each one at most: of versions of the batches 10, 20 and 30 it is that of 20 for the batches 21 to
    30. What has arrived must have been entered.
    """
    bounds = runs.meter.tolist(), runs.first.tolist(), runs.last.tolist()
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        given = [(*run, batch, organization_id) for run in zip(*bounds, strict=True)]
        found = [row for each in given for row in connection.exec_driver_sql(_OF_RUN, each)]
    else:
        meters, firsts, lasts = map(array_literal, bounds)
        stretches = {"meters": meters, "firsts": firsts, "lasts": lasts}
        values = {**stretches, "organization": organization_id, "batch": batch}
        found = list(connection.exec_driver_sql(_OF_RUNS, values))
    return columns_from([tuple(row) for row in found])
