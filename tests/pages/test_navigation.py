"""Pages lead where who reads them may go, and nowhere else."""

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import ADMIN_KEY, Make
from tests.support.pages import browsing


@pytest.fixture
def reader(client: httpx.Client, make_organization: Make, make_plant: Make) -> Iterator[httpx.Client]:
    """A browser whose key may read acme, which has a plant and no meter."""
    make_organization()
    make_plant(code="main")
    made = client.post("/v1/keys", json={"name": "Rea", "scopes": ["read"], "organizations": ["acme"]}).json()
    with browsing(client, made["key"]) as browser:
        yield browser


@pytest.fixture
def administrator(client: httpx.Client) -> Iterator[httpx.Client]:
    with browsing(client, ADMIN_KEY) as browser:
        yield browser


@pytest.mark.parametrize("path", ["/", "/live", "/organizations/acme/start", "/organizations/acme/monthly"])
def test_every_page_that_a_reader_is_led_to_opens(reader: httpx.Client, path: str) -> None:
    page = reader.get(path)
    assert page.status_code == 200
    content = page.text.partition('<a class="brand"')[2]
    addresses = {each.replace("&amp;", "&") for each in re.findall(r'<a [^>]*href="(/[^"#]*)"', content)}
    assert "/organizations/acme/issues" in {each.partition("?")[0] for each in addresses}
    refused = [each for each in addresses if reader.get(each, follow_redirects=True).status_code in (401, 403)]
    assert refused == []


def test_who_administers_is_led_to_what_runs_from_every_page(reader: httpx.Client, administrator: httpx.Client) -> None:
    for path in ("/", "/live", "/organizations/acme/monthly", "/organizations/acme/run"):
        page = administrator.get(path).text
        assert 'href="/organizations/acme/run' in page, path
    assert 'href="/run"' in page
    assert "/organizations/acme/run" not in reader.get("/", params={"organization": "acme"}).text


def test_an_administrator_of_one_organization_is_not_led_to_the_service(
    client: httpx.Client, reader: httpx.Client
) -> None:
    made = client.post("/v1/keys", json={"name": "Ada", "scopes": ["admin"], "organizations": ["acme"]}).json()
    with browsing(client, made["key"]) as browser:
        page = browser.get("/organizations/acme/run").text
        assert 'href="/organizations/acme/audit"' in page
        assert 'href="/run"' not in page
        assert 'href="/start/organization"' not in browser.get("/organizations/acme/start").text


def test_a_user_who_administers_sees_what_runs_on_the_annual_page_too(
    client: httpx.Client, reader: httpx.Client
) -> None:
    grants = [{"organizations": ["acme"], "scopes": ["admin"]}]
    made = client.post("/v1/users", json={"name": "Uma", "email": "uma@acme.example", "grants": grants})
    assert made.status_code == 201, made.text
    sent = {"email": "uma@acme.example", "password": made.json()["password"]}
    begun = reader.post("/session", data=sent, headers={"Cookie": ""})
    cookie = begun.headers["set-cookie"].partition(";")[0]
    for path in ("/", "/live"):
        page = reader.get(path, params={"organization": "acme"}, headers={"Cookie": cookie})
        assert page.status_code == 200
        assert 'href="/organizations/acme/run' in page.text, path
