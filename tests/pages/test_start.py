"""From an empty service to the first reading, by the pages alone; what is refused is told beside its field and kept."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest

from app.core.language import speaking
from app.pages.start.places import currency_of, grids_at, place_named, places_found, zone_of
from app.pages.start.refusals import code_from
from tests.conftest import ADMIN_KEY, Make
from tests.support.pages import OWN, browsing

START = "/organizations/acme-ltd/start"
COMPANY = {"name": "Acme Ltd.", "country": "CN", "fiscal_year_start_month": "4", "consolidation": "equity_share"}
BILL = {"name": "Grid", "kind": "interval", "unit": "MWh", "interval": "P1M", "timestamp_edge": "interval_start"}


@pytest.fixture
def admin(client: httpx.Client) -> Iterator[httpx.Client]:
    with browsing(client, ADMIN_KEY) as browser:
        yield browser


@pytest.fixture
def works(admin: httpx.Client) -> httpx.Client:
    """A browser of who has made an organization and a plant by the pages."""
    assert admin.post("/start/organization", data=COMPANY | {"frameworks": ["gri", "hkex"]}).status_code == 303
    sent = {"name": "Main works", "operational_control": "1", "equity_share": "60 %"}
    assert admin.post(f"{START}/plant?place=CN-JX", data=sent).status_code == 303
    return admin


def wrong(answer: httpx.Response, field: str) -> str:
    """Return what is told beside a field of a form that was refused."""
    assert answer.status_code == 422, answer.text
    assert "Nothing is stored yet" in answer.text
    return unescape(answer.text.split(f'id="{field}-words"')[1].split(">", 1)[1].split("</p>")[0])


def value(answer: httpx.Response, field: str) -> str:
    """Return what stands in a field."""
    tag = re.search(rf'<input id="{field}"[^>]*>', answer.text)
    assert tag is not None, field
    return unescape(re.findall(r'value="([^"]*)"', tag[0])[0])


def test_an_empty_service_becomes_one_with_a_first_reading(client: httpx.Client, admin: httpx.Client) -> None:
    assert 'href="/start"' in admin.get("/").text
    assert admin.get("/start").headers["Location"] == "/start/organization"
    made = admin.post("/start/organization", data=COMPANY | {"frameworks": ["gri", "hkex"]})
    assert (made.status_code, made.headers["Location"]) == (303, f"{START}/plant?country=CN&done=organization")
    stored = client.get("/v1/organizations/acme-ltd").json()
    wanted: dict[str, Any] = {"code": "acme-ltd", "name": "Acme Ltd.", "timezone": "Asia/Shanghai", "currency": "CNY"}
    wanted |= {"fiscal_year_start_month": 4, "consolidation": "equity_share", "frameworks": ["gri", "hkex"]}
    assert {name: stored[name] for name in wanted} == wanted

    assert "Jiangxi, China" in admin.get(f"{START}/places?q=jiangx").text
    assert "CN-JX" in admin.get(f"{START}/plant?q=江西").text
    sent = {"name": "Main works", "operational_control": "1", "equity_share": "60 %"}
    plant = admin.post(f"{START}/plant?place=CN-JX", data=sent)
    assert plant.headers["Location"] == f"{START}/meter?plant=main-works&done=plant"
    stored = client.get("/v1/organizations/acme-ltd/plants/main-works").json()
    wanted = {"country": "CN", "region": "CN-JX", "grid_region": None, "timezone": "Asia/Shanghai"}
    wanted |= {"equity_share": 0.6, "operational_control": True, "financial_control": False}
    assert {name: stored[name] for name in wanted} == wanted

    meter = admin.post(f"{START}/meter?plant=main-works&resource=electricity.grid", data=BILL | {"act": "make"})
    assert meter.headers["Location"] == f"{START}/key?meter=grid&done=meter"
    stored = client.get("/v1/organizations/acme-ltd/meters/grid").json()
    wanted = {"plant": "main-works", "kind": "interval", "unit": "MWh", "interval": "P1M", "edge_assumed": False}
    assert {name: stored[name] for name in wanted} == wanted

    key = admin.post(f"{START}/key?meter=grid", data={"name": "Gateway", "bound": "plant:main-works", "value": "81.5"})
    secret = re.findall(r'id="secret">([^<]+)<', key.text)[0]
    assert key.text.count(secret) == 4, "by itself, and in three ways to send"
    assert "&#34;value&#34;: 81.5" in key.text
    assert secret not in admin.get(f"{START}/key?meter=grid").text
    bound = client.get("/v1/keys").json()["items"][0]
    assert (bound["scopes"], bound["plants"], bound["organizations"]) == (["ingest"], ["main-works"], ["acme-ltd"])
    assert admin.get(f"{START}/seen?meter=grid").status_code == 200
    row = {"meter": "grid", "timestamp": "2026-02-01T00:00:00+08:00", "value": 81.5}
    sent_by = httpx.Client(transport=client._transport, base_url="http://esg.test", headers={"X-API-Key": secret})
    assert sent_by.post("/v1/organizations/acme-ltd/readings", json={"readings": [row]}).json()["inserted"] == 1
    assert sent_by.get("/v1/organizations/acme-ltd").status_code == 403, "and nothing else"
    seen = admin.get(f"{START}/seen?meter=grid")
    assert (seen.status_code, "hx-get" in seen.text, "81.5 MWh, 2026-02-01 00:00" in seen.text) == (286, False, True)
    assert admin.get(START).text.count('<li class="done">') == 5

    entries = client.get("/v1/organizations/acme-ltd/audit").json()["items"]
    assert [(each["operation"], each["kind"]) for each in entries] == [
        ("make_key", "key"),
        ("add_meter", "meter"),
        ("add_plant", "plant"),
        ("add_organization", "organization"),
    ]
    assert {each["actor"] for each in entries} == {"environment"}


def test_what_is_refused_is_told_beside_its_field_and_nothing_typed_is_lost(
    client: httpx.Client, works: httpx.Client
) -> None:
    again = works.post("/start/organization", data={"name": "Acme Ltd", "country": "DE"})
    assert "has this code already" in wrong(again, "code")
    assert value(again, "name") == "Acme Ltd"
    nameless = works.post("/start/organization", data={"name": " ", "currency": "Euro"})
    assert wrong(nameless, "name") == "Fill this in."
    assert "Choose a country" in wrong(nameless, "country")
    assert value(nameless, "currency") == "Euro"
    unnamed = works.post("/start/organization", data={"code": "bolt", "country": "DE", "currency": "Euro"})
    assert wrong(unnamed, "name") == "Fill this in."
    assert wrong(unnamed, "currency").startswith("Three capital letters"), "all at once"
    assert works.post("/start/organization", data={"code": "bolt", "country": "DE"}).status_code == 422
    assert client.get("/v1/organizations/bolt").status_code == 404
    euro = works.post("/start/organization", data={"name": "Bolt", "country": "DE", "currency": "Euro"})
    assert wrong(euro, "currency") == "Three capital letters, such as CNY or EUR."

    plant = {"name": "Süd", "code": "a b", "timezone": "Mars/Olympus", "equity_share": "60"}
    refused = works.post(f"{START}/plant?place=DE", data=plant)
    assert "beginning with a letter or digit" in wrong(refused, "code")
    refused = works.post(f"{START}/plant?place=DE", data=plant | {"code": "sued"})
    assert "not an IANA time zone" in wrong(refused, "timezone")
    assert (value(refused, "name"), value(refused, "equity_share")) == ("Süd", "60")
    assert "stands" in works.post(f"{START}/plant", data=plant).text.split('role="alert"')[2]
    assert "number of percent" in wrong(
        works.post(f"{START}/plant?place=DE", data=plant | {"equity_share": "x"}), "equity_share"
    )

    address = f"{START}/meter?plant=main-works&resource=fuel.natural_gas"
    gas = BILL | {"act": "make", "name": "Gas", "unit": "kWh", "attribute_use": "vehicle"}
    refused = works.post(address, data=gas)
    assert "heating value" in wrong(refused, "basis")
    assert '<option value="vehicle" selected>' in refused.text
    refused = works.post(address, data=gas | {"unit": "m3", "multiplier": "1,2", "code": "a b"})
    assert "beginning with a letter" in wrong(refused, "code")
    assert "such as 1234.5" in wrong(refused, "multiplier")
    assert value(refused, "multiplier") == "1,2"
    assert client.get("/v1/organizations/acme-ltd/meters").json()["items"] == []
    stored = works.post(address, data=gas | {"basis": "gross", "multiplier": "1,200.5"})
    assert stored.headers["Location"] == f"{START}/key?meter=natural-gas&done=meter"
    meter = client.get("/v1/organizations/acme-ltd/meters/natural-gas").json()
    assert (meter["multiplier"], meter["basis"], meter["attributes"]) == (1200.5, "gross", {"use": "vehicle"})

    late = {"name": "G", "bound": "meter:natural-gas", "expires_on": "2020-01-01"}
    refused = works.post(f"{START}/key", data=late)
    assert "lies in the past" in wrong(refused, "expires_on")
    assert 'value="meter:natural-gas" selected' in refused.text
    assert "Choose which meters" in wrong(works.post(f"{START}/key", data=late | {"bound": "x"}), "bound")
    assert client.get("/v1/keys").json()["items"] == []


def test_pasted_rows_fill_the_form_with_reasons_and_store_nothing(client: httpx.Client, works: httpx.Client) -> None:
    address = f"{START}/meter?plant=main-works&resource=electricity.grid"
    rows = "Time;MWh\n2026-03-01 00:15;10412.5\n2026-03-01 00:30;10415.0\n2026-03-01 00:45;10417.2"
    told = works.post(address, data={"act": "recognise", "rows": rows, "name": "Hall 1", "kind": "event"})

    assert told.status_code == 200
    assert re.findall(r'id="kind-(\w+)" value="\w+" checked', told.text) == ["register"]
    assert '<option value="MWh" selected>' in told.text
    assert "10412.5 to 10417.2: a counter." in told.text
    assert value(told, "name") == "Hall 1"
    assert unescape(told.text).split('spellcheck="false"')[1].split("</textarea>")[0].endswith(rows)
    untold = "2026-03-01 10:20;5\n2026-03-01 10:25;4\n2026-03-01 10:30;6"
    asked = works.post(address, data={"act": "recognise", "rows": untold, "timestamp_edge": "interval_end"})
    assert '<option value="" selected>not known yet' in asked.text
    assert "No row with a time" in wrong(works.post(address, data={"act": "recognise", "rows": "hello"}), "rows")
    assert client.get("/v1/organizations/acme-ltd/meters").json()["items"] == []


def test_every_kind_of_thing_can_be_made_a_meter_of(client: httpx.Client, works: httpx.Client) -> None:
    def make(resource: str, **sent: str) -> Any:
        answer = works.post(f"{START}/meter?plant=main-works&resource={resource}", data={"act": "make", **sent})
        assert answer.status_code == 303, answer.text
        code = re.findall(r"meter=([^&]+)", answer.headers["Location"])[0]
        return client.get(f"/v1/organizations/acme-ltd/meters/{code}").json()

    # What is not asked of a kind is not sent, whatever stands in the fields that are hidden then.
    stale = {"interval": "PT15M", "timestamp_edge": "interval_end", "register_modulus": "100000", "max_rate": "5"}
    counter = make("water.withdrawal", kind="register", unit="m3", **stale)
    assert (counter["interval"], counter["timestamp_edge"], counter["register_modulus"]) == (None, None, 100000)
    heads = make("headcount", kind="stock", unit="person", **stale)
    assert (heads["code"], heads["max_rate"], heads["timestamp_edge"]) == ("headcount", None, None)
    gas = make("refrigerant.<gas>", kind="event", unit="kg", member="R410A", code="chiller")
    assert (gas["resource"], gas["code"]) == ("refrigerant.R410A", "chiller")
    stack = make("air.<pollutant>.concentration", kind="gauge", unit="mg/m3", member="so2", code="so2", **stale)
    assert (stack["resource"], stack["timestamp_edge"]) == ("air.so2.concentration", "interval_end")
    money = make("revenue.total", kind="interval", unit="CNY", interval="P1M", timestamp_edge="interval_start")
    assert (money["code"], money["unit"]) == ("total", "CNY")


def test_steps_are_gone_back_to_changed_and_undone(client: httpx.Client, works: httpx.Client) -> None:
    page = works.get(f"{START}/organization")
    assert value(page, "name") == "Acme Ltd."
    changed = works.post(f"{START}/organization", data={"name": "Acme Group", "frameworks": ["hkex", "gri"]})
    assert changed.status_code == 303
    stored = client.get("/v1/organizations/acme-ltd").json()
    assert (stored["name"], stored["frameworks"], stored["currency"]) == ("Acme Group", ["gri", "hkex"], "CNY")

    works.post(f"{START}/meter?plant=main-works&resource=electricity.grid", data=BILL | {"act": "make"})
    assert "main-works" in works.get(f"{START}/plant").text
    kept = works.post(f"{START}/plant/gone", data={"plant": "main-works"})
    assert kept.status_code == 422
    assert "still has meters" in kept.text.split('role="alert"')[1].split("</p>")[0]
    assert works.post(f"{START}/meter/gone", data={"meter": "grid"}).status_code == 303
    assert works.post(f"{START}/plant/gone", data={"plant": "main-works"}).status_code == 303
    assert client.get("/v1/organizations/acme-ltd/plants").json()["items"] == []
    assert works.get(f"{START}/reading").headers["Location"] == START
    unreadable = works.post(f"{START}/plant/gone", data={"plant": "a\0b"})
    assert (unreadable.status_code, "This cannot be shown" in unreadable.text) == (400, True)
    assert works.get(f"{START}/seen?meter=a%00b").status_code == 422


def test_who_may_not_set_up_sees_what_has_been_done_and_no_more(client: httpx.Client, make_organization: Make) -> None:
    make_organization(code="acme")
    for scopes, own, new in ((["read"], 403, 403), (["admin"], 200, 403)):
        key = client.post("/v1/keys", json={"name": "k", "scopes": scopes, "organizations": ["acme"]}).json()["key"]
        with browsing(client, key) as browser:
            assert browser.get("/organizations/acme/start").status_code == 200
            assert browser.get("/organizations/acme/start/plant").status_code == own
            assert browser.get("/start/organization").status_code == new
            assert browser.post("/start/organization", data=COMPANY).status_code == new
            assert browser.get("/organizations/other/start/seen").status_code == 404
    stranger = httpx.Client(transport=client._transport, base_url="http://esg.test", headers={"Accept": "text/html"})
    assert stranger.get("/organizations/acme/start/plant").headers["Location"].startswith("/sign-in?next=")
    assert stranger.get("/organizations/acme/start/seen").status_code == 404


def test_people_are_added_for_what_they_do_here(client: httpx.Client, works: httpx.Client) -> None:
    uma = {"name": "Uma Berg", "email": "uma@start.example", "role": "approve"}
    made = works.post(f"{START}/person", data=uma)
    password = unescape(re.findall(r'id="secret">([^<]+)<', made.text)[0])
    browser = httpx.Client(transport=client._transport, base_url="http://esg.test", headers=OWN)
    assert browser.post("/session", data={"email": uma["email"], "password": password}).status_code == 303
    assert browser.get(START).status_code == 200
    assert browser.get(f"{START}/person").status_code == 403
    stored = client.get("/v1/users/uma@start.example").json()
    assert stored["grants"] == [{"scopes": ["read", "approve"], "organizations": ["acme-ltd"]}]

    again = works.post(f"{START}/person", data=uma)
    assert "already" in wrong(again, "email")
    assert value(again, "name") == "Uma Berg"
    assert password not in again.text
    assert wrong(works.post(f"{START}/person", data=uma | {"name": ""}), "name") == "Fill this in."
    assert "Choose what they do." in works.post(f"{START}/person", data=uma | {"role": "boss"}).text
    assert len(client.get("/v1/users").json()["items"]) == 1


def test_proposals_follow_name_and_country_and_leave_what_was_typed(admin: httpx.Client) -> None:
    asked = {
        "name": "Bolt & Söhne GmbH",
        "country": "DE",
        "code": "bolt",
        "code_was": "acme",
        "currency": "CNY",
        "currency_was": "CNY",
    }
    answer = admin.get("/start/proposed", params=asked)
    assert (value(answer, "code"), value(answer, "timezone"), value(answer, "currency")) == (
        "bolt",
        "Europe/Berlin",
        "EUR",
    )
    assert '<input type="hidden" name="code_was" value="bolt-sohne-gmbh">' in answer.text


def test_a_place_proposes_its_clock_its_money_and_its_grid() -> None:
    zones = {"US-TX": "America/Chicago", "US-CA": "America/Los_Angeles", "AU-VIC": "Australia/Melbourne"}
    zones |= {
        "BR-MT": "America/Cuiaba",
        "CA-ON": "America/Toronto",
        "CN-XJ": "Asia/Shanghai",
        "US-NY": "America/New_York",
    }
    assert {code: zone_of(code[:2], code) for code in zones} == zones
    assert [zone_of(each) for each in ("CN", "RU", "HK", "XX")] == [
        "Asia/Shanghai",
        "Europe/Moscow",
        "Asia/Hong_Kong",
        "",
    ]
    assert [currency_of(each) for each in ("CN", "HK", "DE", "US")] == ["CNY", "HKD", "EUR", "USD"]

    def grids(code: str) -> list[str]:
        place = place_named(code)
        assert place is not None
        return [each.code for each in grids_at(place)]

    assert (grids("CN-JX"), grids("AU-NT"), grids("HK")) == ([], ["AU-NT-DKIS"], ["HK-CLP", "HK-HKE"])
    assert (len(grids("US-TX")), grids("US-CAMX"), grids("DE")) == (27, [], [])
    assert [each.code for each in places_found("us-ca")][:1] == ["US-CA"]
    assert [each.code for each in places_found("germany")] == ["DE"]
    with speaking("zh"):
        assert [each.title for each in places_found("德国")] == ["德国"]
    assert code_from("Acme Ltd.", {"acme-ltd": 1}, fallback="x") == "acme-ltd-2"
    assert code_from("永磁", fallback="company") == "company"
