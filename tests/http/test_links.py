"""Pages link to the page behind them, and operations that go say so in their answers."""

import asyncio
from datetime import date
from types import SimpleNamespace

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from app.http.deprecation import deprecated
from app.http.exact_route import ExactRoute
from tests.support.desk import Desk
from tests.support.works import ORGANIZATION

GOES = deprecated(since=date(2027, 1, 1), sunset=date(2028, 1, 1), guide="/docs#new")


@pytest.mark.parametrize("path", ["/meters?kind=interval&kind=register", "/readings?meter=grid&meter=coal", "/factors"])
def test_a_page_links_to_the_one_behind_it_with_the_same_filters(desk: Desk, path: str) -> None:
    sign = "&" if "?" in path else "?"
    first = desk.client.get(f"{ORGANIZATION}{path}{sign}limit=2")
    assert first.links["next"]["url"].startswith(f"{ORGANIZATION}{path.partition('?')[0]}?")
    second = desk.client.get(first.links["next"]["url"])
    assert second.status_code == 200, second.text
    whole = desk.client.get(f"{ORGANIZATION}{path}{sign}limit=1000")
    expected = whole.json()["items"]
    assert first.json()["items"] + second.json()["items"] == expected[:4]
    assert "next" not in whole.links


def test_an_operation_that_goes_says_since_when_until_when_and_what_to_use_instead() -> None:
    router = APIRouter(route_class=ExactRoute)

    @router.get("/old", **GOES)
    def get_old() -> dict[str, str]:
        return {"a": "b"}

    @router.get("/new")
    def get_new() -> dict[str, str]:
        return {"a": "b"}

    app = FastAPI()
    app.include_router(router)
    app.state.threads, app.state.known_answers = SimpleNamespace(admission=None), None
    app.state.settings = SimpleNamespace(max_query_days=None, max_page_items=1000)
    old, new = (_get(app, path) for path in ("/old", "/new"))
    assert old.headers["deprecation"] == "@1798761600"
    assert old.headers["sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
    assert old.headers["link"] == '</docs#new>; rel="deprecation"'
    assert not {"deprecation", "sunset", "link"} & set(new.headers)
    operations = app.openapi()["paths"]
    assert (operations["/old"]["get"]["deprecated"], "deprecated" in operations["/new"]["get"]) == (True, False)


def test_what_is_deprecated_works_for_a_year_at_least() -> None:
    with pytest.raises(ValueError, match="365 days at least"):
        deprecated(since=date(2027, 1, 1), sunset=date(2027, 12, 31), guide="/docs")


def _get(app: FastAPI, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://esg.test") as client:
            return await client.get(path)

    return asyncio.run(ask())
