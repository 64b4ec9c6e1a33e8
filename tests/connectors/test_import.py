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


def said(result: Result) -> str:
    """Return what was said on standard error, however the console broke the lines."""
    return " ".join(result.stderr.split())


def readings(client: httpx.Client, meter: str) -> list[tuple[str, Any]]:
    items = client.get("/v1/organizations/acme/readings", params={"meter": meter}).json()["items"]
    return [(item["timestamp"], item["value"]) for item in items]


def test_rejected_rows_are_reported_mended_and_sent_again(client: httpx.Client, folder: Path) -> None:
    first = run(folder, "export.csv")
    report = folder / "export.csv.rejected.csv"
    lines = report.read_text("utf-8-sig").splitlines()
    mended = report.read_text("utf-8-sig")
    for wrong, right in (
        (",2.5,", ',"2,5",'),
        ("Keller,", "Netz,"),
        ("31.02.", "01.03."),
        ("01:30,Netz,,", '01:30,Netz,"7,5",'),
    ):
        mended = mended.replace(wrong, right)
    (folder / "mended.csv").write_text(mended, "utf-8-sig")
    second = run(folder, "mended.csv")
    third = run(folder, "export.csv")

    assert (first.exit_code, first.stdout) == (1, "7 received, 2 inserted, 1 skipped, 4 rejected\n")
    assert lines == [
        "Ende,Zähler,Verbrauch,Kommentar,rejected_record,rejected_field,rejected_code,rejected_detail",
        "01.03.2021 00:30,Netz,2.5,,2,value,value_unreadable,\"'2.5' is not a number with decimal mark ','\"",
        "01.03.2021 00:45,Keller,\"3,5\",wo; ist der?,3,meter,unknown_meter,the mapping lists no meter for 'Keller'",
        "31.02.2021 01:00,Netz,\"4,5\",,4,timestamp,timestamp_unreadable,there is no day '31.02.2021 01:00'",
        "01.03.2021 01:30,Netz,,,7,,unreadable_row,2 fields where the header has 4",
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

    assert dry.stdout == "7 received, 3 would be inserted, 1 would be skipped, 3 would be rejected\n"
    assert wet.stdout == "7 received, 3 inserted, 1 skipped, 3 rejected\n"
    assert (len(before), len(readings(client, "solar"))) == (0, 3)


@on_sqlite_alone
def test_what_cannot_be_imported_says_why(folder: Path) -> None:
    (folder / "factor.yaml").write_text(MAPPING + "factor: 1000\n", "utf-8")
    (folder / "broken.csv").write_text('Ende;Zähler;Verbrauch\n01.03.2021 00:15;Netz;1,5\n"a"b;;\n', "cp1252")
    (folder / "twice.yaml").write_text(MAPPING + "format: csv\n", "utf-8")
    (folder / "other.csv").write_text("Ende;Verbrauch\n", "cp1252")

    nobody = run(folder, "export.csv", organization="nobody")
    factor = run(folder, "export.csv", mapping="factor.yaml")
    twice = run(folder, "export.csv", mapping="twice.yaml")
    other = run(folder, "other.csv")
    unwritten = run(folder, "export.csv", "--report", str(folder / "no" / "such" / "folder.csv"))
    dry = run(folder, "broken.csv", "--dry-run")
    broken = run(folder, "broken.csv")

    outcomes = (nobody, factor, twice, other, unwritten, dry, broken)
    assert [each.exit_code for each in outcomes] == [2, 2, 2, 1, 1, 1, 1]
    assert "nobody" in nobody.stderr
    assert "factor" in factor.stderr
    assert "'format' appears twice" in " ".join(twice.stderr.split())
    assert "lacks the column 'Zähler'; there are 'Ende', 'Verbrauch'. Nothing was stored." in said(other)
    assert "What was read before is stored (7 received, 2 inserted" in said(unwritten)
    assert "line 3 is not CSV" in said(dry)
    assert "Nothing was stored." in said(dry)
    assert "What was read before is stored (1 received, 1 duplicate); importing again is safe." in said(broken)


@on_sqlite_alone
def test_all_or_nothing_and_conflicts_are_as_the_command_says(client: httpx.Client, folder: Path) -> None:
    changed = EXPORT.replace("1,5;", "9,5;")
    (folder / "changed.csv").write_text(changed, "cp1252")
    (folder / "good.csv").write_text("".join(EXPORT.splitlines(keepends=True)[:2]), "cp1252")
    (folder / "conflict.csv").write_text("".join(changed.splitlines(keepends=True)[:2]), "cp1252")

    refused = run(folder, "export.csv", "--atomic")
    nothing = readings(client, "grid") + readings(client, "solar")
    taken = run(folder, "good.csv", "--atomic")
    kept = run(folder, "conflict.csv", "--on-conflict", "reject")
    dry = run(folder, "conflict.csv", "--dry-run")
    corrected = run(folder, "conflict.csv")

    assert (refused.exit_code, refused.stdout) == (1, "7 received, 1 skipped, 6 rejected\n")
    assert len((folder / "export.csv.rejected.csv").read_text("utf-8-sig").splitlines()) == 5
    assert nothing == []
    assert (taken.exit_code, taken.stdout) == (0, "1 received, 1 inserted\n")
    assert (kept.exit_code, kept.stdout) == (1, "1 received, 1 rejected\n")
    assert dry.stdout == "1 received, 1 would be replaced\n"
    assert corrected.stdout == "1 received, 1 replaced\n"
    assert readings(client, "grid") == [("2021-02-28T16:15:00Z", 9.5)]


@on_sqlite_alone
def test_a_dry_run_holds_the_rows_of_a_file_against_each_other(folder: Path) -> None:
    lines = ["01.03.2021 00:15;Netz;1,5;", "01.03.2021 00:15;Netz;1,5;", "01.03.2021 00:15;Netz;2,5;"]
    (folder / "twice.csv").write_text("\n".join(["Ende;Zähler;Verbrauch;Kommentar", *lines]), "cp1252")

    outcome = run(folder, "twice.csv", "--dry-run")
    assert outcome.stdout == "3 received, 1 would be inserted, 1 would be replaced, 1 would be duplicate\n"
    assert (
        "row 3, grid at 2021-02-28T16:15:00Z: contradicts_row: row 2 says another value of the same meter and timestamp"
    ) in said(outcome)
