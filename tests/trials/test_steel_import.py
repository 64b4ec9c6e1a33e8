"""A real year of a steel plant is imported by a mapping alone, midnights included.

The file (UCI Machine Learning Repository, "Steel Industry Energy Consumption", CC BY 4.0) is read from beside the
project and not shipped with it.
"""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from tests.support.examples import Service
from tests.trials.test_steel_trial import STEEL

MAPPING = Path(__file__).parents[2] / "docs" / "examples" / "steel.yaml"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.skipif(not STEEL.exists(), reason="the steel plant's file is not beside the project")
def test_a_real_year_is_imported_by_a_mapping_alone(
    service: Service, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESG_DATABASE_URL", database_url)
    steel = {"code": "steel", "name": "Steel plant", "timezone": "Asia/Seoul", "currency": "KRW"}
    meter = {"code": "furnace", "plant": "gwangyang", "resource": "electricity.grid", "kind": "interval", "unit": "kWh"}
    service.post("/v1/organizations", steel)
    service.post("/v1/organizations/steel/plants", {"code": "gwangyang", "country": "KR"})
    service.post("/v1/organizations/steel/meters", {**meter, "interval": "PT15M", "timestamp_edge": "interval_end"})
    command = ["import", str(STEEL), "--organization", "steel", "--mapping", str(MAPPING)]
    command += ["--report", str(tmp_path / "rejected.csv")]

    first = CliRunner().invoke(cli, command)
    year = service.get("/v1/organizations/steel/rollups", grain="year")["items"]
    days = service.get("/v1/organizations/steel/rollups", grain="day", limit="1000")["items"]
    again = CliRunner().invoke(cli, command)

    assert (first.exit_code, first.stdout) == (0, "35,040 received, 35,040 inserted\n")
    assert [(each["start"], str(each["quantity"]), each["count"], each["coverage"]) for each in year] == [
        ("2017-12-31T15:00:00Z", "959636.71", 35040, 1)
    ]
    assert {each["count"] for each in days} == {96}
    assert len(days) == 365
    assert (again.exit_code, again.stdout) == (0, "35,040 received, 35,040 duplicate\n")
    assert not (tmp_path / "rejected.csv").exists()
