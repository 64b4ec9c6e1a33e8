"""The dashboards ask the service for what there is, and show fields that its answers have."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
import yaml
from fastapi import FastAPI

from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.conftest import Make
from tests.deploy.tools import DEPLOY, documents, run

FOLDER = DEPLOY / "grafana"
BOARDS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted((FOLDER / "dashboards").glob("*.json"))
}
PANELS = [(name, panel) for name, board in BOARDS.items() for panel in board["panels"]]
OF_THE_SERVICE = [(name, each) for name, each in PANELS if each["datasource"]["uid"] == "esg"]
OF_PROMETHEUS = [(name, each) for name, each in PANELS if each["datasource"]["uid"] == "esg-prometheus"]
VARIABLES = {
    "${organization}": "acme",
    "${__from:date:YYYY}": "2024",
    "${__to:date:YYYY}": "2025",
    "${__from:date:iso}": "2024-06-01T00:00:00.000Z",
    "${__to:date:iso}": "2025-06-01T00:00:00.000Z",
}
"""What Grafana puts into addresses, for a year up to June 2025."""

_LAYOUTS = {"2006-01-02": "%Y-%m-%d", "2006-01-02T15:04:05Z07:00": "%Y-%m-%dT%H:%M:%S%z"}


@pytest.fixture
def acme(client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    """A plant with meters of all that the dashboards name, each of which has said 10 on 2 March 2025."""
    make_organization()
    make_plant()
    rows = ["meter,timestamp,value"]
    for resource, unit in (
        *(("electricity.grid", "kWh"), ("electricity.solar", "kWh"), ("electricity.green", "kWh")),
        *(("water.withdrawal", "m3"), ("water.recycled", "m3"), ("water.discharge", "m3"), ("fuel.diesel", "L")),
    ):
        make_meter(code=resource, resource=resource, unit=unit, interval="P1D", timestamp_edge="interval_start")
        rows.append(f"{resource},2025-03-02T00:00:00+08:00,10")
    sent = client.post("/v1/organizations/acme/readings", content="\n".join(rows), headers={"Content-Type": "text/csv"})
    assert sent.json()["inserted"] == 7, sent.text
    roll_pending(database)


def _address(template: str) -> str:
    for name, value in VARIABLES.items():
        template = template.replace(name, value)
    assert "$" not in template
    return template


def _targets() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, panel in OF_THE_SERVICE:
        for target in panel["targets"]:
            yield f"{name}: {panel['title']}", target


def test_there_is_a_dashboard_of_each_subject() -> None:
    assert {name: len(board["panels"]) for name, board in BOARDS.items()} == {
        "emissions": 8,
        "energy": 8,
        "service": 11,
        "water": 8,
    }
    assert len({board["uid"] for board in BOARDS.values()}) == len(BOARDS)
    for board in BOARDS.values():
        assert [panel["id"] for panel in board["panels"]] == list(range(1, len(board["panels"]) + 1))
        assert all(panel["title"] and panel["description"].endswith(".") for panel in board["panels"])


@pytest.mark.parametrize("name", BOARDS)
def test_panels_lie_beside_each_other(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in BOARDS[name]["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_every_panel_asks_a_source_that_is_provisioned() -> None:
    [sources] = documents(FOLDER / "provisioning" / "datasources" / "esg.yaml")
    known = {each["uid"]: each["type"] for each in sources["datasources"]}
    assert known == {"esg": "yesoreyeram-infinity-datasource", "esg-prometheus": "prometheus"}
    for _, panel in PANELS:
        for source in (panel["datasource"], *(target["datasource"] for target in panel["targets"])):
            assert known[source["uid"]] == source["type"]


def test_the_key_is_a_header_and_comes_from_the_environment() -> None:
    [sources] = documents(FOLDER / "provisioning" / "datasources" / "esg.yaml")
    [esg] = (each for each in sources["datasources"] if each["uid"] == "esg")
    assert (esg["jsonData"]["apiKeyType"], esg["jsonData"]["apiKeyKey"]) == ("header", "X-API-Key")
    assert (esg["url"], esg["secureJsonData"]) == ("$ESG_URL", {"apiKeyValue": "$ESG_KEY"})
    assert not [where for where, target in _targets() if "key" in target["url"].lower()]


def test_the_dashboards_lie_where_the_provider_looks() -> None:
    [providers] = documents(FOLDER / "provisioning" / "dashboards" / "esg.yaml")
    [provider] = providers["providers"]
    guide = (DEPLOY / "README.md").read_text()
    assert f"deploy/grafana/dashboards:{provider['options']['path']}:ro" in guide
    assert provider["type"] == "file"


def test_the_service_answers_every_query_with_the_fields_that_its_panel_names(client: httpx.Client, acme: None) -> None:
    for where, target in _targets():
        assert (target["type"], target["parser"], target["url_options"]["method"]) == ("csv", "backend", "GET")
        answer = client.get(_address(target["url"]))
        assert answer.status_code == 200, f"{where}: {answer.text}"
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        for column in target["columns"]:
            said = [row[column["selector"]] for row in rows if row[column["selector"]]]
            assert said, f"{where}: nothing in {column['selector']}"
            _require_type(column, said)


def _require_type(column: dict[str, str], said: list[str]) -> None:
    """Fail where a field cannot be read as what the panel takes it for."""
    for value in said:
        if column["type"] == "number":
            Decimal(value)
        if column["type"] == "timestamp":
            datetime.strptime(value, _LAYOUTS[column["timestampFormat"]])  # noqa: DTZ007 - a day has no zone


def test_what_panels_make_of_fields_is_made_of_fields_that_they_have() -> None:
    for name, panel in OF_THE_SERVICE:
        there = {column["text"] for target in panel["targets"] for column in target["columns"]}
        named: set[str] = set()
        for each in panel["transformations"]:
            options = each["options"]
            named |= {value for key, value in options.items() if key.endswith("Field")} | set(options.get("fields", ()))
            if each["id"] == "groupingToMatrix":
                assert panel["options"]["xField"] == f"{options['rowField']}\\{options['columnField']}"
        named |= set(re.findall(r"^/\^(\w+)\$/$", panel["options"].get("reduceOptions", {}).get("fields", "")))
        assert named <= there, f"{name}: {panel['title']}"
        assert named or panel["type"] in ("table", "timeseries")


def test_the_variable_lists_organizations_by_name(client: httpx.Client, acme: None) -> None:
    found = [variable for board in BOARDS.values() for variable in board["templating"]["list"]]
    assert [each["name"] for each in found] == ["organization"] * 3
    for variable in found:
        query = variable["query"]["infinityQuery"]
        [item] = client.get(query["url"]).json()[query["root_selector"]]
        told = {column["text"]: item[column["selector"]] for column in query["columns"]}
        assert told == {"__text": "Acme", "__value": "acme"}


def test_every_metric_of_the_service_is_one_that_it_has(app: FastAPI) -> None:
    there = set(re.findall(r"^# TYPE (\w+)", app.state.monitoring.text().decode(), re.MULTILINE))
    asked = [target["expr"] for _, panel in OF_PROMETHEUS for target in panel["targets"]]
    named = {name for expr in asked for name in re.findall(r"\besg_\w+", expr)}
    assert len(named) >= 8
    assert [each for each in named if each not in there and each.removesuffix("_bucket") not in there] == []


def test_prometheus_reads_every_expression(tmp_path: Any) -> None:
    rules = [
        {
            "record": f"panel:{name}:{panel['id']}{target['refId']}",
            "expr": target["expr"].replace("$__rate_interval", "5m"),
        }
        for name, panel in OF_PROMETHEUS
        for target in panel["targets"]
    ]
    assert len(rules) == 13
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    run("promtool", "check", "rules", file)
