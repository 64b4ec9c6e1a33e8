"""Buckets of meters as they are stored now, or as they were believed at a past instant."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from sqlmodel import Session

from app.core.buckets import Bucket
from app.core.meters import MeterSpec
from app.core.periods import Grain
from app.rollup.past import buckets_as_of, in_grain
from app.store.directory import load_directory
from app.store.rollups import buckets


class Believed:
    """Where an organization's buckets come from; those of a past instant are made from its readings, once."""

    def __init__(self, session: Session, organization_id: int, as_of_ms: int | None) -> None:
        self._session = session
        self._organization_id = organization_id
        self._as_of_ms = as_of_ms
        self._days: dict[tuple[int, int, int], list[Bucket]] = {}

    def buckets(
        self, meter_ids: Sequence[int], grain: Grain, first_day: int, end_day: int
    ) -> Mapping[int, list[Bucket]]:
        """Return each meter's buckets that begin in [first_day, end_day); a meter without any is absent.

        The days begin and end on bounds of the grain.
        """
        if not meter_ids:
            return {}
        if self._as_of_ms is None:
            found = buckets(self._session, meter_ids=meter_ids, grain=grain, first_day=first_day, end_day=end_day)
            return _by_meter(found)
        specs = [self._specs[meter_id] for meter_id in meter_ids]
        self._make(specs, first_day, end_day, self._as_of_ms)
        made = {spec.id: in_grain(self._days[spec.id, first_day, end_day], grain, spec) for spec in specs}
        return {meter_id: some for meter_id, some in made.items() if some}

    @cached_property
    def _specs(self) -> Mapping[int, MeterSpec]:
        return load_directory(self._session, self._organization_id, 0).by_id

    def _make(self, specs: Iterable[MeterSpec], first_day: int, end_day: int, as_of_ms: int) -> None:
        missing = [spec for spec in specs if (spec.id, first_day, end_day) not in self._days]
        days = buckets_as_of(
            self._session, missing, grain=Grain.DAY, first_day=first_day, end_day=end_day, as_of_ms=as_of_ms
        )
        found = _by_meter(days)
        self._days |= {(spec.id, first_day, end_day): found.get(spec.id, []) for spec in missing}


def _by_meter(found: Iterable[Bucket]) -> dict[int, list[Bucket]]:
    by_meter: dict[int, list[Bucket]] = defaultdict(list)
    for bucket in found:
        by_meter[bucket.meter_id].append(bucket)
    return dict(by_meter)
