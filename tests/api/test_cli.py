"""The command `esg`."""

from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.core.calendar.zone_rules import EDITION
from app.main import create_app
from app.settings import Settings
from tests.conftest import Make
from tests.support.client import running

run = CliRunner().invoke


@pytest.fixture
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESG_DATABASE_URL", database_url)
    monkeypatch.delenv("ESG_ADMIN_KEY", raising=False)


def test_migrating_an_empty_database_makes_it_ready(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESG_DATABASE_URL", empty_database_url)

    result = run(cli, ["migrate"])

    words = f"The schema is current; local days are told by the zone rules {EDITION}.\n"
    assert (result.exit_code, result.output) == (0, words)
    with running(create_app(Settings()), key=None) as client:
        assert client.get("/health/ready").status_code == 200


@pytest.mark.usefixtures("environment")
def test_a_key_made_on_the_command_line_works(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    make_organization(code="other")

    result = run(cli, ["keys", "create", "--name", "gateway", "--scope", "read", "--organization", "acme"])

    assert result.exit_code == 0
    headers = {"X-API-Key": result.stdout.strip()}
    assert client.get("/v1/organizations/acme", headers=headers).status_code == 200
    assert client.get("/v1/organizations/other", headers=headers).status_code == 404


@pytest.mark.usefixtures("environment")
def test_a_key_for_an_unknown_organization_is_refused() -> None:
    result = run(cli, ["keys", "create", "--name", "gateway", "--scope", "read", "--organization", "nobody"])

    assert result.exit_code == 2
    assert "unknown organization: nobody" in result.output


@pytest.mark.parametrize(
    ("command", "said"),
    [(["openapi"], '"openapi": "3.1.0"'), (["factors", "page"], "| `grid_hk_clp_2019` |")],
    ids=["openapi", "factors"],
)
def test_a_document_is_printed_or_compared(command: list[str], said: str, tmp_path: Path) -> None:
    printed = run(cli, command)
    kept = tmp_path / "document"
    kept.write_text(printed.output, "utf-8")

    same = run(cli, [*command, "--check", str(kept)])
    kept.write_text(printed.output.replace(said, "something else"), "utf-8")
    drifted = run(cli, [*command, "--check", str(kept)])
    missing = run(cli, [*command, "--check", str(tmp_path / "nothing")])

    assert said in printed.output
    assert [result.exit_code for result in (same, drifted, missing)] == [0, 1, 1]
    assert drifted.output == f"{kept} is not current: esg {' '.join(command)} > {kept}\n"


@pytest.mark.usefixtures("environment")
def test_rollups_are_rebuilt_from_the_readings(
    client: httpx.Client, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    make_organization()
    make_plant()
    make_meter()
    reading = {"meter": "grid", "timestamp": "2021-03-01T00:00:00+08:00", "value": 12.5}
    client.post("/v1/organizations/acme/readings", json={"readings": [reading]})

    result = run(cli, ["rollups", "rebuild", "--organization", "acme"])
    unknown = run(cli, ["rollups", "rebuild", "--organization", "nobody"])

    assert result.exit_code == 0
    assert unknown.exit_code == 2
    page = client.get("/v1/organizations/acme/rollups", params={"grain": "year"}).json()
    assert [(item["meter"], item["quantity"], item["unit"]) for item in page["items"]] == [("grid", 12.5, "kWh")]
