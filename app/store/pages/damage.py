"""Pages of readings that are not what they were when they were written: which they are, and what is known of them."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlmodel import Session, col

from app.core.calendar.periods import instant_from_ms, rfc3339
from app.core.readings.reading_pages import DamagedPage
from app.models import Meter, damaged_meter_table
from app.store.engine.database import Database

# Of the same page nothing is changed and nothing returned: only the first to come upon it tells of it.
_NOTE = """
    INSERT INTO damaged_meter (organization_id, meter_id, page_id) VALUES (:organization, :meter, :page)
    ON CONFLICT (organization_id, meter_id) DO UPDATE SET page_id = excluded.page_id
    WHERE damaged_meter.page_id <> excluded.page_id
    RETURNING meter_id
"""


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


def note_damage(session: Session, damage: PageDamage) -> bool:
    """Keep a meter's damaged page in mind; tell whether it is news, to every process of this database."""
    statement = text(_NOTE)
    values = {"organization": damage.organization_id, "meter": damage.meter_id, "page": damage.page_id}
    return session.connection().execute(statement, values).scalar() is not None


def forget_damage(session: Session, organization_id: int, meter_id: int) -> None:
    """Forget about a meter, which can be rolled up again."""
    table = damaged_meter_table
    of_meter = (table.c.organization_id == organization_id) & (table.c.meter_id == meter_id)
    session.connection().execute(table.delete().where(of_meter))


def damaged_meters(session: Session) -> dict[int, tuple[int, int]]:
    """Return the organization and the damaged page of each meter whose rollups wait beside one, by the meter's id."""
    table = damaged_meter_table
    found = session.connection().execute(select(table.c.meter_id, table.c.organization_id, table.c.page_id))
    return {meter: (organization_id, page) for meter, organization_id, page in found}


def known_damage(database: Database) -> "KnownDamage":
    """Return what this process knows of damaged meters."""
    return database.state.of(KnownDamage, KnownDamage)


class KnownDamage:
    """The meters that a process leaves out when it rolls others: those of which a page cannot be used.

    The database has them too. This only spares asking it before every transaction: a process learns of them at its
    first pass, and of later ones when it comes upon their pages itself. Each meter is tried again with every pass, so
    what is out of date costs a try. The lock guards changes; whoever asks of one meter takes it as it is.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[int, tuple[int, int]] = {}
        self.is_learnt = False

    def __contains__(self, meter_id: int) -> bool:
        return meter_id in self._known

    def learn(self, known: Mapping[int, tuple[int, int]]) -> None:
        """Take in what the database has: organizations and pages by meter."""
        with self._lock:
            # What this process has come upon itself since is newer than what the database told.
            self._known = {**known, **self._known}
            self.is_learnt = True

    def knows(self, damage: PageDamage) -> bool:
        """Tell whether this page is in mind."""
        return self._known.get(damage.meter_id) == (damage.organization_id, damage.page_id)

    def note(self, damage: PageDamage) -> None:
        """Keep a damage in mind."""
        with self._lock:
            self._known[damage.meter_id] = damage.organization_id, damage.page_id

    def forget(self, meter_id: int) -> None:
        """Forget about a meter, which can be rolled up again."""
        with self._lock:
            self._known.pop(meter_id, None)

    def organizations(self) -> dict[int, int]:
        """Return the meters there are, in order, with their organizations."""
        with self._lock:
            return {meter: organization_id for meter, (organization_id, _) in sorted(self._known.items())}

    def meters(self) -> list[int]:
        """Return the meters there are, in order."""
        return list(self.organizations())
