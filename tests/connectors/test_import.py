"""The command `esg import`: files by mappings, and reports that can be mended and sent again."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from tests.connectors.conftest import on_sqlite_alone

MAPPING = """\
format: csv
delimiter: ";"
encoding: cp1252
meter: {field: Zähler, codes: {Netz: grid, Dach: solar}}
timestamp: {field: Ende, format: local, order: DMY, timezone: Asia/Shanghai, midnight: ends_day}
value: {field: Verbrauch, decimal: ",", missing: ["-"]}
"""
EXPORT = """\
Ende;Zähler;Verbrauch;Kommentar
01.03.2021 00:15;Netz;1,5;
01.03.2021 00:30;Netz;2.5;
01.03.2021 00:45;Keller;3,5;"wo; ist der?"
31.02.2021 01:00;Netz;4,5;
01.03.2021 01:15;Dach;-;kein Wert
01.03.2021 00:00;Dach;6,5;
01.03.2021 01:30;Netz
"""


@pytest.fixture
def folder(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, meters: None) -> Path:
    """A folder with the export and its mapping, and an environment that names the database."""
    monkeypatch.setenv("ESG_DATABASE_URL", database_url)
    (tmp_path / "export.csv").write_text(EXPORT, "cp1252")
    (tmp_path / "mapping.yaml").write_text(MAPPING, "utf-8")
    return tmp_path


def run(folder: Path, file: str, *options: str, mapping: str = "mapping.yaml", organization: str = "acme") -> Result:
    fixed = ["--organization", organization, "--mapping", str(folder / mapping)]
    return CliRunner().invoke(cli, ["import", str(folder / file), *fixed, *options])


def readings(client: httpx.Client, meter: str) -> list[tuple[str, Any]]:
    items = client.get("/v1/organizations/acme/readings", params={"meter": meter}).json()["items"]
    return [(item["timestamp"], item["value"]) for item in items]


def test_rejected_rows_are_reported_mended_and_sent_again(client: httpx.Client, folder: Path) -> None:
    first = run(folder, "export.csv")
    report = folder / "export.csv.rejected.csv"
    lines = report.read_text("utf-8-sig").splitlines()
    mended = report.read_text("utf-8-sig")
    for wrong, right in ((",2.5,", ',"2,5",'), ("Keller,", "Netz,"), ("31.02.", "01.03."), ("01:30,,", '01:30,"7,5",')):
        mended = mended.replace(wrong, right)
    (folder / "mended.csv").write_text(mended, "utf-8-sig")
    second = run(folder, "mended.csv")
    third = run(folder, "export.csv")

    assert (first.exit_code, first.stdout) == (1, "7 received, 2 inserted, 1 skipped, 4 rejected\n")
    assert lines == [
        "Zähler,Ende,Verbrauch,Kommentar,rejected_record,rejected_field,rejected_code,rejected_detail",
        "Netz,01.03.2021 00:30,2.5,,2,value,value_unreadable,\"'2.5' is not a number with decimal mark ','\"",
        "Keller,01.03.2021 00:45,\"3,5\",wo; ist der?,3,meter,unknown_meter,the mapping lists no meter for 'Keller'",
        "Netz,31.02.2021 01:00,\"4,5\",,4,timestamp,timestamp_unreadable,there is no day '31.02.2021 01:00'",
        "Netz,01.03.2021 01:30,,,7,,unreadable_row,2 fields where the header has 4",
    ]
    assert (second.exit_code, second.stdout) == (0, "4 received, 4 inserted\n")
    assert not (folder / "mended.csv.rejected.csv").exists()
    assert third.stdout == "7 received, 2 duplicate, 1 skipped, 4 rejected\n"
    assert readings(client, "solar") == [("2021-03-01T16:00:00Z", 6.5)]
    assert readings(client, "grid") == [
        ("2021-02-28T16:15:00Z", 1.5),
        ("2021-02-28T16:30:00Z", 2.5),
        ("2021-02-28T16:45:00Z", 3.5),
        ("2021-02-28T17:00:00Z", 4.5),
        ("2021-02-28T17:30:00Z", 7.5),
    ]
    year = client.get("/v1/organizations/acme/rollups", params={"grain": "year", "meter": "grid"}).json()["items"]
    assert [bucket["quantity"] for bucket in year] == [19.5]


@on_sqlite_alone
def test_a_report_that_a_spreadsheet_saved_with_semicolons_is_read_too(client: httpx.Client, folder: Path) -> None:
    run(folder, "export.csv", "--report", str(folder / "report.csv"))
    saved = "Zähler;Ende;Verbrauch;Kommentar;rejected_record;rejected_field;rejected_code;rejected_detail\n"
    (folder / "saved.csv").write_text(f"{saved}Netz;01.03.2021 00:30;2,5;;2;value;value_unreadable;\n", "utf-8")

    assert run(folder, "saved.csv").stdout == "1 received, 1 inserted\n"
    assert (folder / "report.csv").exists()


@on_sqlite_alone
@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_a_report_of_json_is_a_csv_of_the_fields_that_the_mapping_names(
    client: httpx.Client, folder: Path, form: str
) -> None:
    rows = [
        {"tag": {"id": "grid"}, "at": 1614528900, "data": {"v": 12.345678}},
        {"tag": {"id": "attic"}, "at": 1614529800, "data": {"v": 13.5}},
        {"tag": {"id": "grid"}, "at": "soon", "data": {"v": "14,5"}},
    ]
    text = json.dumps({"items": rows}) if form == "json" else "\n".join(map(json.dumps, rows))
    (folder / "export").write_text(text)
    records = "records: items\n" if form == "json" else ""
    fields = "meter: {field: tag.id}\ntimestamp: {field: at, format: epoch_s}\nvalue: {field: data.v, decimal: ','}\n"
    (folder / "mapping.yaml").write_text(f"format: {form}\n{records}{fields}")

    first = run(folder, "export")
    report = (folder / "export.rejected.csv").read_text("utf-8-sig")
    (folder / "mended.csv").write_text(report.replace("attic", "solar").replace("soon", "1614529800"), "utf-8-sig")
    second = run(folder, "mended.csv")

    assert (first.exit_code, first.stdout) == (1, "3 received, 1 inserted, 2 rejected\n")
    assert report.splitlines()[1].startswith('attic,1614529800,"13,5",2,meter,unknown_meter,')
    assert (second.exit_code, second.stdout) == (0, "2 received, 2 inserted\n")
    assert readings(client, "solar") == [("2021-02-28T16:30:00Z", 13.5)]
    assert readings(client, "grid") == [("2021-02-28T16:15:00Z", 12.345678), ("2021-02-28T16:30:00Z", 14.5)]


@on_sqlite_alone
def test_a_meter_of_the_command_line_stands_in_and_a_dry_run_stores_nothing(client: httpx.Client, folder: Path) -> None:
    dry = run(folder, "export.csv", "--meter", "solar", "--dry-run")
    before = readings(client, "solar")
    wet = run(folder, "export.csv", "--meter", "solar")

    assert dry.stdout == wet.stdout == "7 received, 3 inserted, 1 skipped, 3 rejected\n"
    assert (len(before), len(readings(client, "solar"))) == (0, 3)


@on_sqlite_alone
def test_what_cannot_be_imported_says_why(folder: Path) -> None:
    (folder / "factor.yaml").write_text(MAPPING + "factor: 1000\n", "utf-8")
    (folder / "twice.yaml").write_text(MAPPING + "format: csv\n", "utf-8")
    (folder / "other.csv").write_text("Ende;Verbrauch\n", "cp1252")

    nobody = run(folder, "export.csv", organization="nobody")
    factor = run(folder, "export.csv", mapping="factor.yaml")
    twice = run(folder, "export.csv", mapping="twice.yaml")
    other = run(folder, "other.csv")
    unwritten = run(folder, "export.csv", "--report", str(folder / "no" / "such" / "folder.csv"))

    assert [each.exit_code for each in (nobody, factor, twice, other, unwritten)] == [2, 2, 2, 1, 1]
    assert "nobody" in nobody.stderr
    assert "factor" in factor.stderr
    assert "'format' appears twice" in " ".join(twice.stderr.split())
    assert "lacks the column 'Zähler'" in " ".join(other.stderr.split())
