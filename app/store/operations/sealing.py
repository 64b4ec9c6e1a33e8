"""Secrets that the database holds for other systems: how many are plain, and all of them sealed anew."""

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import Session, col, select

from app.models import Connector, Webhook

_SECRET = ((Webhook, ("secret", "previous_secret")), (Connector, ("headers",)))


def keeps_secrets(session: Session) -> bool:
    """Tell whether there is a webhook or a connector, whose secrets are kept plain where there is no key."""
    return any(session.exec(select(model.id).limit(1)).first() is not None for model, _ in _SECRET)


def seal_everything(session: Session) -> int:
    """Seal the secrets of every webhook and connector by the newest key; return how many there are.

    Raises SecretsLocked for one whose key is gone.
    """
    sealed = 0
    for model, names in _SECRET:
        for row in session.exec(select(model).order_by(col(model.id)).with_for_update()):
            for name in names:
                if getattr(row, name):
                    flag_modified(row, name)
                    sealed += 1
    session.flush()
    return sealed
