"""Changes on condition: that the thing is still what the caller has read (If-Match)."""

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Header
from sqlmodel import Session

from app.core.entity_tags import entity_tag, required_by
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.number_forms import JSON_MEDIA_TYPE, answering
from app.store.sql.change_locks import lock_changes

_FORMS = (JSON_MEDIA_TYPE, f"{JSON_MEDIA_TYPE}; numbers=string")


class PreconditionFailed(ValueError):
    """The thing is no longer what the caller has read: somebody changed it since."""


class Unchanged:
    """What a change is made on condition of; without an If-Match, of nothing."""

    def __init__(self, condition: str | None) -> None:
        self._condition = condition

    def require(self, session: Session, organization_id: int, current: Callable[[], Any]) -> None:
        """Keep others from changing what the organization has set until the transaction ends, and look at the thing.

        `current` returns what GET answers. Raises PreconditionFailed. The lock is taken without a condition as well: of
        two who have read tag A, one with a condition and one without, the first must not pass the look of the second's
        change and then undo it.
        """
        lock_changes(session, organization_id)
        if self._condition is None:
            return
        content = current()
        if not any(required_by(self._condition, _tag(content, form)) for form in _FORMS):
            raise PreconditionFailed(
                "It was changed since it was read: read it again, and send its new ETag in If-Match"
            )


UNCONDITIONAL = Unchanged(None)


def _tag(content: Any, form: str) -> str:
    """Return the tag of what is answered to a caller who accepts this form of JSON."""
    with answering(form):
        return entity_tag(bytes(ExactJSON(content).body))


async def _unchanged(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            max_length=2_000,
            description="The `ETag` of what was read: 412 if somebody changed it since.",
        ),
    ] = None,
) -> Unchanged:
    return Unchanged(if_match)


IfUnchanged: TypeAlias = Annotated[Unchanged, Depends(_unchanged)]
"""What a handler that changes or deletes something asks before it does, see `Unchanged.require`."""
