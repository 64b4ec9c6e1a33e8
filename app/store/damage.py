"""Pages of readings that are not what they were when they were written: which they are, and what is known of them."""

import threading
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from app.core.periods import instant_from_ms, rfc3339
from app.core.reading_pages import DamagedPage
from app.models import Meter


@dataclass(frozen=True, slots=True)
class PageDamage:
    """A page that cannot be used, which readings it has to hold (UTC ms, both inclusive), and what is wrong with it."""

    page_id: int
    organization_id: int
    meter_id: int
    meter: str
    first_at: int
    last_at: int
    fault: str

    @property
    def start(self) -> str:
        return _instant(self.first_at)

    @property
    def end(self) -> str:
        return _instant(self.last_at)

    @property
    def span(self) -> str:
        return f"{self.start} to {self.end}"


class StoredPageDamaged(DamagedPage):
    """A page of the database that cannot be used; what does not need it is answered as ever."""

    def __init__(self, damage: PageDamage) -> None:
        super().__init__(
            f"The readings of meter {damage.meter!r} from {damage.span} cannot be read, since page {damage.page_id} is "
            f"damaged: {damage.fault}. Ask for other times or meters, or have the operator restore a backup"
        )
        self.damage = damage


def code_of_meter(session: Session, organization_id: int, meter_id: int) -> str:
    """Return the code of a meter; its number where there is none."""
    meter = col(Meter.organization_id) == organization_id, col(Meter.id) == meter_id
    code = session.connection().execute(select(col(Meter.code)).where(*meter)).scalar()
    return f"number {meter_id}" if code is None else str(code)


def _instant(at_ms: int) -> str:
    try:
        return rfc3339(instant_from_ms(at_ms))
    except OverflowError:  # of a header that is damaged itself
        return f"{at_ms} ms"


class KnownDamage:
    """The meters of which a process has found a page that cannot be used, so that each is told of once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._damages: dict[int, PageDamage] = {}

    def __len__(self) -> int:
        return len(self._damages)

    def __contains__(self, meter_id: int) -> bool:
        return meter_id in self._damages

    def note(self, damage: PageDamage) -> bool:
        """Keep a damage in mind; tell whether it is news."""
        with self._lock:
            known = self._damages.get(damage.meter_id)
            self._damages[damage.meter_id] = damage
            return known is None or known.page_id != damage.page_id

    def forget(self, meter_id: int) -> None:
        """Forget about a meter, which can be rolled up again."""
        with self._lock:
            self._damages.pop(meter_id, None)

    def meters(self) -> list[int]:
        """Return the meters there are, in order."""
        with self._lock:
            return sorted(self._damages)
