"""The command `esg factors import`: files of factors in each format, a dry run, what it prints, exit codes."""

import json
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.store.engine.database import Database
from tests.catalogue.test_factor_imports import MIX_2020, MIXES
from tests.conftest import Make
from tests.support.works import YEARLY, figures, send

SHIPPED = """
source: {document: Residual mixes, table: "Table 3", year: 2022, read_from: the published table}
common: {resource: electricity.grid, region: CN, method: market, per: kWh, edition: 2022, factor_set: own}
factors:
  - {code: mix-cn-2020, kg_co2: 0.7105, gases: {SF6: 0.0000001}, valid_from: 2020-01-01, valid_to: 2021-01-01}
  - {code: mix-cn-2021, kg_co2: 0.7, valid_from: 2021-01-01, valid_to: 2022-01-01}
---
source: The supplier's letter
common: {resource: steam.purchased, region: CN}
factors:
  - {code: steam, per: GJ, kg_co2: 110, valid_from: 2020-01-01}
"""


@pytest.fixture(autouse=True)
def powered(
    average: None,
    client: httpx.Client,
    database: Database,
    database_url: str,
    make_meter: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The works bought 1,000 kWh in 2020 and 2,000 kWh in 2021; the command works on the same database."""
    monkeypatch.setenv("ESG_DATABASE_URL", database_url)
    make_meter(**YEARLY)
    send(client, database, "grid,2020-01-01T00:00:00+08:00,1000\ngrid,2021-01-01T00:00:00+08:00,2000000\n")


def _import(folder: Path, name: str, text: str, *options: str, organization: str = "acme") -> Result:
    file = folder / name
    file.write_text(text, "utf-8")
    return CliRunner().invoke(cli, ["factors", "import", str(file), "--organization", organization, *options])


def test_a_file_is_tried_then_imported_then_unchanged(client: httpx.Client, tmp_path: Path) -> None:
    tried = _import(tmp_path, "mixes.csv", MIXES, "--dry-run")
    assert tried.exit_code == 0, tried.output
    assert tried.output.splitlines() == [
        "2 received, 2 added, 0 unchanged, 0 refused",
        "  mix-cn-2020: added",
        "  mix-cn-2021: added",
        "year  framework  figure             is    becomes  unit",
        "2020  hkex-2020  ghg.scope2.market  1     1        tCO2e",
        "2021  hkex-2020  ghg.scope2.market  1188  1400     tCO2e",
        "A dry run. Nothing is stored.",
    ]
    assert figures(client, 2021)["ghg.scope2.market"]["value"] == Decimal("1188.4")
    stored = _import(tmp_path, "mixes.csv", MIXES)
    assert (stored.exit_code, stored.output.splitlines()) == (0, tried.output.splitlines()[:-1])
    assert figures(client, 2021)["ghg.scope2.market"]["value"] == Decimal(1400)
    again = _import(tmp_path, "mixes.csv", MIXES)
    assert again.exit_code == 0
    assert again.output.splitlines() == [
        "2 received, 0 added, 2 unchanged, 0 refused",
        "  mix-cn-2020: unchanged",
        "  mix-cn-2021: unchanged",
    ]


def test_a_wrong_column_and_a_wrong_unit_are_named_and_nothing_is_stored(client: httpx.Client, tmp_path: Path) -> None:
    column = _import(tmp_path, "mixes.csv", MIXES.replace("kg_co2e", "co2"))
    assert (column.exit_code, column.stdout) == (1, "")
    assert column.stderr.startswith("co2: A factor has no column 'co2'; there are code, resource,")
    assert column.stderr.endswith("Nothing is stored.\n")
    unit = _import(tmp_path, "mixes.csv", MIXES + MIX_2020.replace("mix-cn-2020", "other").replace("MWh", "Kilowatt"))
    assert unit.exit_code == 1
    assert "  line 4 (other): per: 'Kilowatt' is not a unit of energy; use one of" in unit.stderr
    assert unit.stdout.splitlines()[0] == "3 received, 2 added, 0 unchanged, 1 refused"
    assert figures(client, 2021)["ghg.scope2.market"]["value"] == Decimal("1188.4")


def test_tables_as_they_ship_and_rows_of_yaml_and_json_are_read(client: httpx.Client, tmp_path: Path) -> None:
    shipped = _import(tmp_path, "mixes.yaml", SHIPPED)
    assert shipped.exit_code == 0, shipped.output
    assert shipped.output.splitlines()[0] == "3 received, 3 added, 0 unchanged, 0 refused"
    found = client.get("/v1/organizations/acme/factors/mix-cn-2020").json()
    assert (found["source"], found["edition"], found["other_gases"]) == (
        "Residual mixes; Table 3; 2022; read from: the published table",
        "2022",
        {"SF6": 1e-7},
    )
    assert client.get("/v1/organizations/acme/factors/steam").json()["source"] == "The supplier's letter"
    row = {
        "code": "tariff",
        "resource": "electricity.grid",
        "region": "main",
        "method": "market",
        "per": "kWh",
        "kg_co2": 0.25,
        "valid_from": "2021-01-01",
        "edition": "7",
        "source": "s",
    }
    for name, text in (
        ("one.json", json.dumps([row])),
        ("two.json", json.dumps({"items": [{**row, "code": "tariff-2", "supersedes": "tariff"}]})),
        ("three.yml", "- " + json.dumps({**row, "code": "tariff-3", "supersedes": "tariff-2", "edition": 8})),
    ):
        result = _import(tmp_path, name, text)
        assert result.exit_code == 0, result.output
    assert "  tariff-3: takes the place of tariff" in result.output
    assert client.get("/v1/organizations/acme/factors/tariff-3").json()["edition"] == "8"


@pytest.mark.parametrize(
    ("name", "text", "code", "words"),
    [
        ("mixes.xlsx", "x", 1, "'mixes.xlsx' is neither .csv nor .json nor .yaml"),
        ("mixes.json", "{", 1, "The body is not JSON"),
        ("mixes.yaml", "a: [", 1, "mixes.yaml: "),
        ("mixes.yaml", "a: 1", 1, "holds neither a list of factors"),
        ("mixes.yaml", SHIPPED.replace("year: 2022, ", ""), 1, "year is missing"),
        ("mixes.yaml", SHIPPED.replace("gases:", "gasses:"), 1, "gasses: Extra inputs are not permitted"),
        ("mixes.yaml", SHIPPED.replace("common:", "shared:"), 1, "shared"),
        ("mixes.csv", MIXES, 2, "no organization 'nobody'"),
    ],
)
def test_what_cannot_be_read_is_told_and_nothing_is_stored(
    client: httpx.Client, tmp_path: Path, name: str, text: str, code: int, words: str
) -> None:
    result = _import(tmp_path, name, text, organization="nobody" if code == 2 else "acme")
    assert result.exit_code == code
    assert words in " ".join(result.stderr.split())
    assert figures(client, 2021)["ghg.scope2.market"]["value"] == Decimal("1188.4")
