"""An organization's sources, the receivers of its events, and the log of what was changed in it."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from app.http.deps import Cursor, Db, MayAdminister, MayAudit, NowMs
from app.http.idempotency import Once
from app.http.page_route import PageRoute
from app.pages.forms import Form
from app.pages.rendering import html
from app.routers.operations.audit import list_audit_entries
from app.routers.operations.webhooks import list_webhooks, resend_webhook_delivery
from app.routers.readings.connectors import create_connector_pull, list_connectors
from app.schemas.operations.webhooks import delivery_from
from app.schemas.readings.connectors import pull_from
from app.store.operations.pulls import newest_pulls
from app.store.outbox.deliveries import DeliveryState, newest_of_each_webhook
from app.store.sql.conflicts import NotThere

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}")

_MOST = 200
_DEAD = 50


@router.get("/run")
def organization_page(
    access: MayAdminister, database: Db, done: Annotated[str | None, Query(max_length=20)] = None
) -> Response:
    """Show each source with its last answer, and each receiver with what could not be told to it."""
    connectors = list_connectors(access, database, _MOST).items
    webhooks = list_webhooks(access, database, _MOST).items
    with database.read() as session:
        pulls = newest_pulls(session, access.organization_id)
        dead = newest_of_each_webhook(session, access.organization_id, state=DeliveryState.DEAD, limit=_DEAD)
    return html(
        "run/organization.html",
        organization=access.organization,
        connectors=[(each, [pull_from(pulls[each.code])] if each.code in pulls else []) for each in connectors],
        webhooks=[(each, [delivery_from(row) for row in dead.get(each.code, ())]) for each in webhooks],
        done=done,
    )


@router.post("/run/pull")
def pull(access: MayAdminister, database: Db, now_ms: NowMs, form: Form) -> Response:
    """Have a source asked within a minute, whatever its schedule says."""
    create_connector_pull(access, form.text("connector"), database, now_ms, Once(None))
    return RedirectResponse(f"/organizations/{access.organization}/run?done=asked", status_code=303)


@router.post("/run/resend")
def resend(access: MayAdminister, database: Db, now_ms: NowMs, form: Form) -> Response:
    """Send an event again that was given up."""
    delivery = form.text("delivery")
    if not delivery.isascii() or not delivery.isdigit() or len(delivery) > 18:
        raise NotThere("There is no such delivery")
    resend_webhook_delivery(access, form.text("webhook"), int(delivery), database, now_ms)
    return RedirectResponse(f"/organizations/{access.organization}/run?done=resent", status_code=303)


@router.get("/audit")
def audit_page(access: MayAudit, database: Db, cursor: Cursor = None) -> Response:
    """Show who changed what, when, and what it said before and after, newest first."""
    page = list_audit_entries(access, database, limit=_MOST, cursor=cursor)
    return html("run/audit.html", organization=access.organization, entries=page.items, following=page.next)
