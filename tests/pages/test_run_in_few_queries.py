"""The page of sources and receivers asks once for the newest pulls and once for what was given up, of all of them."""

from typing import Any

import httpx
from sqlalchemy import event
from sqlmodel import select

from app.models import Connector, ConnectorPull, Webhook, WebhookDelivery, id_of
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.operations.pulls import newest_pulls
from app.store.outbox.deliveries import DeliveryState, newest_of_each_webhook
from tests.conftest import Make

COUNTS: dict[str, Any] = dict.fromkeys(
    ("pages", "received", "inserted", "replaced", "duplicate", "suspect", "rejected", "skipped"), 0
)
CONNECTOR = {
    "url": "https://historian.example/api",
    "schedule": "5 * * * *",
    "mapping": {
        "format": "json",
        "records": "rows",
        "meter": {"field": "tag"},
        "timestamp": {"field": "time", "format": "rfc3339"},
        "value": {"field": "value"},
    },
}


def test_each_source_has_its_newest_pull_and_each_receiver_what_was_given_up_by_one_query_each(
    client: httpx.Client, database: Database, make_organization: Make
) -> None:
    make_organization()
    for code in ("a", "b", "c"):
        sent = {"code": code, "name": code, **CONNECTOR}
        client.post("/v1/organizations/acme/connectors", json=sent).raise_for_status()
        hook = {"code": code, "name": code, "url": "https://erp.example/events"}
        client.post("/v1/organizations/acme/webhooks", json=hook).raise_for_status()
    with database.write() as session:
        own = organization_of(session, "acme").id
        for row in session.exec(select(Connector).where(Connector.organization_id == own, Connector.code != "c")):
            for at in (1, 2):
                session.add(
                    ConnectorPull(connector_id=id_of(row), started_at=at, finished_at=at * 1000, problems=[], **COUNTS)
                )
        for hook_row in session.exec(select(Webhook).where(Webhook.organization_id == own, Webhook.code == "a")):
            for at in range(3):
                session.add(
                    WebhookDelivery(
                        webhook_id=id_of(hook_row),
                        event_id=f"0-{at}",
                        kind="figures.changed",
                        body="{}",
                        state=DeliveryState.DEAD,
                        attempts=8,
                        created_at=at,
                        next_at=at,
                    )
                )
    said: list[str] = []
    with database.read() as session:
        event.listen(session.connection(), "before_cursor_execute", lambda *told: said.append(told[2]))
        pulls = newest_pulls(session, own or 0)
        dead = newest_of_each_webhook(session, own or 0, state=DeliveryState.DEAD, limit=2)
    assert {code: row.finished_at for code, row in pulls.items()} == {"a": 2000, "b": 2000}
    assert {code: [row.event_id for row in rows] for code, rows in dead.items()} == {"a": ["0-2", "0-1"]}
    assert len(said) == 2
    page = client.get("/organizations/acme/run").text
    assert page.count("Send again") == 3
