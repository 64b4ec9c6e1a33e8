"""An instrument that was entered in error is withdrawn with a reason, and what was believed before is kept."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.store.engine.database import Database
from tests.support.works import CERTIFICATE, DISCLOSURE, ORGANIZATION, answer, figures, get, send

_INSTRUMENTS = f"{ORGANIZATION}/instruments"
_REASON = {"reason": "entered with the wrong amount"}


def _certificate(code: str, amount: int) -> dict[str, Any]:
    return {**CERTIFICATE, "code": code, "amount": amount}


@pytest.mark.usefixtures("powered")
def test_a_withdrawn_instrument_covers_nothing_and_its_serials_may_be_entered_again(
    client: httpx.Client, database: Database
) -> None:
    send(client, database, "grid,2021-01-01T00:00:00+08:00,1000000\n")
    answer(client, "POST", _INSTRUMENTS, 201, json=_certificate("wrong", 900))
    assert figures(client, 2021)["ghg.scope2.market"]["value"] == Decimal("59.42")  # 100 MWh x 0.5942
    withdrawn = answer(client, "POST", f"{_INSTRUMENTS}/wrong/withdrawal", 201, json=_REASON)
    assert withdrawn["withdrawal"]["reason"] == "entered with the wrong amount"
    assert withdrawn["withdrawal"]["key"] is not None
    assert get(client, f"{_INSTRUMENTS}/wrong") == withdrawn
    assert figures(client, 2021)["ghg.scope2.market"]["value"] == Decimal("594.2")

    answer(client, "POST", _INSTRUMENTS, 201, json=_certificate("right", 400))
    assert figures(client, 2021)["ghg.scope2.market"]["value"] == Decimal("356.52")  # 600 MWh x 0.5942
    listed = get(client, _INSTRUMENTS)["items"]
    assert [(each["code"], each["withdrawal"] is None) for each in listed] == [("right", True), ("wrong", False)]
    # Its code stays with it, and so do the serials of the one that took its place.
    again = answer(client, "POST", _INSTRUMENTS, 409, json=_certificate("wrong", 400))
    assert again["code"] == "duplicate_code"
    assert answer(client, "POST", _INSTRUMENTS, 409, json=_certificate("third", 1))["code"] == "certificate_used"

    # What was believed the moment before still rests on it.
    before = withdrawn["created_at"]
    past = {each["key"]: each for each in get(client, f"{DISCLOSURE}/2021", as_of=before)["figures"]}
    assert past["ghg.scope2.market"]["flags"][0] == "instrument wrong"
    after = withdrawn["withdrawal"]["at"]
    past = {each["key"]: each for each in get(client, f"{DISCLOSURE}/2021", as_of=after)["figures"]}
    assert past["ghg.scope2.market"]["value"] == Decimal("594.2")


@pytest.mark.usefixtures("jiangxi")
def test_a_withdrawal_states_its_reason_and_happens_once(client: httpx.Client) -> None:
    path = f"{_INSTRUMENTS}/wrong/withdrawal"
    assert answer(client, "POST", path, 404, json=_REASON)["code"] == "not_found"
    answer(client, "POST", _INSTRUMENTS, 201, json=_certificate("wrong", 900))
    for body, code in (({}, "missing"), ({"reason": ""}, "string_too_short")):
        refused = answer(client, "POST", path, 422, json=body)
        assert [(each["field"], each["code"]) for each in refused["errors"]] == [("reason", code)]
    answer(client, "POST", path, 201, json=_REASON)
    assert answer(client, "POST", path, 409, json=_REASON)["code"] == "already_withdrawn"
