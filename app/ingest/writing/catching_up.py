"""Bringing what this process knows of an organization's readings up to date with what others have written."""

from sqlmodel import Session

from app.core.readings.columns import Int32Column
from app.store.arrivals.arrivals import arrivals_after
from app.store.arrivals.entering import enter_everything
from app.store.arrivals.packed import UnreadableArrival
from app.store.readings.recent import Recent
from app.store.readings.standing import outermost_instants


def catch_up(session: Session, recent: Recent, organization_id: int, number: int, meters: Int32Column) -> bool:
    """Bring what is known up to the transaction before `number`, which is this one, for these distinct meters.

    What waits to be entered is always known; tell whether it had to be entered here instead.
    """
    behind = recent.number != number - 1 and not _heard(session, recent, organization_id, number)
    unknown = recent.unknown(meters)
    behind = behind or not recent.has_room_for(len(unknown))
    if behind:
        # What is remembered may be of another state by now. Once all that has arrived is entered, the tables tell.
        recent.forget()
        enter_everything(session, organization_id)
        unknown = meters
    if len(unknown):
        recent.learn(unknown, *outermost_instants(session, organization_id, unknown))
    recent.number = number - 1
    return behind


def _heard(session: Session, recent: Recent, organization_id: int, number: int) -> bool:
    """Take in what others have appended since; tell whether that was all they did, and is still to be read."""
    if recent.number is None:
        return False
    try:
        appended = arrivals_after(session, organization_id, recent.number)
    except UnreadableArrival:  # it is set aside when what has arrived is entered
        return False
    whole = {found for found, part in appended if part == 0}
    # A number without an arrival changed something unseen: arrivals were folded meanwhile, or one was set aside.
    if whole != set(range(recent.number + 1, number)):
        return False
    for arrival in appended.values():
        recent.remember_arrival(arrival)
    return True
