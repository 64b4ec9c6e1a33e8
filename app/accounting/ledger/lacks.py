"""What somebody can state to mend that an activity is in no figure that needs it."""

from app.accounting.findings import Lack, Statement
from app.accounting.ledger.activity import Activity


def lack_of(activity: Activity, statement: Statement | None) -> Lack | None:
    """Return the statement that an activity lacks; None where stating something does not mend it."""
    return None if statement is None else Lack(statement, activity.resource, activity.site.place.plant, activity.unit)
