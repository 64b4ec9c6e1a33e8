"""Buckets of meters as they are stored now, or as they were believed at a past instant."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property

from sqlmodel import Session

from app.core.calendar.periods import Grain, months_and_days
from app.core.inventory.meters import MeterSpec
from app.core.readings.beliefs import Arriving, Belief, Supposition
from app.core.readings.buckets import Bucket
from app.rollup.buckets.past import buckets_as_of, in_grain
from app.rollup.rolling.dirty import DayRange
from app.store.directory.directory import load_directory
from app.store.rollups.rollups import buckets


class Believed:
    """Where an organization's buckets come from, each asked for or made once.

    Those of a past instant are made from its readings. When `changed` is given, only the local days in it are, by
    meter: on every other day what is stored now is what was believed then.
    """

    def __init__(
        self,
        session: Session,
        organization_id: int,
        belief: Belief,
        *,
        changed: Mapping[int, Sequence[DayRange]] | None = None,
    ) -> None:
        self._session = session
        self._organization_id = organization_id
        self._belief = belief
        self._changed = changed
        self._days: dict[tuple[int, int, int], list[Bucket]] = {}
        self._stored: dict[tuple[int, Grain, int, int], list[Bucket]] = {}

    def but_now(self, meter_ids: Collection[int]) -> "Believed":
        """Return the same with the buckets of these meters as they are stored now; both remember for each other."""
        kept = {meter_id: days for meter_id, days in (self._changed or {}).items() if meter_id not in meter_ids}
        other = Believed(self._session, self._organization_id, self._belief, changed=kept)
        other._days, other._stored = self._days, self._stored
        return other

    def buckets(
        self, meter_ids: Sequence[int], grain: Grain, first_day: int, end_day: int
    ) -> Mapping[int, list[Bucket]]:
        """Return each meter's buckets that begin in [first_day, end_day); a meter without any is absent.

        The days begin and end on bounds of the grain.
        """
        if not meter_ids:
            return {}
        if self._belief is None:
            return self._now(meter_ids, grain, first_day, end_day)
        past = [each for each in meter_ids if self._changed is None or each in self._changed]
        now = self._now([each for each in meter_ids if each not in set(past)], grain, first_day, end_day)
        self._make([self._specs[each] for each in past], first_day, end_day, self._belief)
        made = {each: in_grain(self._days[each, first_day, end_day], grain, self._specs[each]) for each in past}
        return {**now, **{meter_id: some for meter_id, some in made.items() if some}}

    def months_and_days(self, meter_ids: Sequence[int], first_day: int, end_day: int) -> Mapping[int, list[Bucket]]:
        """Return each meter's months that lie in [first_day, end_day), and the days of those that do so in part."""
        found: dict[int, list[Bucket]] = defaultdict(list)
        for grain, first, end in months_and_days(first_day, end_day):
            for meter_id, some in self.buckets(meter_ids, grain, first, end).items():
                found[meter_id] += some
        return dict(found)

    def _now(self, meter_ids: Sequence[int], grain: Grain, first_day: int, end_day: int) -> Mapping[int, list[Bucket]]:
        missing = [each for each in meter_ids if (each, grain, first_day, end_day) not in self._stored]
        if missing:
            days = {"first_day": first_day, "end_day": end_day}
            asked = buckets(self._session, self._organization_id, meter_ids=missing, grain=grain, **days)
            found = _by_meter(asked)
            self._stored |= {(each, grain, first_day, end_day): found.get(each, []) for each in missing}
        stored = {each: self._stored[each, grain, first_day, end_day] for each in meter_ids}
        return {meter_id: some for meter_id, some in stored.items() if some}

    @cached_property
    def _specs(self) -> Mapping[int, MeterSpec]:
        return load_directory(self._session, self._organization_id, 0).by_id

    def _make(
        self, specs: Iterable[MeterSpec], first_day: int, end_day: int, belief: int | Supposition | Arriving
    ) -> None:
        missing = [spec for spec in specs if (spec.id, first_day, end_day) not in self._days]
        if self._changed is None:
            found = self._then(missing, first_day, end_day, belief)
        else:
            found = self._now([spec.id for spec in missing], Grain.DAY, first_day, end_day)
        for spec in missing:
            days = {bucket.start_day: bucket for bucket in found.get(spec.id, ())}
            for start, end in (self._changed or {}).get(spec.id, ()):
                first, last = max(start, first_day), min(end, end_day)
                again = self._then([spec], first, last, belief).get(spec.id, ()) if first < last else ()
                days = {day: bucket for day, bucket in days.items() if not first <= day < last}
                days |= {bucket.start_day: bucket for bucket in again}
            self._days[spec.id, first_day, end_day] = [days[day] for day in sorted(days)]

    def _then(
        self, specs: Iterable[MeterSpec], first_day: int, end_day: int, belief: int | Supposition | Arriving
    ) -> Mapping[int, list[Bucket]]:
        days = buckets_as_of(self._session, specs, grain=Grain.DAY, first_day=first_day, end_day=end_day, belief=belief)
        return _by_meter(days)


def _by_meter(found: Iterable[Bucket]) -> dict[int, list[Bucket]]:
    by_meter: dict[int, list[Bucket]] = defaultdict(list)
    for bucket in found:
        by_meter[bucket.meter_id].append(bucket)
    return dict(by_meter)
