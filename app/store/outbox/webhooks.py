"""Reading and changing webhook subscriptions."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, delete, select

from app.models import Webhook, WebhookDelivery
from app.store.outbox.events import latest_position
from app.store.sql.conflicts import DuplicateCode, NotThere, flush_new
from app.store.sql.keyset import Page, decode_cursor, in_code_order, page_of


def webhook_page(session: Session, organization_id: int, *, cursor: str | None, limit: int) -> Page[Webhook]:
    """Return webhooks in order of code; raises BadCursor."""
    order = in_code_order(session, Webhook.code)
    query = select(Webhook).where(Webhook.organization_id == organization_id).order_by(order).limit(limit + 1)
    if cursor:
        query = query.where(order > decode_cursor(cursor, str)[0])
    return page_of(session.exec(query).all(), limit, lambda webhook: (webhook.code,))


def webhook_of(session: Session, organization_id: int, code: str) -> Webhook:
    """Return the webhook `code`; raises NotThere."""
    query = select(Webhook).where(Webhook.organization_id == organization_id, Webhook.code == code)
    webhook = session.exec(query).one_or_none()
    if webhook is None:
        raise NotThere(f"There is no webhook {code!r}")
    return webhook


def create_webhook(
    session: Session, organization_id: int, values: Mapping[str, Any], *, secret: str, now_ms: int
) -> Webhook:
    """Store a webhook that is told of every event from now on; raises DuplicateCode."""
    taken = select(Webhook.id).where(Webhook.organization_id == organization_id, Webhook.code == values["code"])
    if session.exec(taken).first() is not None:
        raise DuplicateCode(f"The webhook code {values['code']!r} is already taken")
    position = latest_position(session)
    webhook = Webhook(
        **values,
        organization_id=organization_id,
        secret=secret,
        after_transaction=position.transaction,
        after_number=position.number,
        created_at=now_ms,
    )
    session.add(webhook)
    flush_new(session, "webhook", webhook.code)
    return webhook


def update_webhook(session: Session, organization_id: int, code: str, changes: Mapping[str, Any]) -> Webhook:
    """Change a webhook; one that is enabled again is told of events from then on. Raises NotThere."""
    webhook = _locked(session, organization_id, code)
    if changes.get("enabled") and not webhook.enabled:
        position = latest_position(session)
        webhook.after_transaction, webhook.after_number = position.transaction, position.number
    for name, value in changes.items():
        setattr(webhook, name, value)
    session.flush()
    return webhook


def rotate_secret(session: Session, organization_id: int, code: str, *, secret: str, overlap_until_ms: int) -> Webhook:
    """Put `secret` in the place of the webhook's, which signs beside it until an instant (UTC ms); raises NotThere."""
    webhook = _locked(session, organization_id, code)
    webhook.previous_secret, webhook.previous_until = webhook.secret, overlap_until_ms
    webhook.secret = secret
    session.flush()
    return webhook


def delete_webhook(session: Session, organization_id: int, code: str) -> None:
    """Delete a webhook with all its deliveries; raises NotThere."""
    webhook = _locked(session, organization_id, code)
    session.exec(delete(WebhookDelivery).where(col(WebhookDelivery.webhook_id) == webhook.id))
    session.delete(webhook)
    session.flush()


def _locked(session: Session, organization_id: int, code: str) -> Webhook:
    """Return the webhook as it is once nobody else changes it."""
    query = select(Webhook).where(Webhook.organization_id == organization_id, Webhook.code == code)
    webhook = session.exec(query.with_for_update()).one_or_none()
    if webhook is None:
        raise NotThere(f"There is no webhook {code!r}")
    return webhook
