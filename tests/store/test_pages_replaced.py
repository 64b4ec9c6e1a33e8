"""Pages that are written anew while somebody reads them tell each reading once, and none is missed."""

from itertools import chain

import pytest

from app.store.engine.database import Database
from app.store.readings import standing_where as parts
from app.store.readings.standing_where import brought_since, standing_where
from tests.support.databases import postgresql_database, postgresql_url
from tests.support.elsewhere import another_process
from tests.support.folded import fold_everything
from tests.support.site import later_ms, new_site, row

__all__ = ["postgresql_database", "postgresql_url"]


def stamp(quarter: int) -> str:
    return f"2021-03-01T{quarter // 4:02}:{quarter % 4 * 15:02}:00Z"


def test_who_is_half_way_through_pages_goes_on_where_it_was(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = new_site(postgresql_database)
    meter = own.meter()
    for first in (0, 10, 20):
        own.post([row(meter, stamp(quarter), quarter) for quarter in range(first, first + 5)], now_ms=later_ms())
        fold_everything(own.database)
    monkeypatch.setattr(parts, "_PAGES_A_PART", 1)

    with another_process(own) as other, other.database.write() as session:
        found = standing_where(session, own.organization_id, [meter.id], brought_since(0))
        begun = next(found)
        own.post([row(meter, stamp(1), 7), row(meter, stamp(12), 99), row(meter, stamp(17), 17)], now_ms=later_ms())
        own.post([row(meter, stamp(quarter), quarter) for quarter in (30, 31)], now_ms=later_ms())
        fold_everything(own.database)
        told = list(chain([begun], found))

    values = [value // 1_000_000 for part in told for value in part.value.tolist()]
    assert values == [0, 1, 2, 3, 4, 10, 11, 99, 13, 14, 17, 20, 21, 22, 23, 24, 30, 31]
