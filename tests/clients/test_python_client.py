"""The Python client against a running service: exact numbers, pages, files, problems, events, webhooks."""

import base64
import hashlib
import hmac
import json
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from esg_metrics_client import Client, Event, Organization, Problem, WebhookRefused, verified_webhook

from tests.support.processes import ADMIN_KEY, Server

HARD = (
    *("16777217", "0.1", "4294967295.999999", "123456789.123456", "-0.000001", "2147483647.000001", "9007199.254741"),
    *("0.300000", "1E+2"),
)
SECRET = "whsec_" + base64.b64encode(b"a secret of the receiver").decode()


def _rows(meter: str, month: str, values: list[Any]) -> list[dict[str, Any]]:
    return [
        {"meter": meter, "timestamp": f"{month}-{1 + at // 24:02}T{at % 24:02}:00:00Z", "value": value}
        for at, value in enumerate(values)
    ]


def test_decimals_are_sent_and_read_exactly(acme: Organization) -> None:
    receipt = acme.post_readings(_rows("bill", "2019-01", [Decimal(each) for each in HARD]))
    assert (receipt["inserted"], receipt["errors"]) == (9, [])
    read = [each["value"] for each in acme.readings(meter="bill", end="2019-02-01T00:00:00Z")]
    assert [Decimal(each) for each in read] == [Decimal(each) for each in HARD]
    assert {type(each) for each in read} <= {Decimal, int}


def test_2500_readings_come_back_over_pages(acme: Organization) -> None:
    rows = [
        {
            "meter": "grid",
            "timestamp": f"2020-{1 + at // 600:02}-{1 + at // 24 % 25:02}T{at % 24:02}:00:00Z",
            "value": at,
        }
        for at in range(2_500)
    ]
    receipts = list(acme.stream_readings(rows, rows_at_once=1_000))
    assert [each["inserted"] for each in receipts] == [1_000, 1_000, 500]
    assert [each["value"] for each in acme.readings(meter=["grid"])] == list(range(2_500))


def test_files_of_csv_and_ndjson_go_in_packed(acme: Organization, tmp_path: Path) -> None:
    table, lines = tmp_path / "rows.csv", tmp_path / "rows.ndjson"
    table.write_text("meter,timestamp,value\nbill,2018-01-01T00:00:00Z,0.123456\nbill,nonsense,1\n")
    lines.write_text(
        "".join(f"{json.dumps(row)}\n" for row in _rows("bill", "2018-02", ["1.5"] * 40_000 + ["7"])[:600])
    )
    receipt = acme.upload_readings(table)
    assert (receipt["inserted"], receipt["rejected"], receipt["errors"][0]["index"]) == (1, 1, 1)
    assert acme.upload_readings(lines)["inserted"] == 600
    with pytest.raises(ValueError, match=r"neither \.csv nor \.ndjson"):
        acme.upload_readings(tmp_path / "rows.xlsx")


def test_a_problem_is_raised_with_its_code_and_its_rows(client: Client, acme: Organization) -> None:
    with pytest.raises(Problem) as taken:
        client.post(f"{acme.path}/plants", {"code": "main", "name": "Twice", "country": "CN"})
    assert (taken.value.status, taken.value.code) == (409, "duplicate_code")
    with pytest.raises(Problem) as refused:
        acme.post_readings([{"meter": "nobody", "timestamp": "2021-01-01T00:00:00Z", "value": 1}])
    assert (refused.value.status, refused.value.code) == (422, "readings_rejected")
    assert refused.value.errors[0]["code"] == "unknown_meter"
    assert refused.value.body["rejected"] == 1


def test_what_would_lose_its_meaning_is_refused_before_it_is_sent(acme: Organization) -> None:
    from datetime import datetime

    with pytest.raises(ValueError, match="has no offset"):
        acme.post_readings([{"meter": "grid", "timestamp": datetime(2021, 1, 1), "value": 1}])  # noqa: DTZ001
    with pytest.raises(ValueError, match="no number"):
        acme.post_readings([{"meter": "grid", "timestamp": "2021-01-01T00:00:00Z", "value": Decimal("NaN")}])


def test_a_download_is_whole_or_not_there(client: Client, acme: Organization, tmp_path: Path) -> None:
    publications = f"{acme.path}/disclosures/hkex-2020/2020/publications"
    assert client.post(publications, {})["number"] == 1
    client.download(f"{publications}/1/exports/xlsx", tmp_path / "table.xlsx")
    assert (tmp_path / "table.xlsx").read_bytes()[:4] == b"PK\x03\x04"
    with pytest.raises(Problem):
        client.download(f"{publications}/2/exports/xlsx", tmp_path / "none.xlsx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["table.xlsx"]


def test_events_go_on_after_the_last_one_in_another_reader(server: Server, acme: Organization) -> None:
    first = _first_event(server, acme)
    acme.post_readings(_rows("bill", "2017-01", ["7"]))
    with Client(server.address, ADMIN_KEY) as own:
        following = next(own.organization(acme.code).events(kind=["readings.accepted"], last_event_id=first.id))
    assert (first.kind, following.kind) == ("readings.accepted", "readings.accepted")
    assert following.id != first.id


def _first_event(server: Server, acme: Organization) -> Event:
    """Return an event of the stream, which begins with what happens once it is open."""
    found: list[Event] = []

    def follow() -> None:
        with Client(server.address, ADMIN_KEY) as own:
            found.append(next(own.organization(acme.code).events(kind=["readings.accepted"])))

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    for year in range(2022, 2026):
        acme.post_readings(_rows("bill", f"{year}-01", ["1"]))
        follower.join(1.5)
        if found:
            break
    return found[0]


def _call(body: bytes, *, at: int = 1_700_000_000, secret: bytes = b"a secret of the receiver") -> dict[str, str]:
    signature = base64.b64encode(hmac.digest(secret, f"1-1.{at}.".encode() + body, hashlib.sha256)).decode()
    return {"webhook-id": "1-1", "Webhook-Timestamp": str(at), "WEBHOOK-SIGNATURE": f"v1,bm8= v1,{signature}"}


def test_a_genuine_webhook_call_is_told_from_others() -> None:
    body = b'{"kind":"figures.changed","share":0.10}'
    event = verified_webhook(SECRET, _call(body), body, now_s=1_700_000_200)
    assert event == {"kind": "figures.changed", "share": Decimal("0.10")}
    for headers, sent, now in (
        (_call(body), body + b" ", 1_700_000_200),
        (_call(body), body, 1_700_000_301),
        (_call(body, secret=b"of somebody else"), body, 1_700_000_200),
        ({}, body, 1_700_000_200),
    ):
        with pytest.raises(WebhookRefused):
            verified_webhook(SECRET, headers, sent, now_s=now)
