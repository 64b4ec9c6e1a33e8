"""An organization with events and webhooks, without a running application."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network
from typing import Any, TypeAlias

import pytest

from app.clients.addresses import Reach
from app.core.backoff import Backoff
from app.core.events import EventKind
from app.jobs.webhook_delivery import Pace
from app.store.engine.database import Database
from app.store.inventory.organizations import create_organization
from app.store.outbox.events import append_event
from app.store.outbox.webhooks import create_webhook
from tests.webhooks.verify import SECRET

LOOPBACK = Reach((ip_network("127.0.0.0/8"),))
CALM = Pace(timeout_s=10.0, backoff=Backoff(first_s=0.01, longest_s=0.04), run_s=10.0)
HASTY = replace(CALM, timeout_s=0.3)
NOW_MS = 1_614_528_900_000
Tell: TypeAlias = Callable[..., None]
Subscribe: TypeAlias = Callable[..., int]


@pytest.fixture
def organization_id(database: Database) -> int:
    values = {
        "code": "acme",
        "name": "Acme",
        "timezone": "Asia/Shanghai",
        "currency": "CNY",
        "fiscal_year_start_month": 1,
        "fiscal_year_label": "start",
        "consolidation": "operational_control",
        "rounding": "half_up",
        "factor_set": None,
    }
    with database.write() as session:
        return create_organization(session, values, now_ms=NOW_MS).id or 0


@pytest.fixture
def tell(database: Database, organization_id: int) -> Tell:
    """Append one event for each number, each in a transaction of its own."""

    def append(*numbers: int, kind: EventKind = EventKind.READINGS_ACCEPTED) -> None:
        for number in numbers:
            with database.write() as session:
                append_event(
                    session, organization_id=organization_id, kind=kind, payload={"number": number}, at_ms=NOW_MS
                )

    return append


@pytest.fixture
def subscribe(database: Database, organization_id: int) -> Subscribe:
    """Store a webhook and return its id."""

    def create(code: str, url: str, **fields: Any) -> int:
        given = {"code": code, "name": code, "url": url, "kinds": None, "max_attempts": 1000, "enabled": True}
        given |= fields
        with database.write() as session:
            return create_webhook(session, organization_id, given, secret=SECRET, now_ms=NOW_MS).id or 0

    return create
