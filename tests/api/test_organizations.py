"""Organizations over HTTP."""

from typing import Any

import httpx
import pytest

from tests.conftest import Make
from tests.support.shared import BEFORE

ACME = {"code": "acme", "name": "Acme", "timezone": "Asia/Shanghai", "currency": "CNY"}


def test_an_organization_is_created_with_the_documented_defaults(client: httpx.Client) -> None:
    answer = client.post("/v1/organizations", json=ACME)

    assert answer.status_code == 201
    assert answer.headers["Location"] == "/v1/organizations/acme"
    created = answer.json()
    assert created.pop("created_at").endswith("Z")
    assert created == {
        **ACME,
        "fiscal_year_start_month": 1,
        "fiscal_year_label": "start",
        "consolidation": "operational_control",
        "rounding": "half_up",
        "factor_set": None,
        "frameworks": ["hkex"],
        "plausibility": "history",
        "history_from": None,
    }
    assert client.get("/v1/organizations/acme").json()["name"] == "Acme"


def test_an_organization_without_a_name_is_called_by_its_code(make_organization: Make) -> None:
    assert make_organization(code="b.c-d_9", name=None)["name"] == "b.c-d_9"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("code", "with space", "string_pattern_mismatch"),
        ("code", "-dash", "string_pattern_mismatch"),
        ("code", "a" * 65, "string_pattern_mismatch"),
        ("code", "acme\n", "string_pattern_mismatch"),
        ("timezone", "Asia/Atlantis", "unknown_timezone"),
        ("timezone", "../../etc/passwd", "string_pattern_mismatch"),
        ("currency", "yuan", "string_pattern_mismatch"),
        ("fiscal_year_start_month", 13, "less_than_equal"),
        ("fiscal_year_start_month", "4", "int_type"),
        ("fiscal_year_start_month", 4.0, "int_type"),
        ("rounding", "nearest", "enum"),
        ("name", "", "string_too_short"),
        ("name", "a\u0000b", "control_character"),
        ("name", "Uma \u202e Berg", "control_character"),
        ("name", "a\u0085b", "control_character"),
        ("name", None, None),
        ("colour", "red", "extra_forbidden"),
    ],
)
def test_a_bad_field_of_an_organization_is_named(
    client: httpx.Client, field: str, value: Any, code: str | None
) -> None:
    before = client.get("/v1/organizations").json()

    answer = client.post("/v1/organizations", json={**ACME, field: value})

    if code is None:
        assert answer.status_code == 201
        return
    assert answer.status_code == 422
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [(field, code)]
    assert client.get("/v1/organizations").json() == before


def test_a_lone_surrogate_in_a_name_is_refused(client: httpx.Client) -> None:
    body = b'{"code":"acme","name":"\\ud800","timezone":"UTC","currency":"CNY"}'

    answer = client.post("/v1/organizations", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "name"


def test_a_code_cannot_be_taken_twice(client: httpx.Client, make_organization: Make) -> None:
    make_organization()

    answer = client.post("/v1/organizations", json=ACME)

    assert answer.status_code == 409
    assert answer.json()["code"] == "duplicate_code"


def test_a_patch_changes_only_what_is_sent(client: httpx.Client, make_organization: Make) -> None:
    made = make_organization(factor_set="cn-2025")

    answer = client.patch("/v1/organizations/acme", json={"rounding": "down", "factor_set": None})

    assert answer.status_code == 200
    assert answer.json() == {**made, "rounding": "down", "factor_set": None}
    assert client.get("/v1/organizations/acme").json() == answer.json()


@pytest.mark.parametrize(
    ("change", "field"),
    [({"name": None}, "name"), ({"code": "other"}, "code"), ({"timezone": "Mars/Base"}, "timezone")],
)
def test_a_patch_that_makes_no_sense_changes_nothing(
    client: httpx.Client, make_organization: Make, change: dict[str, Any], field: str
) -> None:
    made = make_organization()

    answer = client.patch("/v1/organizations/acme", json={"rounding": "down", **change})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert client.get("/v1/organizations/acme").json() == made


def test_the_currency_stays_while_a_ledger_is_kept_in_it(
    client: httpx.Client, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    make_organization()
    make_plant()
    make_meter(code="sales", resource="revenue.product", kind="interval", unit="CNY", interval="P1M")

    answer = client.patch("/v1/organizations/acme", json={"currency": "EUR"})

    assert answer.status_code == 409
    assert answer.json()["code"] == "still_in_use"


def test_an_organization_is_deleted_only_when_nothing_depends_on_it(
    client: httpx.Client, make_organization: Make, make_plant: Make
) -> None:
    make_organization()
    make_plant()

    refused = client.delete("/v1/organizations/acme")
    client.delete("/v1/organizations/acme/plants/main")
    done = client.delete("/v1/organizations/acme")

    assert (refused.status_code, refused.json()["code"]) == (409, "still_in_use")
    assert (done.status_code, done.content) == (204, b"")
    assert client.get("/v1/organizations/acme").status_code == 404


def test_pages_follow_each_other_in_the_order_of_bytes(client: httpx.Client, make_organization: Make) -> None:
    for code in ("b", "a_1", "B", "a-1", "a", "C.1", "0"):
        make_organization(code=code)
    seen: list[str] = []
    cursor: str | None = ""

    while cursor is not None:
        page = client.get("/v1/organizations", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [item["code"] for item in page["items"]]
        cursor = page["next"]

    assert seen == sorted(seen)
    assert [code for code in seen if not code.startswith(BEFORE)] == ["0", "B", "C.1", "a", "a-1", "a_1", "b"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "WzFd"}, "cursor"),
        ({"limit": "0"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"limit": "many"}, "limit"),
    ],
)
def test_a_bad_page_is_refused(client: httpx.Client, query: dict[str, str], field: str) -> None:
    answer = client.get("/v1/organizations", params=query)

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == field
