"""Storing against what somebody has seen: what has changed since is not written over."""

from collections.abc import Mapping, Sequence

from app.core.readings.columns import STANDING_STEP, ReadingColumns, Standing
from app.core.readings.versions import Identity, Version, identities_of


class ChangedSinceSeen(RuntimeError):
    """Of some readings another revision stands than was seen: somebody else was faster, and nothing is stored."""


def hold_to_seen(
    columns: ReadingColumns, changing: Sequence[int], current: Mapping[Identity, Version], seen: Mapping[Identity, int]
) -> None:
    """Raise ChangedSinceSeen when another revision stands, of the rows that change something, than was seen of them.

    0 is seen where nothing stood; a withdrawn reading may have been seen as such or as nothing. An example: two people
    look at an empty cell. The first one's 10 meets nothing and is stored; the second one's 12 meets revision 1, which
    the second has not seen.
    """
    for identity in identities_of(columns, changing):
        stands, wanted = current.get(identity), seen.get(identity)
        revision = 0 if stands is None else stands.revision
        withdrawn = stands is not None and stands.stored // STANDING_STEP == Standing.WITHDRAWN
        if wanted is not None and wanted != revision and not (withdrawn and wanted == 0):
            raise ChangedSinceSeen
