"""What is asked of a company whose fiscal years change: settings, columns with their periods, publications."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from app.store.engine.database import Database
from tests.support.works import DISCLOSURE, ORGANIZATION, answer, get, send

MONTHLY = {"interval": "P1M", "timestamp_edge": "interval_start"}
POWER = "consumption.electricity"
APRIL = {"valid_from": "2024-04-01", "start_month": 4, "label": "start", "transition": "short"}
"""Years that begin in April from 2024 on; what is left before is a transition period of its own."""


def send_months(client: httpx.Client, database: Database, kwh: Mapping[str, int]) -> None:
    """Send a month's electricity for each month named, a year standing for each of its months; roll up."""
    months = {
        month: value
        for name, value in kwh.items()
        for month in ([name] if "-" in name else [f"{name}-{each:02}" for each in range(1, 13)])
    }
    send(
        client,
        database,
        "".join(f"grid,{month}-01T00:00:00+08:00,{value}\n" for month, value in months.items()),
    )


def put_fiscal_years(client: httpx.Client, *settings: Mapping[str, Any], status: int = 200) -> Any:
    """Put dated settings in the place of all there are."""
    return answer(client, "PUT", f"{ORGANIZATION}/fiscal-years", status, json={"items": list(settings)})


def refused(client: httpx.Client, *settings: Mapping[str, Any], status: int) -> list[tuple[int | None, str, str]]:
    """Return (index, field, code) of each error of settings that are refused."""
    found = put_fiscal_years(client, *settings, status=status)
    return [(each["index"], each["field"], each["code"]) for each in found["errors"]]


Column = tuple[str, str, str, str, Decimal | None]
"""Name, first and last day in Shanghai, kind, and the value in MWh."""


def columns(client: httpx.Client, year: int, key: str = POWER, **query: Any) -> list[Column]:
    """Return the columns that a disclosure shows of a figure: its own period first, then the earlier ones."""
    disclosure = get(client, f"{DISCLOSURE}/{year}", **query)
    figure = figure_of(disclosure, key)
    own = _column(disclosure["period"], figure["value"])
    return [own, *(_column(each["period"], each["value"]) for each in figure["comparatives"])]


def figure_of(disclosure: Mapping[str, Any], key: str = POWER) -> Any:
    """Return a total figure of a disclosure or a document."""
    return next(each for each in disclosure["figures"] if each["key"] == key and not each["dimensions"])


def publish(client: httpx.Client, year: int, **body: Any) -> dict[str, Any]:
    """Prepare, approve and publish by two keys; the publication."""
    keys = [
        answer(client, "POST", "/v1/keys", 201, json={"name": scope, "scopes": [scope, "read"]})["key"]
        for scope in ("prepare", "approve")
    ]
    preparer, approver = ({"X-API-Key": key} for key in keys)
    query = {"transition": body.pop("transition", False)}
    place = f"{DISCLOSURE}/{year}/publications"
    number = answer(client, "POST", place, 201, json=body, headers=preparer, params=query)["number"]
    answer(client, "POST", f"{place}/{number}/approve", 200, json={}, headers=approver)
    published: dict[str, Any] = answer(client, "POST", f"{place}/{number}/publish", 200, json={}, headers=approver)
    return published


def _column(period: Mapping[str, str], value: Any) -> Column:
    return (period["name"], *days_of(period), period["kind"], None if value is None else Decimal(value))


def days_of(period: Mapping[str, str]) -> tuple[str, str]:
    """Return the first and last day of a period of an organization in Shanghai, whose days begin at 16:00 UTC."""
    first, end = (_local(period[name]) for name in ("start", "end"))
    return first.isoformat(), (end - timedelta(days=1)).isoformat()


def _local(instant: str) -> date:
    return datetime.fromisoformat(instant).astimezone(ZoneInfo("Asia/Shanghai")).date()
