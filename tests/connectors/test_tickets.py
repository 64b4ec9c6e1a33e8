"""Tickets of one meter and one day are told apart by their numbers, or by their order in a file that is taken whole."""

from pathlib import Path

import httpx
import pytest

from tests.conftest import Make
from tests.connectors.conftest import on_sqlite_alone
from tests.connectors.test_import import folder, run, said

__all__ = ["folder"]

MAPPING = """\
format: csv
meter: {constant: coal}
timestamp: {field: day, format: local, order: YMD, timezone: Asia/Shanghai}
value: {field: t}
"""
DAY = "2021-02-28T16:00:00Z"


@pytest.fixture
def ledger(folder: Path, make_meter: Make) -> Path:
    """The folder of an import, and an event meter `coal`."""
    make_meter(code="coal", resource="fuel.coal.bituminous", kind="event", unit="t", interval=None, timestamp_edge=None)
    return folder


def write(folder: Path, reference: str, *lines: str) -> None:
    (folder / "mapping.yaml").write_text(f"{MAPPING}reference: {{{reference}}}\n", "utf-8")
    (folder / "tickets.csv").write_text("\n".join(["day,t,ticket", *lines]), "utf-8")


def tickets(client: httpx.Client) -> list[tuple[str, str | None, float]]:
    items = client.get("/v1/organizations/acme/readings", params={"meter": "coal"}).json()["items"]
    return [(item["timestamp"], item["reference"], item["value"]) for item in items]


def test_a_field_names_tickets_and_one_that_is_corrected_leaves_the_others(client: httpx.Client, ledger: Path) -> None:
    write(ledger, "field: ticket", "2021-03-01,30,A-1", "2021-03-01,30,A-2", "2021-03-01,20,")
    first = run(ledger, "tickets.csv")
    write(ledger, "field: ticket", "2021-03-01,31,A-2", "2021-03-01,30,A-1")
    second = run(ledger, "tickets.csv")

    assert (first.exit_code, first.stdout) == (0, "3 received, 3 inserted\n")
    assert second.stdout == "2 received, 1 replaced, 1 duplicate\n"
    assert sorted(tickets(client), key=str) == [(DAY, "A-1", 30), (DAY, "A-2", 31), (DAY, None, 20)]


def test_order_numbers_tickets_and_a_file_that_has_grown_adds_to_them(client: httpx.Client, ledger: Path) -> None:
    write(ledger, "by_order: true", "2021-03-01,30,", "2021-03-01,30,")
    first = run(ledger, "tickets.csv")
    write(ledger, "by_order: true", "2021-02-28,7,", "2021-03-01,30,", "2021-03-01,30,", "2021-03-01,9,")
    second = run(ledger, "tickets.csv")

    assert first.stdout == "2 received, 2 inserted\n"
    assert second.stdout == "4 received, 2 inserted, 2 duplicate\n"
    assert tickets(client) == [
        ("2021-02-27T16:00:00Z", "1", 7),
        (DAY, "1", 30),
        (DAY, "2", 30),
        (DAY, "3", 9),
    ]


@on_sqlite_alone
def test_a_file_whose_order_numbers_tickets_is_taken_whole_and_not_mended_by_its_report(
    client: httpx.Client, ledger: Path
) -> None:
    write(ledger, "by_order: true", "2021-03-01,30,", "2021-03-01,much,", "2021-03-01,9,")
    refused = run(ledger, "tickets.csv")
    report = run(ledger, "tickets.csv.rejected.csv")

    assert (refused.exit_code, refused.stdout) == (1, "3 received, 3 rejected\n")
    assert report.exit_code == 1
    assert "this is a report of rejected tickets" in said(report)
    assert tickets(client) == []


@on_sqlite_alone
def test_a_file_without_the_column_of_tickets_is_not_read(ledger: Path) -> None:
    write(ledger, "field: number", "2021-03-01,30,A-1")
    assert "lacks the column 'number'; there are 'day', 't', 'ticket'" in said(run(ledger, "tickets.csv"))
