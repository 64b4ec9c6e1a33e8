"""Which instant `as_of` means: the one that is named, or everything there is where that is the present."""

from datetime import datetime

from app.core.calendar.periods import ms_from_instant
from app.http.admission import now_ms
from app.store.arrivals.batches import newest_batch_ms
from app.store.arrivals.entered import entered
from app.store.engine.database import Database

_PRESENT_MS = 60_000


def as_of_ms(database: Database, organization: int | str, instant: datetime | None) -> int | None:
    """Return the instant up to which what was stored is believed, UTC ms; None for None.

    Batches are numbered by the clock and never fall back. Once a clock that was ahead is set back, what is stored gets
    numbers of an instant that is still to come, and who asks for the present would not find what was just
    acknowledged. An example: at 12:00 the newest batch is of 14:00, since the clock was two hours ahead until a moment
    ago. As of 11:59:58 everything up to 14:00 is believed, as nothing can have been stored in the future; as of 11:50,
    which is past for certain, what was numbered by then.
    """
    if instant is None:
        return None
    asked, now = ms_from_instant(instant), now_ms()
    if now - asked > _PRESENT_MS:
        return asked
    with entered(database, organization) as session:
        newest = newest_batch_ms(session)
    return max(asked, newest) if newest > now else asked
