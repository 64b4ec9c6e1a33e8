"""What a webhook and its deliveries look like from outside; a secret is shown once, when it is made or rotated."""

from typing import Annotated

from pydantic import Field, StrictInt

from app import models
from app.core.calendar.periods import instant_from_ms
from app.core.events import EventKind
from app.models import id_of
from app.schemas.wire.base import Change, Flag, Received, Shape, unsent
from app.schemas.wire.instants import Instant
from app.schemas.wire.texts import Code, Name
from app.store.outbox.deliveries import DeliveryState

Url = Annotated[str, Field(min_length=1, max_length=2000, description="https://... or http://...")]
Kinds = Annotated[list[EventKind], Field(min_length=1, max_length=50)]
Attempts = Annotated[StrictInt, Field(ge=1, le=50, description="After so many failures an event is given up.")]


class WebhookCreate(Received):
    """A new webhook. `kinds` null means every kind of event; its name is its code when omitted."""

    code: Code
    name: Name | None = None
    url: Url
    kinds: Kinds | None = None
    max_attempts: Attempts = 15
    enabled: Flag = True


class WebhookUpdate(Change):
    """What may change of a webhook; one that is enabled again is told of events from then on."""

    name: Name = unsent()
    url: Url = unsent()
    kinds: Kinds | None = unsent()
    max_attempts: Attempts = unsent()
    enabled: Flag = unsent()


class WebhookRotation(Received):
    """For how many seconds the secret before signs beside the new one."""

    overlap_s: Annotated[StrictInt, Field(ge=0, le=30 * 86_400)] = 86_400


class Webhook(Shape):
    """A subscription to events, without its secret."""

    code: str
    name: str
    url: str
    kinds: list[EventKind] | None
    max_attempts: int
    enabled: bool
    previous_secret_until: Instant | None
    created_at: Instant


class WebhookWithSecret(Webhook):
    """A webhook with the secret that signs from now on, shown this once."""

    secret: str


class WebhookPage(Shape):
    """Some webhooks, and the cursor of those that follow."""

    items: list[Webhook]
    next: str | None


class WebhookDelivery(Shape):
    """An event told, or to be told, to one webhook; `status` and `error` are those of the last attempt.

    `event` is the id to tell repeats by, `body` what is sent, `next_at` null unless it waits.
    """

    id: int
    event: str
    kind: str
    state: DeliveryState
    attempts: int
    status: int | None
    error: str | None
    created_at: Instant
    tried_at: Instant | None
    next_at: Instant | None
    body: str


class WebhookDeliveryPage(Shape):
    """Some deliveries, and the cursor of those that follow."""

    items: list[WebhookDelivery]
    next: str | None


def webhook_from(row: models.Webhook) -> Webhook:
    """Return the outside view of a stored webhook."""
    return Webhook(
        code=row.code,
        name=row.name,
        url=row.url,
        kinds=None if row.kinds is None else [EventKind(kind) for kind in row.kinds],
        max_attempts=row.max_attempts,
        enabled=row.enabled,
        previous_secret_until=None if row.previous_until is None else instant_from_ms(row.previous_until),
        created_at=instant_from_ms(row.created_at),
    )


def webhook_with_secret(row: models.Webhook) -> WebhookWithSecret:
    """Return the outside view of a webhook whose secret was just made."""
    return WebhookWithSecret(**webhook_from(row).model_dump(), secret=row.secret)


def delivery_from(row: models.WebhookDelivery) -> WebhookDelivery:
    """Return the outside view of a stored delivery."""
    return WebhookDelivery(
        id=id_of(row),
        event=row.event_id,
        kind=row.kind,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        status=row.status,
        error=row.error,
        created_at=instant_from_ms(row.created_at),
        tried_at=None if row.tried_at is None else instant_from_ms(row.tried_at),
        next_at=instant_from_ms(row.next_at) if row.state == DeliveryState.PENDING else None,
        body=row.body,
    )
