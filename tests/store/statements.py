"""Every statement that a service sends to its database while a block runs, and a working day of an organization."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import Pool, event

from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database


@contextmanager
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Yield the statements, each once and in one line, with values of it; of connections made within the block."""
    seen: dict[str, Any] = {}

    def note(statement: object, values: object = None) -> None:
        words = statement.decode() if isinstance(statement, bytes) else str(statement)
        seen.setdefault(re.sub(r"\s+", " ", words).strip(), values)

    execute = psycopg.Cursor.execute

    def noting(self: Any, query: Any, params: Any = None, **options: Any) -> Any:
        note(query, params)
        return execute(self, query, params, **options)

    def watch(connection: Any, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(note)

    monkeypatch.setattr(psycopg.Cursor, "execute", noting)
    event.listen(Pool, "connect", watch)
    try:
        yield seen
    finally:
        event.remove(Pool, "connect", watch)


def work(client: httpx.Client, database: Database, *, code: str = "acme") -> None:
    """Have an organization set up, post, correct, withdraw, swap a register, be rolled up, disclose and publish."""
    root, place = f"/v1/organizations/{code}", {"timezone": "Asia/Shanghai"}
    _done(client.post("/v1/organizations", json={"code": code, "name": "Acme", "currency": "CNY", **place}))
    _done(client.post(f"{root}/plants", json={"code": "main", "name": "Works", "country": "CN", **place}))
    grid = {"code": "grid", "plant": "main", "name": "Grid", "resource": "electricity.grid", "unit": "kWh"}
    _done(client.post(f"{root}/meters", json={**grid, "kind": "interval", "interval": "PT1H"}))
    _done(client.post(f"{root}/meters", json={**grid, "code": "hall", "kind": "register", "parent": "grid"}))
    hours = [_reading("grid", day, hour, 1.5) for day in range(1, 11) for hour in range(24)]
    days = [_reading("hall", day, 0, 10 * day) for day in range(1, 11)]
    _done(client.post(f"{root}/readings", json={"readings": [*hours, *days]}))
    _done(client.post(f"{root}/readings", json={"readings": [{**hours[0], "value": 2.5}]}))
    roll_pending(database)
    swap = {"at": "2025-01-05T12:00:00+08:00", "final_value": 55, "first_value": 0, "reason": "swapped"}
    _done(client.post(f"{root}/meters/hall/exchanges", json=swap))
    second = {"meter": "grid", "timestamp": hours[1]["timestamp"], "reason": "a test"}
    _done(client.delete(f"{root}/readings", params=second))
    roll_pending(database)
    of_first = {"timestamp": hours[0]["timestamp"]}
    _done(client.get(f"{root}/meters/grid/revisions", params=of_first))
    for page in ("readings", "rollups?grain=day", "rollups?grain=year", "issues", "metrics/energy?year=2025"):
        _done(client.get(f"{root}/{page}"))
    bill = {"name": "bill.pdf", "meter": "grid", "month": "2025-01"}
    kept = client.post(f"{root}/evidence", params=bill, content=b"%PDF-1.7")
    _done(kept)
    _done(client.get(f"{root}/evidence?meter=grid"))
    _done(client.get(f"{root}/evidence/{kept.json()['code']}/content"))
    _done(client.delete(f"{root}/evidence/{kept.json()['code']}?reason=test"))
    _done(client.get(f"{root}/disclosures/hkex-2020/2025"))
    _done(client.post(f"{root}/disclosures/hkex-2020/2025/publications", json={"reason": None}))
    _done(client.get(f"{root}/disclosures/hkex-2020/2025/publications"))


def _reading(meter: str, day: int, hour: int, value: float) -> dict[str, Any]:
    return {"meter": meter, "timestamp": f"2025-01-{day:02}T{hour:02}:00:00+08:00", "value": value}


def _done(answer: httpx.Response) -> None:
    assert answer.is_success, answer.text
