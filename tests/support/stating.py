"""Stating something of a small organization over HTTP."""

from typing import Any

import httpx

from tests.support.works import ORGANIZATION, answer

POINTS = f"{ORGANIZATION}/datapoints"
STAFF: dict[str, Any] = {"indicator": "workforce.total", "period": 2021, "value": 3529, "unit": "person"}


def state(client: httpx.Client, status: int = 201, **fields: Any) -> Any:
    """State something; anything but `status` fails."""
    return answer(client, "POST", POINTS, status, json=fields)
