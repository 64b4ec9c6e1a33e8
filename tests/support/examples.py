"""Driving the service over HTTP for a worked example, the way a client would."""

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import httpx


class Service:
    """The service behind one client that holds an administrator key; numbers come back as Decimal."""

    def __init__(self, client: httpx.Client, roll: Callable[[], object]) -> None:
        self._client = client
        self._roll = roll

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create something; anything but 201 fails."""
        return self._answer("POST", path, 201, content=_json(body), headers={"Content-Type": "application/json"})

    def put(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Replace something; anything but 200 fails."""
        return self._answer("PUT", path, 200, content=_json(body), headers={"Content-Type": "application/json"})

    def change(self, path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Change some fields of something; anything but 200 fails."""
        return self._answer("PATCH", path, 200, content=_json(fields), headers={"Content-Type": "application/json"})

    def ask(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Have something computed; anything but 200 fails."""
        return self._answer("POST", path, 200, content=_json(body), headers={"Content-Type": "application/json"})

    def post_csv(self, organization: str, body: bytes) -> dict[str, Any]:
        """Send readings as CSV; anything but 200 fails."""
        path = f"/v1/organizations/{organization}/readings"
        return self._answer("POST", path, 200, content=body, headers={"Content-Type": "text/csv"})

    def withdraw(self, organization: str, meter: str, timestamp: str, *, reason: str, **of: str) -> None:
        """Withdraw a reading, of a ticket when its reference is given; anything but 204 fails."""
        query = {"meter": meter, "timestamp": timestamp, "reason": reason, **of}
        response = self._client.delete(f"/v1/organizations/{organization}/readings", params=query)
        assert response.status_code == 204, response.text

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Read something; anything but 200 fails."""
        return self._answer("GET", path, 200, params=query)

    def roll(self) -> None:
        """Work off what the readings have touched."""
        self._roll()

    def _answer(self, method: str, path: str, status: int, **arguments: Any) -> dict[str, Any]:
        response = self._client.request(method, path, **arguments)
        assert response.status_code == status, f"{method} {path}: {response.status_code} {response.text}"
        answer: dict[str, Any] = json.loads(response.text, parse_float=Decimal)
        return answer


def set_up(service: Service, example: Mapping[str, Any], case: Mapping[str, Any] | None = None) -> str:
    """Create the example's organization, send its readings and those of the case, roll up; return its path."""
    code = example["organization"]["code"]
    path = f"/v1/organizations/{code}"
    _create(service, path, example)
    for instrument in (case or {}).get("instruments", ()):
        service.post(f"{path}/instruments", instrument)
    for readings in _bodies(example, case or {}):
        outcome = service.post_csv(code, readings)
        assert outcome["inserted"] == outcome["received"], outcome
    service.roll()
    return path


def _create(service: Service, path: str, example: Mapping[str, Any]) -> None:
    service.post("/v1/organizations", example["organization"])
    for resource in example.get("resources", ()):
        service.post(f"{path}/resources", resource)
    for plant in example["plants"]:
        service.post(f"{path}/plants", plant)
    for meter in example["meters"]:
        service.post(f"{path}/meters", meter)
    for value in example.get("calorific_values", ()):
        service.post(f"{path}/calorific-values", value)
    for factor in example.get("factors", ()):
        service.post(f"{path}/factors", factor)
    service.put(f"{path}/factor-pins", {"items": example.get("pins", [])})
    if "figure_settings" in example:
        service.put(f"{path}/figure-settings", {"items": example["figure_settings"]})


def _bodies(example: Mapping[str, Any], case: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield the CSV bodies of a case; `only` narrows them to some meters."""
    for text in (example["readings"], case.get("readings")):
        if text:
            header, *rows = text.splitlines()
            kept = [row for row in rows if "only" not in case or row.split(",")[0] in case["only"]]
            if kept:
                yield "\n".join([header, *kept]).encode()


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, default=str).encode()
