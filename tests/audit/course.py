"""Every operation that changes something, asked for once in an order in which each can be done."""

import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
from sqlalchemy import text

from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.support.pulled import PULLED
from tests.support.works import CERTIFICATE

ACME = "/v1/organizations/acme"
YEAR = f"{ACME}/disclosures/gri/2021"
_SUN = {"plant": "main", "resource": "electricity.grid", "unit": "kWh"}
_GAUGE = {"kind": "gauge", "resource": "air.so2.concentration", "unit": "mg/m3", "interval": "PT15M"}
_LIMIT = {"code": "so2", "meter": "so2", "value": 400, "unit": "mg/m3", "valid_from": "2020-01-01"}
_HELD = {"equity_share": 0.5, "operational_control": True, "financial_control": True}
_FACTOR = {"resource": "electricity.grid", "region": "main", "method": "market", "per": "MWh", "kg_co2": 412.3}
_BILL = {"resource": "fuel.natural_gas", "region": "main", "per": "m3", "hhv": 11.2, "energy_unit": "kWh"}
_TABLE = {
    "title": "Report",
    "framework": "hkex-2020",
    "year": 2020,
    "rows": [{"year": 2020, "kpi": "A2.1", "key": "energy.total", "unit": "GJ", "value": 5, "decimals": 0}],
}
_RANGE = {"meters": ["grid"], "start": "2021-02-01T00:00:00Z", "end": "2021-02-02T00:00:00Z", "reason": "a wrong day"}


class Course:
    """Sends the requests one after the other; each must be answered well."""

    def __init__(self, client: httpx.Client, database: Database) -> None:
        self._client = client
        self._database = database

    def go(self) -> None:
        """Send them all."""
        for step in (self._structure, self._readings, self._accounts, self._statements, self._outside, self._ends):
            for method, path, sent in step():
                self._send(method, path, sent)

    def _send(self, method: str, path: str, sent: dict[str, Any] | None, **headers: str) -> Any:
        gone = method == "DELETE"
        answer = self._client.request(
            method, path, headers=headers, params=sent if gone else None, json=None if gone else sent
        )
        assert answer.status_code < 300, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else None

    def _structure(self) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
        made = {"code": "acme", "name": "Acme", "timezone": "UTC", "currency": "EUR"}
        yield "POST", "/v1/organizations", made
        yield "PATCH", ACME, {"name": "Acme Works"}
        yield "POST", f"{ACME}/plants", {"code": "main", "name": "Main", "country": "DE"}
        yield "PATCH", f"{ACME}/plants/main", {"name": "Main works"}
        yield "PUT", f"{ACME}/plants/main/holdings", {"items": [{**_HELD, "valid_from": "2021-07-01"}]}
        interval = {**_SUN, "code": "grid", "kind": "interval", "interval": "P1D"}
        yield "POST", f"{ACME}/meters", interval
        yield "POST", f"{ACME}/meters", {**_SUN, "code": "counter", "kind": "register"}
        yield "POST", f"{ACME}/meters", {**_GAUGE, "code": "so2", "plant": "main", "max_rate": None}
        yield "POST", f"{ACME}/meters", {**interval, "code": "spare"}
        yield "PATCH", f"{ACME}/meters/grid", {"max_rate": 1}
        april = {"valid_from": "2035-04-01", "start_month": 4, "label": "start", "transition": "short"}
        yield "PUT", f"{ACME}/fiscal-years", {"items": [april]}

    def _readings(self) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
        days = [f"2021-{month:02}-{day:02}T00:00:00Z" for month in range(1, 13) for day in range(1, 29)]
        rows = [{"meter": "grid", "timestamp": day, "value": 5} for day in days]
        suspect = {"meter": "grid", "timestamp": "2021-03-30T00:00:00Z", "value": 500}
        yield "POST", f"{ACME}/readings", {"readings": [*rows, suspect]}
        bill = {"name": "bill.csv", "meter": "grid", "month": "2021-01"}
        attached = self._client.post(f"{ACME}/evidence", params=bill, content=b"kWh\n140\n")
        assert attached.status_code == 201, attached.text
        yield "DELETE", f"{ACME}/evidence/{attached.json()['code']}", {"reason": "of another plant"}
        withdrawn = {"meter": "grid", "timestamp": days[0], "reason": "wrong"}
        yield "DELETE", f"{ACME}/readings", withdrawn
        yield "POST", f"{ACME}/meters/grid/acceptances", {"timestamps": [suspect["timestamp"]], "reason": "right"}
        swapped = {"at": "2021-03-01T00:00:00Z", "final_value": 7, "first_value": 0, "reason": "swapped"}
        yield "POST", f"{ACME}/meters/counter/exchanges", swapped
        yield "DELETE", f"{ACME}/meters/counter/exchanges", {"at": swapped["at"], "reason": "it was not"}
        ordered = self._send("POST", f"{ACME}/amendments", {**_RANGE, "action": "withdraw"})
        address = f"{ACME}/amendments/{ordered['batch']}"
        self._wait(address, "status", "finished")
        undone = self._send("POST", f"{address}/undo", {"reason": "it was right"})
        self._wait(f"{ACME}/amendments/{undone['batch']}", "status", "finished")
        roll_pending(self._database)

    def _accounts(self) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
        dated = {"valid_from": "2021-01-01", "valid_to": "2022-01-01", "source": "a bill"}
        yield "POST", f"{ACME}/factors", {**_FACTOR, **dated, "code": "own"}
        names = ("code", "resource", "region", "method", "per", "kg_co2", "valid_from", "source")
        line = "filed,electricity.grid,main,market,MWh,400,2022-01-01,a bill"
        self._upload(f"{ACME}/factors/files", f"{','.join(names)}\n{line}\n")
        pin = {"year": 2021, "resource": "electricity.grid", "method": "market", "plant": None, "factor": "own"}
        yield "PUT", f"{ACME}/factor-pins", {"items": [pin]}
        yield "PUT", f"{ACME}/gwp-sets", {"items": [{"framework": "gri", "year": 2021, "gwp_set": "AR6"}]}
        setting = {"framework": "gri", "key": "energy.total", "rounding": None, "unit": None, "decimals": 1}
        yield "PUT", f"{ACME}/figure-settings", {"items": [setting]}
        yield "POST", f"{ACME}/calorific-values", {**_BILL, **dated, "code": "gas", "reference_conditions": "0C"}
        yield "POST", f"{ACME}/instruments", {**CERTIFICATE, "code": "wind"}
        yield "POST", f"{ACME}/instruments/wind/withdrawal", {"reason": "entered twice"}
        yield "POST", f"{ACME}/resources", {"key": "material.steel", "title": "Steel", "unit": "t"}
        yield "DELETE", f"{ACME}/resources/material.steel", None
        yield "POST", f"{ACME}/limits", _LIMIT
        yield "DELETE", f"{ACME}/limits/so2", None

    def _statements(self) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
        target = {"code": "less", "metric": "consumption.electricity", "base_year": 2021, "yearly_reduction": 0.05}
        yield "POST", f"{ACME}/targets", target
        late = {"meter": "grid", "timestamp": "2021-03-29T00:00:00Z", "value": 9}
        yield "POST", f"{ACME}/readings", {"readings": [late]}
        roll_pending(self._database)
        yield "POST", f"{ACME}/targets/less/recalculations", {"kind": "error", "reason": "a late day"}
        yield "DELETE", f"{ACME}/targets/less", None
        people = {"indicator": "workforce.total", "period": 2021, "value": 900, "unit": "person"}
        stated = self._send("POST", f"{ACME}/datapoints", people)
        yield "DELETE", f"{ACME}/datapoints/{stated['id']}", {"reason": "of another year"}
        yield "POST", f"{ACME}/imported-publications", {**_TABLE, "code": "report-2020"}
        yield "POST", f"{YEAR}/publications", {"reason": "the year"}
        yield "POST", f"{YEAR}/publications/1/comments", {"text": "Which meters are new?"}
        second = self._send("POST", "/v1/keys", {"name": "second", "scopes": ["approve", "read"]})
        for step in ("approve", "publish"):
            self._send("POST", f"{YEAR}/publications/1/{step}", {}, **{"X-API-Key": second["key"]})

    def _outside(self) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
        yield "POST", f"{ACME}/webhooks", {"code": "hook", "url": "https://receiver.example/esg"}
        yield "PATCH", f"{ACME}/webhooks/hook", {"enabled": False}
        yield "POST", f"{ACME}/webhooks/hook/rotate", {}
        yield "POST", f"{ACME}/webhooks/hook/deliveries/{self._dead()}/resend", None
        yield "DELETE", f"{ACME}/webhooks/hook", None
        yield "POST", f"{ACME}/connectors", {**PULLED, "code": "historian"}
        yield "PATCH", f"{ACME}/connectors/historian", {"headers": {"Authorization": "Bearer 0ther"}}
        yield "POST", f"{ACME}/connectors/historian/pulls", None
        yield "DELETE", f"{ACME}/connectors/historian", None
        yield "POST", "/v1/jobs/old-deliveries/runs", None

    def _ends(self) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
        key = self._send("POST", "/v1/keys", {"name": "gateway", "scopes": ["ingest"], "organizations": ["acme"]})
        yield "POST", f"/v1/keys/{key['code']}/rotate", {}
        yield "DELETE", f"/v1/keys/{key['code']}", None
        grants = [{"scopes": ["read"], "organizations": ["acme"]}]
        user = self._send("POST", "/v1/users", {"name": "Uma", "email": "uma@acme.example", "grants": grants})
        yield "PATCH", f"/v1/users/{user['code']}", {"name": "Uma Berg"}
        yield "POST", f"/v1/users/{user['code']}/password", {}
        yield "DELETE", f"{ACME}/meters/spare", None
        yield "POST", f"{ACME}/plants", {"code": "other", "name": "Other", "country": "DE"}
        yield "DELETE", f"{ACME}/plants/other", None
        yield "POST", "/v1/organizations", {"code": "gone", "name": "Gone", "timezone": "UTC", "currency": "EUR"}
        yield "DELETE", "/v1/organizations/gone", None

    def _upload(self, path: str, table: str) -> None:
        answer = self._client.post(path, content=table, headers={"Content-Type": "text/csv"})
        assert answer.status_code == 200, answer.text

    def _dead(self) -> int:
        """Put in a delivery that was given up, and return its number."""
        row = """
            INSERT INTO webhook_delivery (webhook_id, event_id, kind, body, state, attempts, next_at, created_at)
            SELECT id, '1', 'month.closed', '{}', 'dead', 3, 0, 0 FROM webhook WHERE code = 'hook'
        """
        with self._database.write() as session:
            session.connection().execute(text(row))
            found = session.connection().execute(text("SELECT max(id) FROM webhook_delivery"))
            return int(found.scalar_one())

    def _wait(self, address: str, name: str, value: str) -> None:
        end = time.monotonic() + 20
        while (seen := self._client.get(address).json())[name] != value:
            assert time.monotonic() < end, seen
            time.sleep(0.02)


def without_secrets(told: str) -> bool:
    """Tell whether a text holds none of the secrets of the course."""
    return re.search("s3cret|0ther", told) is None
