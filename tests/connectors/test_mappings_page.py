"""The examples of the page on mappings become the readings that the page says."""

import re
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import cli
from tests.conftest import Make
from tests.connectors.conftest import on_sqlite_alone

PAGE = (Path(__file__).parents[2] / "docs" / "mappings.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall(PAGE)
EXAMPLES = [tuple(text for _, text in BLOCKS[at : at + 3]) for at in range(0, len(BLOCKS), 3)]


def test_every_example_is_a_mapping_a_source_and_readings() -> None:
    kinds = [(mapping[0], readings[0]) for mapping, _, readings in zip(*[iter(BLOCKS)] * 3, strict=True)]
    assert kinds == [("yaml", "readings")] * len(EXAMPLES)
    assert len(EXAMPLES) >= 9


@on_sqlite_alone
@pytest.mark.parametrize(("mapping", "source", "readings"), EXAMPLES)
def test_an_example_becomes_its_readings(
    client: httpx.Client,
    meters: None,
    make_meter: Make,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mapping: str,
    source: str,
    readings: str,
) -> None:
    monkeypatch.setenv("ESG_DATABASE_URL", database_url)
    for code in ("hall", "office"):
        make_meter(code=code)
    make_meter(code="coal", resource="fuel.coal.bituminous", kind="event", unit="t", interval=None, timestamp_edge=None)
    make_meter(code="monthly", interval="P1M", timestamp_edge="interval_end")
    (tmp_path / "mapping.yaml").write_text(mapping, "utf-8")
    (tmp_path / "source").write_text(source, "utf-8")
    fixed = ["--organization", "acme", "--mapping", str(tmp_path / "mapping.yaml")]

    outcome = CliRunner().invoke(cli, ["import", str(tmp_path / "source"), *fixed])

    assert outcome.exit_code == 0, outcome.output
    expected = [line.split() for line in readings.splitlines()]
    found = []
    for meter in sorted({meter for meter, _, _ in expected}):
        items = client.get("/v1/organizations/acme/readings", params={"meter": meter}).json()["items"]
        found += [[meter, item["timestamp"], str(item["value"])] for item in items]
    assert found == expected
