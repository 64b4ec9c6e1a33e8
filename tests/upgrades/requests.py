"""What a release is asked for every day, as one course of requests: its statements are recorded from it."""

import time
from typing import Any

import httpx

ACME = "/v1/organizations/acme"
_YEAR = f"{ACME}/disclosures/gri/2025"
_ELECTRICITY = {"plant": "main", "resource": "electricity.grid", "unit": "kWh"}
_CSV = {"Content-Type": "text/csv"}
_MADE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/v1/organizations", {"code": "acme", "name": "Acme", "timezone": "Europe/Berlin", "currency": "EUR"}),
    (f"{ACME}/plants", {"code": "main", "name": "Main", "country": "DE", "timezone": "Europe/Berlin"}),
    (f"{ACME}/meters", {**_ELECTRICITY, "code": "grid", "name": "Grid", "kind": "interval", "interval": "PT15M"}),
    (f"{ACME}/meters", {**_ELECTRICITY, "code": "counter", "name": "Counter", "kind": "register"}),
    ("/v1/keys", {"name": "second", "scopes": ["read", "approve"]}),
)
_READ = (
    f"{ACME}/readings?limit=10",
    f"{ACME}/readings?as_of=2026-01-01T00:00:00Z",
    f"{ACME}/meters/grid/revisions?timestamp=2025-01-01T00:00:00Z",
    *(f"{ACME}/rollups?grain={grain}" for grain in ("hour", "day", "month", "year")),
    f"{ACME}/rollups?grain=year&as_of=2026-01-01T00:00:00Z",
    f"{ACME}/issues",
    *(f"{ACME}/metrics/{name}?year=2025" for name in ("energy", "water", "waste", "emissions", "completeness")),
    _YEAR,
    f"{_YEAR}/figures/energy.total/lineage",
    f"{_YEAR}/publications",
    f"{_YEAR}/publications/1",
    f"{_YEAR}/publications/1/drift",
    f"{_YEAR}/publications/1/exports/csv",
    f"{ACME}/meters",
    f"{ACME}/plants",
    f"{ACME}/factors",
    f"{ACME}/webhooks",
    "/v1/keys",
    "/v1/jobs",
    "/health/ready",
    "/metrics",
)


def go_through(client: httpx.Client) -> None:
    """Send every request of the course; each is answered well."""
    keys = [_well(client.post(path, json=body)) for path, body in _MADE]
    quarters = [f"2025-01-{day:02}T{hour:02}:00:00Z" for day in range(1, 29) for hour in range(24)]
    lines = [f"grid,{at},{number}" for number, at in enumerate(quarters)]
    lines += [f"counter,{at},{number * 10}" for number, at in enumerate(quarters)]
    _well(client.post(f"{ACME}/readings", content="\n".join(["meter,timestamp,value", *lines]), headers=_CSV))
    for value in (2, 3):  # one reading, and a correction of it
        reading = {"meter": "grid", "timestamp": "2025-02-01T00:00:00Z", "value": value}
        for parameters in ({}, {"atomic": "true"}):
            _well(client.post(f"{ACME}/readings", json={"readings": [reading]}, params=parameters))
    withdrawn = {"meter": "grid", "timestamp": "2025-01-01T00:00:00Z", "reason": "wrong"}
    _well(client.request("DELETE", f"{ACME}/readings", params=withdrawn))
    exchange = {"at": "2025-03-01T00:00:00Z", "final_value": 7_000, "first_value": 0, "reason": "swapped"}
    _well(client.post(f"{ACME}/meters/counter/exchanges", json=exchange))
    _well(client.post(f"{_YEAR}/publications", json={}))
    second = {"X-API-Key": str(keys[-1]["key"])}
    for step in ("approve", "publish"):
        _well(client.post(f"{_YEAR}/publications/1/{step}", json={}, headers=second))
    for job in [each["name"] for each in _well(client.get("/v1/jobs"))["items"]]:
        run = _well(client.post(f"/v1/jobs/{job}/runs"))
        end = time.monotonic() + 60
        while _well(client.get(f"/v1/jobs/{job}/runs/{run['run']}"))["state"] == "running":
            assert time.monotonic() < end, f"{job} does not end"
            time.sleep(0.05)
    for path in _READ:
        _well(client.get(path))
    _well(client.get(f"{ACME}/readings", headers={"Accept": "text/csv"}))


def _well(answer: httpx.Response) -> Any:
    assert answer.status_code < 300, f"{answer.request.url}: {answer.text}"
    return answer.json() if answer.headers.get("content-type", "").startswith("application/json") else None
