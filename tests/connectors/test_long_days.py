"""A day of 25 hours is imported whole, both hours of those that clocks show twice, whatever the mapping says."""

from pathlib import Path

import httpx
import pytest

from app.ingest.sources import holding
from tests.conftest import Make
from tests.connectors.conftest import on_sqlite_alone
from tests.connectors.test_import import run, said

MAPPING = """\
format: csv
meter: {{field: meter}}
timestamp: {{field: time, format: local, order: YMD, timezone: Europe/Berlin, ambiguous: {}}}
value: {{field: kWh}}
"""
HOURS = [f"2024-10-27 {hour:02d}:00" for hour in (0, 1, 2, 2, *range(3, 24))]


@pytest.fixture
def folder(
    tmp_path: Path,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    make_organization: Make,
    make_plant: Make,
    make_meter: Make,
) -> Path:
    """A folder, an environment that names the database, and two hourly meters of a plant in Berlin."""
    monkeypatch.setenv("ESG_DATABASE_URL", database_url)
    make_organization(timezone="Europe/Berlin")
    make_plant(timezone="Europe/Berlin", country="DE", region=None)
    for code in ("one", "two"):
        make_meter(code=code, interval="PT1H", timestamp_edge="interval_start")
    return tmp_path


def write(folder: Path, lines: list[str], *, ambiguous: str = "by_order") -> None:
    (folder / "mapping.yaml").write_text(MAPPING.format(ambiguous), "utf-8")
    (folder / "file.csv").write_text("\n".join(["time,meter,kWh", *lines]), "utf-8")


def day(client: httpx.Client, meter: str) -> tuple[object, ...]:
    (found,) = client.get(
        "/v1/organizations/acme/rollups", params={"grain": "day", "meter": meter, "start": "2024-10-26T22:00:00Z"}
    ).json()["items"]
    return found["start"], found["end"], found["quantity"], found["count"], found["coverage"]


@pytest.mark.parametrize("ambiguous", ["by_order", "first", "second"])
def test_a_day_of_25_hours_has_25_readings(client: httpx.Client, folder: Path, ambiguous: str) -> None:
    lines = [f"{time},{meter},{at}" for at, time in enumerate(HOURS, start=1) for meter in ("one", "two")]
    write(folder, lines, ambiguous=ambiguous)

    first = run(folder, "file.csv")
    again = run(folder, "file.csv")
    items = client.get("/v1/organizations/acme/readings", params={"meter": "two"}).json()["items"]

    assert (first.exit_code, first.stdout) == (0, "50 received, 50 inserted\n")
    assert again.stdout == "50 received, 50 duplicate\n"
    assert [(item["timestamp"], item["value"]) for item in items[1:5]] == [
        ("2024-10-26T23:00:00Z", 2),
        ("2024-10-27T00:00:00Z", 3),
        ("2024-10-27T01:00:00Z", 4),
        ("2024-10-27T02:00:00Z", 5),
    ]
    assert day(client, "one") == ("2024-10-26T22:00:00Z", "2024-10-27T23:00:00Z", 325, 25, 1)


@on_sqlite_alone
def test_an_hour_that_is_there_once_is_rejected_or_that_which_the_mapping_says(
    client: httpx.Client, folder: Path
) -> None:
    lines = [f"{time},one,1" for time in dict.fromkeys(HOURS)]
    write(folder, lines)
    rejected = run(folder, "file.csv")
    report = (folder / "file.csv.rejected.csv").read_text("utf-8-sig").splitlines()
    write(folder, lines, ambiguous="second")
    second = run(folder, "file.csv")
    items = client.get("/v1/organizations/acme/readings", params={"meter": "one"}).json()["items"]

    assert (rejected.exit_code, rejected.stdout) == (1, "24 received, 23 inserted, 1 rejected\n")
    assert report[1].startswith(
        '2024-10-27 02:00,one,1,3,timestamp,timestamp_ambiguous,"clocks showed 2024-10-27 02:00:00 twice: the order'
    )
    assert second.stdout == "24 received, 1 inserted, 23 duplicate\n"
    assert [item["timestamp"] for item in items[1:4]] == [
        "2024-10-26T23:00:00Z",
        "2024-10-27T01:00:00Z",
        "2024-10-27T02:00:00Z",
    ]


@on_sqlite_alone
def test_rows_of_no_order_are_never_written_over_each_other(client: httpx.Client, folder: Path) -> None:
    times = ("02:30", "02:00", "02:30", "02:00", "02:30")
    write(folder, [f"2024-10-27 {time},one,{at}" for at, time in enumerate(times)], ambiguous="first")

    outcome = run(folder, "file.csv")

    assert (outcome.exit_code, outcome.stdout) == (1, "5 received, 5 rejected\n")


@on_sqlite_alone
def test_newest_first_and_rows_own_starts_are_told_too(client: httpx.Client, folder: Path) -> None:
    spans = [("00:00", "01:00"), ("01:00", "02:00"), ("02:00", "02:00"), ("02:00", "03:00"), ("03:00", "04:00")]
    lines = [f"2024-10-27 {end},one,{at},2024-10-27 {start}" for at, (start, end) in enumerate(spans, start=1)]
    write(folder, lines[::-1])
    (folder / "file.csv").write_text("\n".join(["time,meter,kWh,from", *lines[::-1]]), "utf-8")
    (folder / "mapping.yaml").write_text(MAPPING.format("by_order") + "start: from\n", "utf-8")

    outcome = run(folder, "file.csv")
    items = client.get("/v1/organizations/acme/readings", params={"meter": "one"}).json()["items"]

    assert (outcome.exit_code, outcome.stdout) == (0, "5 received, 5 inserted\n"), said(outcome)
    assert [(item["start"], item["timestamp"], item["value"]) for item in items] == [
        ("2024-10-26T22:00:00Z", "2024-10-26T23:00:00Z", 1),
        ("2024-10-26T23:00:00Z", "2024-10-27T00:00:00Z", 2),
        ("2024-10-27T00:00:00Z", "2024-10-27T01:00:00Z", 3),
        ("2024-10-27T01:00:00Z", "2024-10-27T02:00:00Z", 4),
        ("2024-10-27T02:00:00Z", "2024-10-27T03:00:00Z", 5),
    ]


@on_sqlite_alone
def test_a_source_with_more_such_rows_than_are_held_is_told_year_by_year(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "MOST_HELD", 4)
    lines = [f"{year},one,1" for year in ("2023-10-29 02:00", "2023-10-29 02:00", "2023-10-29 03:00")]
    write(folder, [*lines, *(f"{time},one,1" for time in HOURS)])

    assert run(folder, "file.csv").stdout == "28 received, 28 inserted\n"
