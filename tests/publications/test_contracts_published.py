"""Instruments in publications: drift names them as causes, lineage and pack keep them with their serial numbers."""

import csv
import io
import zipfile
from decimal import Decimal

from app.store.engine.database import Database
from tests.conftest import Make
from tests.publications.test_drift import causes, moved
from tests.support.desk import Desk
from tests.support.works import CERTIFICATE, DISCLOSURE, ORGANIZATION, YEARLY, answer, send

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


def test_the_pack_lists_the_certificates_with_their_serial_numbers(desk: Desk) -> None:
    answer(desk.client, "POST", f"{ORGANIZATION}/instruments", 201, json={**_WIND, "issuing_area": "CN"})
    desk.published()
    files = _pack(desk)
    header, row = csv.reader(io.StringIO(files["instruments.csv"]))
    told = dict(zip(header, row, strict=True))
    assert told == {
        "code": "gec-1",
        "kind": "certificate",
        "energy_source": "wind",
        "issuing_area": "CN",
        "registry": "GEC",
        "first_serial": "GEC-2021-000101",
        "last_serial": "GEC-2021-000500",
        "source": "statement of the registry of 5 March 2022",
        "figures": "ghg.scope2.market | energy.renewable_share",
    }
    assert "instruments.csv          the certificates and contracts" in files["README.txt"]


def test_a_pack_without_instruments_has_no_list_of_them(desk: Desk) -> None:
    desk.published()
    files = _pack(desk)
    assert "instruments.csv" not in files
    assert "instruments.csv" not in files["README.txt"]


def _pack(desk: Desk) -> dict[str, str]:
    got = desk.client.get(f"{DISCLOSURE}/2021/publications/1/exports/zip")
    assert got.status_code == 200, got.text
    with zipfile.ZipFile(io.BytesIO(got.content)) as archive:
        texts = [name for name in archive.namelist() if name.endswith((".csv", ".txt"))]
        return {name.rpartition("/")[2]: archive.read(name).decode() for name in texts}
