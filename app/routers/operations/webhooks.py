"""Webhooks: subscriptions to events, their secrets, and what became of each delivery."""

from typing import Annotated

from fastapi import Path, Query
from sqlmodel import Session

from app.clients.addresses import AddressNotAllowed, BadUrl, Reach, checked_url
from app.clients.signing import new_signing_secret
from app.core.access import OrganizationAccess
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Limit, MayAdminister, NowMs, Outgoing, api_router
from app.http.idempotency import DoneOnce
from app.http.preconditions import IfUnchanged
from app.schemas.operations.webhooks import (
    Webhook,
    WebhookCreate,
    WebhookDelivery,
    WebhookDeliveryPage,
    WebhookPage,
    WebhookRotation,
    WebhookUpdate,
    WebhookWithSecret,
    delivery_from,
    webhook_from,
    webhook_with_secret,
)
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.problems import conflicts
from app.schemas.wire.texts import Code
from app.store.outbox import deliveries, webhooks
from app.store.outbox.deliveries import DeliveryState

router = api_router("webhooks", "/v1/organizations/{organization}/webhooks")
WebhookCode = Annotated[Code, Path(description="The code of the webhook.")]


@router.get("")
def list_webhooks(
    access: MayAdminister, database: Db, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> WebhookPage:
    """List webhooks in order of code; secrets are not shown."""
    with database.read() as session:
        page = webhooks.webhook_page(session, access.organization_id, cursor=cursor, limit=limit)
    return WebhookPage(items=[webhook_from(row) for row in page.items], next=page.next)


@router.post("", status_code=201, response_model=WebhookWithSecret, responses=conflicts("duplicate_code"))
def create_webhook(
    access: MayAdminister, body: WebhookCreate, database: Db, now_ms: NowMs, reach: Outgoing, once: DoneOnce
) -> ExactJSON:
    """Have a receiver told of events from now on; the secret that signs them is in this answer and nowhere else."""
    _check_url(body.url, reach)
    values = {**body.model_dump(mode="json"), "name": body.name or body.code}
    with database.write() as session:
        created = webhooks.create_webhook(
            session, access.organization_id, values, secret=new_signing_secret(), now_ms=now_ms
        )
        location = f"/v1/organizations/{access.organization}/webhooks/{created.code}"
        answer = ExactJSON(webhook_with_secret(created), status_code=201, headers={"Location": location})
        once.keep(session, answer)
    return answer


@router.get("/{webhook}")
def get_webhook(access: MayAdminister, webhook: WebhookCode, database: Db) -> Webhook:
    """Read a webhook."""
    with database.read() as session:
        return _read(session, access, webhook)


@router.patch("/{webhook}")
def update_webhook(
    access: MayAdminister,
    webhook: WebhookCode,
    body: WebhookUpdate,
    database: Db,
    reach: Outgoing,
    unchanged: IfUnchanged,
) -> Webhook:
    """Change the fields that are sent."""
    if "url" in body.model_fields_set:
        _check_url(body.url, reach)
    with database.write() as session:
        unchanged.require(session, access.organization_id, lambda: _read(session, access, webhook))
        return webhook_from(webhooks.update_webhook(session, access.organization_id, webhook, body.sent()))


@router.delete("/{webhook}", status_code=204)
def delete_webhook(access: MayAdminister, webhook: WebhookCode, database: Db, unchanged: IfUnchanged) -> None:
    """Delete a webhook with all its deliveries."""
    with database.write() as session:
        unchanged.require(session, access.organization_id, lambda: _read(session, access, webhook))
        webhooks.delete_webhook(session, access.organization_id, webhook)


@router.post("/{webhook}/rotate")
def rotate_webhook(
    access: MayAdminister, webhook: WebhookCode, body: WebhookRotation, database: Db, now_ms: NowMs
) -> WebhookWithSecret:
    """Make a new secret, shown in this answer alone; the one before signs beside it for a while."""
    until_ms = now_ms + body.overlap_s * 1_000
    with database.write() as session:
        rotated = webhooks.rotate_secret(
            session, access.organization_id, webhook, secret=new_signing_secret(), overlap_until_ms=until_ms
        )
    return webhook_with_secret(rotated)


@router.get("/{webhook}/deliveries")
def list_webhook_deliveries(
    access: MayAdminister,
    webhook: WebhookCode,
    database: Db,
    state: Annotated[
        tuple[DeliveryState, ...], Query(description="Only these; `dead` ones were given up; repeat for more.")
    ] = (),
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> WebhookDeliveryPage:
    """List deliveries, newest first."""
    with database.read() as session:
        webhooks.webhook_of(session, access.organization_id, webhook)
        page = deliveries.delivery_page(
            session, access.organization_id, webhook, states=state, cursor=cursor, limit=limit
        )
    return WebhookDeliveryPage(items=[delivery_from(row) for row in page.items], next=page.next)


@router.post("/{webhook}/deliveries/{delivery}/resend")
def resend_webhook_delivery(
    access: MayAdminister,
    webhook: WebhookCode,
    delivery: Annotated[int, Path(ge=1, le=2**63 - 1, description="The id of the delivery.")],
    database: Db,
    now_ms: NowMs,
) -> WebhookDelivery:
    """Have an event sent again, before everything younger that waits, with the same id and all its attempts."""
    with database.write() as session:
        return delivery_from(deliveries.resend(session, access.organization_id, webhook, delivery, now_ms=now_ms))


def _read(session: Session, access: OrganizationAccess, code: str) -> Webhook:
    return webhook_from(webhooks.webhook_of(session, access.organization_id, code))


def _check_url(url: str, reach: Reach) -> None:
    try:
        checked_url(url, reach)
    except BadUrl as error:
        raise InvalidFields([FieldProblem("url", "invalid_url", str(error))]) from error
    except AddressNotAllowed as error:
        raise InvalidFields([FieldProblem("url", "address_not_allowed", str(error))]) from error
