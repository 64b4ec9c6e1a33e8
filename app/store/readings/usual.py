"""What meters usually say, as it is stored, one row a meter, and as a process knows it."""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, text
from sqlmodel import Session

from app.core.inventory.meters import MeterSpec
from app.core.inventory.usual import Usual, is_judged
from app.core.units.quantities import INT64_MAX
from app.store.sql.columns import driver

_READ = text(
    "SELECT meter_id, lacking, first_at, last_at, highest, far FROM usual_amount "
    "WHERE organization_id = :organization AND meter_id IN :meters"
).bindparams(bindparam("meters", expanding=True))
_INSERT = "INSERT INTO usual_amount (organization_id, meter_id, lacking, first_at, last_at, highest, far)"
_REPLACE = (
    " ON CONFLICT {key} DO UPDATE SET lacking = excluded.lacking, first_at = excluded.first_at,"
    " last_at = excluded.last_at, highest = excluded.highest, far = excluded.far"
)
_ARRAYS = (
    " SELECT %s::int4, given.*"
    " FROM unnest(%s::int4[], %s::int4[], %s::int8[], %s::int8[], %s::text[], %s::text[]) AS given"
)
_METERS_A_QUESTION = 10_000


class UsualAmounts:
    """What a process knows of an organization's meters: what they usually say, and the level that is news beyond.

    A level is kept for every meter, so that a post whose rows are all as usual costs a look-up and a comparison. It is
    forgotten with a new version of the inventory, which may have another check; what others may have learnt since is
    forgotten by meter.

    It belongs to a `Recent`, whose lock guards it, and is forgotten with it when a transaction fails. Were it out of
    date, a row would be judged by what its meter said a while before.
    """

    def __init__(self) -> None:
        self._known: dict[int, Usual] = {}
        self._levels: dict[int, int] = {}
        self._version: int | None = None

    def forget(self) -> None:
        """Know nothing any more."""
        self._known.clear()
        self._levels.clear()

    def forget_meter(self, meter: int) -> None:
        """Know nothing of a meter any more."""
        self._known.pop(meter, None)
        self._levels.pop(meter, None)

    def knows(self, meters: Sequence[int], version: int) -> bool:
        """Tell whether the levels of these meters are known, by this version of the inventory."""
        return version == self._version and all(meter in self._levels for meter in meters)

    def look_up(
        self,
        session: Session,
        organization_id: int,
        meters: Sequence[int],
        specs: Mapping[int, MeterSpec],
        *,
        version: int,
    ) -> None:
        """Learn what is not known of these meters."""
        if version != self._version:
            self.forget()
            self._version = version
        if all(meter in self._levels for meter in meters):
            return
        judged = [meter for meter in meters if is_judged(specs[meter])]
        unknown = [meter for meter in judged if meter not in self._known]
        self._known |= usual_amounts(session, organization_id, unknown)
        # Meters that are not judged have a level that nothing passes: one comparison does for all rows.
        self._levels |= dict.fromkeys(meters, INT64_MAX) | {meter: self._known[meter].level for meter in judged}

    def levels(self, meters: Sequence[int]) -> list[int]:
        """Return the level of each of these known meters; nothing is beyond that of one that is not judged."""
        return [self._levels[meter] for meter in meters]

    def judged(self, meters: Sequence[int]) -> dict[int, Usual]:
        """Return what is known of those of these known meters that are judged."""
        return {meter: self._known[meter] for meter in meters if self._levels[meter] != INT64_MAX}

    def learn(self, changed: Mapping[int, Usual]) -> None:
        """Take in what was stored anew."""
        self._known |= changed
        self._levels |= {meter: usual.level for meter, usual in changed.items()}


def usual_amounts(session: Session, organization_id: int, meters: Sequence[int]) -> dict[int, Usual]:
    """Return what is remembered of these meters; one of which nothing is says nothing yet."""
    found = dict.fromkeys(meters, Usual())
    for start in range(0, len(meters), _METERS_A_QUESTION):
        some = list(meters[start : start + _METERS_A_QUESTION])
        asked = {"organization": organization_id, "meters": some}
        for meter, lacking, first_at, last_at, highest, far in session.connection().execute(_READ, asked):
            pairs = tuple((at, amount) for at, amount in json.loads(far))
            found[meter] = Usual(lacking, first_at, last_at, tuple(json.loads(highest)), pairs)
    return found


def keep_usual_amounts(session: Session, organization_id: int, changed: Mapping[int, Usual]) -> None:
    """Store what is remembered anew, in one statement."""
    if not changed:
        return
    rows = [
        (meter, usual.lacking, usual.first_at, usual.last_at, json.dumps(usual.highest), json.dumps(usual.far))
        for meter, usual in sorted(changed.items())
    ]
    if session.get_bind().dialect.name == "sqlite":
        replace = f"{_INSERT} VALUES (?, ?, ?, ?, ?, ?, ?){_REPLACE.format(key='(meter_id)')}"
        driver(session).executemany(replace, [(organization_id, *row) for row in rows])
    else:
        replace = _INSERT + _ARRAYS + _REPLACE.format(key="ON CONSTRAINT pk_usual_amount")
        driver(session).execute(replace, [organization_id, *map(list, zip(*rows, strict=True))])
