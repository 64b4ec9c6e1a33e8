"""Drift through an instrument: the figures of energy by origin move with it, and a publication keeps what it named."""

from decimal import Decimal

from app.store.engine import Database
from tests.conftest import Make
from tests.disclosure.works import CERTIFICATE, ORGANIZATION, YEARLY, answer, send
from tests.publications.desk import Desk
from tests.publications.test_drift import causes, moved

_WIND = {**CERTIFICATE, "energy_source": "wind"}


def test_an_instrument_moves_the_renewable_share_and_is_its_cause(
    desk: Desk, database: Database, make_meter: Make
) -> None:
    make_meter(code="roof", resource="electricity.solar", **YEARLY)
    send(desk.client, database, "roof,2021-01-01T00:00:00+08:00,1000000\n")
    desk.published()
    answer(desk.client, "POST", f"{ORGANIZATION}/instruments", 201, json=_WIND)
    found = moved(desk)
    share = found["energy.renewable_share"]
    assert (share["published"], share["live"]) == (50, 70)  # 1,000 and then 1,400 of 2,000 MWh
    assert causes(share) == [("instruments", 20)]
    assert share["causes"][0]["detail"] == "instrument gec-1 was entered"
    assert causes(found["ghg.scope2.market"]) == [("instruments", Decimal("-237.68"))]  # 400 MWh x 0.5942

    desk.published("Certificates were left out.")
    assert desk.drift(2)["figures"] == []
    document = desk.read(2)["document"]
    (figure,) = [each for each in document["figures"] if each["key"] == "energy.renewable_share"]
    named = {each["instrument"] and each["instrument"]["first_serial"] for each in figure["lineage"]["terms"]}
    assert named == {"GEC-2021-000101", None}

    answer(desk.client, "POST", f"{ORGANIZATION}/instruments/gec-1/withdrawal", 201, json={"reason": "not ours"})
    (again,) = [each for each in desk.drift(2)["figures"] if each["key"] == "energy.renewable_share"]
    assert causes(again) == [("instruments", -20)]
    assert again["causes"][0]["detail"] == "instrument gec-1 was withdrawn"
