"""Nobody approves by a second key what they prepared; publications tell the names of people, also of deleted keys."""

from collections.abc import Callable
from itertools import count
from typing import Any

import httpx
import pytest

from tests.support.desk import Desk, desk
from tests.support.works import DISCLOSURE

__all__ = ["desk"]
PLACE = f"{DISCLOSURE}/2021/publications"
EVERYTHING = [{"scopes": ["admin"], "organizations": None}]
SCOPES = ["admin"]
_numbers = count(1)
Hand = dict[str, str]
"""Headers by which somebody acts."""


@pytest.fixture
def person(desk: Desk) -> Callable[[str], tuple[str, Hand]]:
    """Make a user and sign them in; return their code and their headers."""

    def made(name: str) -> tuple[str, Hand]:
        body = {"name": name, "email": f"{next(_numbers)}@works.example", "grants": EVERYTHING}
        user = desk.client.post("/v1/users", json=body).json()
        with httpx.Client(transport=desk.client._transport, base_url="http://esg.test") as browser:
            answer = browser.post("/session", data={"email": user["email"], "password": user["password"]})
        cookie = answer.headers["set-cookie"].partition(";")[0]
        return user["code"], {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}

    return made


def acts(desk: Desk, hand: Hand, method: str, path: str, body: Any = None) -> httpx.Response:
    with httpx.Client(transport=desk.client._transport, base_url="http://esg.test") as anybody:
        return anybody.request(method, path, headers=hand, json=body)


def key_of(desk: Desk, hand: Hand, name: str, **fields: Any) -> Hand:
    answer = acts(desk, hand, "POST", "/v1/keys", {"name": name, "scopes": SCOPES, **fields})
    assert answer.status_code == 201, answer.text
    return {"X-API-Key": answer.json()["key"], "code": answer.json()["code"]}


def test_a_preparer_does_not_approve_by_a_key_that_they_own_or_were_shown(
    desk: Desk, person: Callable[[str], tuple[str, Hand]]
) -> None:
    (uma, by_uma), (ned, by_ned) = person("Uma Berg"), person("Ned Lund")
    operator = {"X-API-Key": desk.client.headers["X-API-Key"]}
    own = key_of(desk, operator, "laptop", owner=uma)
    made = key_of(desk, by_uma, "line 2")
    of_ned = key_of(desk, by_uma, "Ned's", owner=ned)
    grandchild = key_of(desk, made, "by a key")
    machine = key_of(desk, operator, "machine")
    hands = {
        "uma": by_uma,
        "own": own,
        "made": made,
        "made too": key_of(desk, by_uma, "line 3"),
        "of ned, made by uma": of_ned,
        "grandchild": grandchild,
        "machine": machine,
        "ned": by_ned,
        "operator": operator,
    }

    def approves(preparer: str, approver: str) -> str:
        number = acts(desk, hands[preparer], "POST", PLACE, {}).json()["number"]
        answer = acts(desk, hands[approver], "POST", f"{PLACE}/{number}/approve", {})
        return str(answer.json().get("code", answer.json().get("status")))

    mine = ("uma", "own", "made", "of ned, made by uma", "grandchild")
    assert {approves("uma", each) for each in mine} == {"own_publication"}
    assert {approves(each, "uma") for each in mine} == {"own_publication"}
    assert approves("made", "made too") == "own_publication", "one person has seen both secrets"
    assert approves("made", "grandchild") == "own_publication"
    assert approves("own", "made") == "own_publication", "the owner of the one made the other"
    assert approves("ned", "of ned, made by uma") == "own_publication"
    assert {approves("uma", "ned"), approves("own", "ned"), approves("made", "machine")} == {"approved"}
    assert approves("machine", "machine") == "own_publication"
    assert approves("operator", "machine") == "approved", "the operator makes keys for everybody"

    rotated = acts(desk, by_uma, "POST", f"/v1/keys/{machine['code']}/rotate", {"overlap_s": 0}).json()["key"]
    hands["machine"] = {"X-API-Key": rotated}
    assert approves("uma", "machine") == "own_publication", "who rotates a key has seen its secret"
    assert approves("ned", "machine") == "approved"


def test_a_publication_tells_names_that_stay_when_a_key_is_deleted(
    desk: Desk, person: Callable[[str], tuple[str, Hand]]
) -> None:
    (uma, by_uma), (_, by_ned) = person("Uma Berg"), person("Ned Lund")
    own = key_of(desk, {"X-API-Key": desk.client.headers["X-API-Key"]}, "laptop", owner=uma)
    machine = key_of(desk, by_uma, "Line 2")
    acts(desk, own, "POST", PLACE, {})
    acts(desk, by_ned, "POST", f"{PLACE}/1/approve", {})
    acts(desk, machine, "POST", f"{PLACE}/1/publish", {})
    for key in (own, machine):
        assert acts(desk, by_ned, "DELETE", f"/v1/keys/{key['code']}").status_code == 204

    found = desk.client.get(f"{PLACE}/1").json()
    assert [(each["step"], each["name"]) for each in found["steps"]] == [
        ("prepared", "Uma Berg"),
        ("approved", "Ned Lund"),
        ("published", "Line 2"),
    ]
    assert found["document"]["prepared_by_name"] == "Uma Berg"
    assert found["prepared_by"] == own["code"]
    log = desk.client.get(f"{PLACE.partition('/disclosures')[0]}/audit", params={"kind": "publication"}).json()["items"]
    assert [(each["actor"], each["name"]) for each in log][::-1][0] == (own["code"], "Uma Berg")


def test_the_keys_of_a_disabled_user_stop(desk: Desk, person: Callable[[str], tuple[str, Hand]]) -> None:
    uma, _ = person("Uma Berg")
    own = key_of(desk, {"X-API-Key": desk.client.headers["X-API-Key"]}, "laptop", owner=uma)
    before = acts(desk, own, "GET", "/v1/organizations").status_code
    desk.client.patch(f"/v1/users/{uma}", json={"active": False})
    unknown = desk.client.post("/v1/keys", json={"name": "x", "scopes": SCOPES, "owner": uma}).json()

    assert (before, acts(desk, own, "GET", "/v1/organizations").status_code) == (200, 401)
    assert [(each["field"], each["code"]) for each in unknown["errors"]] == [("owner", "unknown_user")]
    listed = {each["code"]: (each["owner"], each["made_by"]) for each in desk.client.get("/v1/keys").json()["items"]}
    assert listed[own["code"]] == (uma, "environment")
