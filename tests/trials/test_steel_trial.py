"""A real year of quarter-hour readings of a steel plant goes in once, exactly, and a second POST changes nothing.

The file (UCI Machine Learning Repository, "Steel Industry Energy Consumption", CC BY 4.0) is read from beside the
project and not shipped with it.
"""

import csv
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.support.examples import Service

STEEL = Path(__file__).parents[2].parent / "shared" / "data" / "steel_industry_2018.csv"


def steel_csv(path: Path) -> bytes:
    """Return the file as a body of readings of the meter `furnace`.

    Its dates are day/month/year, its stamps end the quarter hour in Korean local time, and the quarter hour that ends
    at midnight is written 0:00 under the day that ends, not the day that begins.
    """
    lines = ["meter,timestamp,value"]
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            stamp = datetime.strptime(f"{row['date']} +0900", "%d/%m/%Y %H:%M %z")
            if (stamp.hour, stamp.minute) == (0, 0):
                stamp += timedelta(days=1)
            lines.append(f"furnace,{stamp.isoformat()},{row['Usage_kWh']}")
    return "\n".join(lines).encode()


@pytest.mark.skipif(not STEEL.exists(), reason="the steel plant's file is not beside the project")
def test_a_real_year_goes_in_once_and_adds_up_in_the_plants_time_zone(service: Service) -> None:
    service.post(
        "/v1/organizations", {"code": "steel", "name": "Steel plant", "timezone": "Asia/Seoul", "currency": "KRW"}
    )
    service.post(
        "/v1/organizations/steel/plants",
        {"code": "gwangyang", "name": "Gwangyang", "country": "KR", "timezone": "Asia/Seoul"},
    )
    service.post(
        "/v1/organizations/steel/meters",
        {
            "code": "furnace",
            "plant": "gwangyang",
            "name": "Main supply",
            "resource": "electricity.grid",
            "kind": "interval",
            "unit": "kWh",
            "interval": "PT15M",
            "timestamp_edge": "interval_end",
        },
    )
    body = steel_csv(STEEL)

    first = service.post_csv("steel", body)
    service.roll()
    once = service.get("/v1/organizations/steel/rollups", grain="year")
    again = service.post_csv("steel", body)
    service.roll()
    twice = service.get("/v1/organizations/steel/rollups", grain="year")

    assert _counts(first) == {
        "received": 35040,
        "inserted": 35040,
        "replaced": 0,
        "duplicate": 0,
        "suspect": 0,
        "rejected": 0,
    }
    assert _counts(again) == {
        "received": 35040,
        "inserted": 0,
        "replaced": 0,
        "duplicate": 35040,
        "suspect": 0,
        "rejected": 0,
    }
    assert len(once["items"]) == 1
    year = once["items"][0]
    assert (year["start"], year["end"]) == ("2017-12-31T15:00:00Z", "2018-12-31T15:00:00Z")
    assert str(year["quantity"]) == "959636.71"
    assert year["count"] == 35040
    assert year["coverage"] == 1
    assert twice == once


def _counts(answer: dict[str, object]) -> dict[str, object]:
    names = ("received", "inserted", "replaced", "duplicate", "suspect", "rejected")
    return {name: answer[name] for name in names}
