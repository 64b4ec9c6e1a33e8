"""The durable outbox of webhooks: queued from the log of events, sent in order by one sender a subscription."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import and_, exists, func, update
from sqlmodel import Session, col, delete, select
from sqlmodel.sql.expression import SelectOfScalar

from app.core.events import Event, Position
from app.models import Organization, Webhook, WebhookDelivery, id_of
from app.store.audit.capture import note
from app.store.outbox.events import events_after
from app.store.sql.conflicts import NotThere
from app.store.sql.keyset import Page, decode_cursor, page_of

QUEUED_AT_ONCE = 500


class DeliveryState(StrEnum):
    """Whether an event waits to be told, was told, or was given up after too many attempts."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Sendable:
    """A delivery to attempt: where to, signed with what, and how often it was tried and may be."""

    id: int
    event_id: str
    url: str
    secrets: tuple[str, ...]
    body: bytes
    attempts: int
    max_attempts: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one attempt; `retry_at` is when to try again, None when it was accepted or is given up."""

    delivery_id: int
    accepted: bool
    status: int | None
    error: str | None
    retry_at: int | None


def count_waiting_deliveries(session: Session) -> int:
    """Return how many deliveries are queued, or to be tried again."""
    waiting = col(WebhookDelivery.state) == DeliveryState.PENDING
    return session.exec(select(func.count()).select_from(WebhookDelivery).where(waiting)).one()


def webhooks_to_queue(session: Session) -> list[int]:
    """Return the enabled webhooks for which the log holds events that are not queued yet."""
    webhooks = session.exec(select(Webhook).where(col(Webhook.enabled)).order_by(col(Webhook.id))).all()
    return [webhook.id for webhook in webhooks if webhook.id is not None and _unqueued(session, webhook, limit=1)]


def queue_events(session: Session, webhook_id: int, body_of: Callable[[Event, str], str], *, now_ms: int) -> int:
    """Queue the next events of the log that the webhook asks for, in their order; return how many were looked at.

    `body_of` gives the body of an event of the organization with that code. The webhook's place in the log moves in
    the same transaction, so that no event is queued twice and none is left out.
    """
    query = select(Webhook).where(Webhook.id == webhook_id, col(Webhook.enabled))
    webhook = session.exec(query.with_for_update()).one_or_none()
    if webhook is None:
        return 0
    organization = session.exec(select(Organization.code).where(Organization.id == webhook.organization_id)).one()
    events = _unqueued(session, webhook, limit=QUEUED_AT_ONCE)
    for event in events:
        if webhook.kinds is None or event.kind in webhook.kinds:
            session.add(_delivery(webhook_id, event, body_of(event, organization), now_ms))
        webhook.after_transaction, webhook.after_number = event.position.transaction, event.position.number
    session.flush()
    return len(events)


def due_webhooks(session: Session, *, now_ms: int) -> list[int]:
    """Return the enabled webhooks that nobody sends for and whose first pending delivery is due."""
    first = select(func.min(WebhookDelivery.id)).where(
        WebhookDelivery.webhook_id == Webhook.id, WebhookDelivery.state == DeliveryState.PENDING
    )
    due = exists().where(
        and_(
            col(WebhookDelivery.id) == first.correlate(Webhook).scalar_subquery(),
            col(WebhookDelivery.next_at) <= now_ms,
        )
    )
    query = select(Webhook.id).where(col(Webhook.enabled), Webhook.leased_until <= now_ms, due)
    return [webhook_id for webhook_id in session.exec(query.order_by(col(Webhook.id))) if webhook_id is not None]


def lease_webhook(session: Session, webhook_id: int, lease: str, *, until_ms: int, now_ms: int) -> bool:
    """Take, or go on holding, the right to send for a webhook; False when another sender has it."""
    mine = (col(Webhook.lease) == lease) | (col(Webhook.leased_until) <= now_ms)
    taken = update(Webhook).where(col(Webhook.id) == webhook_id, col(Webhook.enabled), mine)
    return session.connection().execute(taken.values(lease=lease, leased_until=until_ms)).rowcount == 1


def release_webhook(session: Session, webhook_id: int, lease: str) -> None:
    """Give back the right to send, when it is still held."""
    held = update(Webhook).where(col(Webhook.id) == webhook_id, col(Webhook.lease) == lease)
    session.connection().execute(held.values(lease=None, leased_until=0))


def next_delivery(session: Session, webhook_id: int, *, now_ms: int) -> Sendable | None:
    """Return the webhook's first pending delivery; None when there is none or it is not due, whatever comes behind."""
    pending = select(WebhookDelivery).where(
        WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.state == DeliveryState.PENDING
    )
    delivery = session.exec(pending.order_by(col(WebhookDelivery.id)).limit(1)).first()
    webhook = session.get(Webhook, webhook_id)
    if delivery is None or delivery.id is None or webhook is None or delivery.next_at > now_ms:
        return None
    secrets = [webhook.secret]
    if webhook.previous_secret is not None and (webhook.previous_until or 0) > now_ms:
        secrets.append(webhook.previous_secret)
    return Sendable(
        id=delivery.id,
        event_id=delivery.event_id,
        url=webhook.url,
        secrets=tuple(secrets),
        body=delivery.body.encode(),
        attempts=delivery.attempts,
        max_attempts=webhook.max_attempts,
    )


def record_attempt(session: Session, attempt: Attempt, *, now_ms: int) -> None:
    """Note what came of an attempt; one that was resent meanwhile stays pending unless it was accepted."""
    delivery = session.get(WebhookDelivery, attempt.delivery_id, with_for_update=True)
    if delivery is None:
        return
    delivery.attempts += 1
    delivery.tried_at, delivery.status, delivery.error = now_ms, attempt.status, attempt.error
    if attempt.accepted:
        delivery.state = DeliveryState.DELIVERED
    elif attempt.retry_at is None:
        delivery.state = DeliveryState.DEAD
    else:
        delivery.next_at = attempt.retry_at
    session.flush()


def delivery_page(
    session: Session,
    organization_id: int,
    code: str,
    *,
    states: Sequence[DeliveryState],
    cursor: str | None,
    limit: int,
) -> Page[WebhookDelivery]:
    """Return a webhook's deliveries, newest first, those of some states when asked; raises BadCursor."""
    query = _deliveries(organization_id, code).order_by(col(WebhookDelivery.id).desc()).limit(limit + 1)
    if states:
        query = query.where(col(WebhookDelivery.state).in_(states))
    if cursor:
        query = query.where(col(WebhookDelivery.id) < decode_cursor(cursor, int)[0])
    return page_of(session.exec(query).all(), limit, lambda delivery: (id_of(delivery),))


def newest_of_each_webhook(
    session: Session, organization_id: int, *, state: DeliveryState, limit: int
) -> dict[str, list[WebhookDelivery]]:
    """Return up to `limit` deliveries in a state of each of an organization's webhooks, newest first, by its code."""
    place = func.row_number().over(
        partition_by=col(WebhookDelivery.webhook_id), order_by=col(WebhookDelivery.id).desc()
    )
    ranked = (
        select(col(WebhookDelivery.id), Webhook.code, place.label("place"))
        .join(Webhook)
        .where(Webhook.organization_id == organization_id, WebhookDelivery.state == state)
        .subquery()
    )
    query = select(ranked.c.code, WebhookDelivery).join(ranked, col(WebhookDelivery.id) == ranked.c.id)
    found: dict[str, list[WebhookDelivery]] = {}
    for code, row in session.exec(query.where(ranked.c.place <= limit).order_by(col(WebhookDelivery.id).desc())):
        found.setdefault(code, []).append(row)
    return found


def resend(session: Session, organization_id: int, code: str, delivery_id: int, *, now_ms: int) -> WebhookDelivery:
    """Have a delivery sent again, before everything younger that waits, with all its attempts; raises NotThere."""
    query = _deliveries(organization_id, code).where(col(WebhookDelivery.id) == delivery_id)
    delivery = session.exec(query.with_for_update(of=WebhookDelivery)).one_or_none()
    if delivery is None:
        raise NotThere(f"The webhook {code!r} has no delivery {delivery_id}")
    before = {"state": str(delivery.state), "attempts": delivery.attempts}
    delivery.state, delivery.attempts, delivery.next_at = DeliveryState.PENDING, 0, now_ms
    session.flush()
    after = {"state": str(delivery.state), "attempts": 0}
    note(session, organization_id, "webhook delivery", f"{code}/{delivery_id}", before=before, after=after)
    return delivery


def forget_deliveries(session: Session, *, delivered_before: int, dead_before: int) -> int:
    """Delete what was delivered, and what was given up, before two instants (UTC ms); return how many."""
    table = WebhookDelivery
    delivered = and_(col(table.state) == DeliveryState.DELIVERED, col(table.tried_at) < delivered_before)
    dead = and_(col(table.state) == DeliveryState.DEAD, col(table.tried_at) < dead_before)
    return session.connection().execute(delete(table).where(delivered | dead)).rowcount


def _unqueued(session: Session, webhook: Webhook, *, limit: int) -> list[Event]:
    position = Position(webhook.after_transaction, webhook.after_number)
    return events_after(session, position, organization_id=webhook.organization_id, limit=limit)


def _delivery(webhook_id: int, event: Event, body: str, now_ms: int) -> WebhookDelivery:
    return WebhookDelivery(
        webhook_id=webhook_id,
        event_id=event.id,
        kind=event.kind,
        body=body,
        state=DeliveryState.PENDING,
        attempts=0,
        next_at=now_ms,
        created_at=now_ms,
    )


def _deliveries(organization_id: int, code: str) -> SelectOfScalar[WebhookDelivery]:
    return select(WebhookDelivery).join(Webhook).where(Webhook.organization_id == organization_id, Webhook.code == code)
