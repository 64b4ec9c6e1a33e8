"""Rows of a source that meet, over its pieces too, and months wherever a source names them."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.ingest.door import mapped
from app.ingest.sources import said_before
from app.ingest.sources.mapping import MappedRow
from app.ingest.sources.said_before import SaidBefore
from tests.conftest import Make
from tests.connectors.conftest import CONNECTOR, CONNECTORS

COMMON = """\
format: csv
meter: {constant: coal}
timestamp: {field: Date, format: local, order: DMY, timezone: Asia/Shanghai}
value: {field: Tonnes}
"""
BY_NUMBER = f"{COMMON}reference: {{field: Ticket}}\n"
LEDGER = """\
Ticket,Date,Tonnes
WB-1,02.04.2026,57.3
WB-2,02.04.2026,95.36
WB-3,02.04.2026,199.57
WB-4,03.04.2026,57.3
"""
Import = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, meters: None, make_meter: Make) -> Import:
    monkeypatch.setenv("ESG_DATABASE_URL", database_url)
    make_meter(code="coal", resource="fuel.coal.bituminous", kind="event", unit="t", interval=None)
    make_meter(code="boiler", resource="fuel.coal.bituminous", unit="t", interval="P1M", timestamp_edge="interval_end")

    def invoke(mapping: str, source: str, *options: str, name: str = "ledger.csv") -> Result:
        (tmp_path / "mapping.yaml").write_text(mapping, "utf-8")
        (tmp_path / name).write_text(source, "utf-8")
        fixed = ["--organization", "acme", "--mapping", str(tmp_path / "mapping.yaml")]
        return CliRunner().invoke(cli, ["import", str(tmp_path / name), *fixed, *options])

    return invoke


def stored(client: httpx.Client, meter: str = "coal") -> list[tuple[str | None, str, float]]:
    items = client.get("/v1/organizations/acme/readings", params={"meter": meter}).json()["items"]
    return [(each["reference"], each["timestamp"][:10], each["value"]) for each in items]


def told(result: Result) -> list[tuple[str, str]]:
    """Return the row and the code of each warning that was printed."""
    return re.findall(r"^row (\d+), .*?: (\w+): ", result.stderr, re.MULTILINE)


@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--atomic",)])
@pytest.mark.parametrize("piece", [2, 10_000])
def test_tickets_that_overwrite_each_other_are_told_and_the_command_says_so(
    client: httpx.Client, run: Import, monkeypatch: pytest.MonkeyPatch, piece: int, options: tuple[str, ...]
) -> None:
    monkeypatch.setattr(mapped, "ROWS_AT_A_TIME", piece)
    monkeypatch.setattr(mapped, "_ROWS_OF_A_DRY_RUN", piece)
    result = run(COMMON, LEDGER, *options)

    assert result.exit_code == 1
    assert told(result) == [("2", "contradicts_row"), ("3", "contradicts_row")]
    assert re.search(r"row 3, coal .*contradicts_row: row [12] says another value", result.stderr)
    assert len(stored(client)) == (0 if options == ("--dry-run",) else 2)


def test_tickets_that_are_alike_and_nameless_are_told(client: httpx.Client, run: Import) -> None:
    result = run(COMMON, "Date,Tonnes\n02.04.2026,10\n02.04.2026,10.0\n")
    assert (result.exit_code, told(result)) == (1, [("2", "repeats_row")])


def test_a_file_that_says_the_same_twice_in_pieces_contradicts_nothing(
    run: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapped, "ROWS_AT_A_TIME", 2)
    assert run(BY_NUMBER, LEDGER + LEDGER.partition("\n")[2].replace("57.3", "57.30")).exit_code == 0


def test_a_number_in_json_is_a_ticket_as_it_is_written(client: httpx.Client, run: Import) -> None:
    mapping = (
        "format: json\nmeter: {constant: coal}\ntimestamp: {field: at}\nvalue: {field: v}\nreference: {field: nr}\n"
    )
    rows = '[{"at": "2026-04-02T00:00Z", "v": 1, "nr": 7}, {"at": "2026-04-02T00:00Z", "v": 2, "nr": "007"}]'
    assert run(mapping, rows).stdout == "2 received, 2 inserted\n"
    assert [(reference, value) for reference, _, value in stored(client)] == [("007", 2), ("7", 1)]


@pytest.mark.parametrize("reference", [{"by_order": True}, {}, {"field": "no", "by_order": True}])
def test_a_connector_needs_the_field_of_its_tickets(
    client: httpx.Client, meters: None, reference: dict[str, object]
) -> None:
    body = {**CONNECTOR, "mapping": {**CONNECTOR["mapping"], "reference": reference}}
    refused = client.post(CONNECTORS, json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"].startswith("mapping")
    good = {**CONNECTOR, "mapping": {**CONNECTOR["mapping"], "reference": {"field": "no"}}}
    assert client.post(CONNECTORS, json=good).json()["mapping"]["reference"] == {"field": "no", "by_order": False}


@pytest.mark.parametrize(
    ("rule", "texts"),
    [
        ("{field: Month}", ["2026-01", "Feb 2026"]),
        ("{field: Month, format: period}", ["Jan-26", "2026-02-01 00:00:00"]),
        ("{field: Month, format: local, order: DMY, timezone: Asia/Shanghai}", ["01/2026", "2026年2月"]),
    ],
)
def test_months_are_read_by_a_mapping(client: httpx.Client, run: Import, rule: str, texts: list[str]) -> None:
    mapping = f"format: csv\nmeter: {{constant: boiler}}\ntimestamp: {rule}\nvalue: {{field: Coal}}\n"
    result = run(mapping, "Month,Coal\n" + "".join(f"{text},{at}\n" for at, text in enumerate(texts, start=1)))

    assert (result.exit_code, result.stdout) == (0, "2 received, 2 inserted\n")
    assert stored(client, "boiler") == [(None, "2026-01-31", 1), (None, "2026-02-28", 2)]


def test_what_was_said_is_found_in_every_part_and_the_last_word_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def row(at: int, value: int) -> MappedRow:
        return MappedRow("coal", str(at), str(value), "", "")

    before = SaidBefore()
    for number in range(100):
        before.note([row(number, 1)], [number + 1])
    before.note([row(7, 2)], [101])
    rows = [row(3, 1), row(4, 5), row(99, 5), row(7, 1), row(7, 2), row(200, 1)]
    assert before.contradicted(rows) == {1: 5, 2: 100, 3: 101}
    monkeypatch.setattr(said_before, "_MOST_ROWS", 10)
    before.note([row(200, 1)], [102])
    assert before.contradicted([row(200, 2)]) == {}
