"""The alerts are about metrics that the program has, and call when they should."""

import json
import re
from typing import Any

from fastapi import FastAPI

from tests.deploy.tools import DEPLOY, ROOT, documents, run

FOLDER = DEPLOY / "prometheus"
[_GROUPS] = documents(FOLDER / "alerts.yml")
RULES: list[dict[str, Any]] = [rule for group in _GROUPS["groups"] for rule in group["rules"]]


def test_prometheus_takes_the_configuration_and_the_alerts() -> None:
    run("promtool", "check", "config", "--syntax-only", FOLDER / "prometheus.yml")
    run("promtool", "check", "rules", FOLDER / "alerts.yml")


def test_the_alerts_call_when_they_should() -> None:
    run("promtool", "test", "rules", FOLDER / "alerts_test.yml")


def test_every_alert_is_about_a_metric_of_the_program(app: FastAPI) -> None:
    there = set(re.findall(r"^# TYPE (\w+)", app.state.monitoring.text().decode(), re.MULTILINE))
    named = {name for rule in RULES for name in re.findall(r"\besg_\w+", rule["expr"])}
    assert named >= {"esg_requests_total", "esg_arrivals_set_aside", "esg_request_seconds_bucket"}
    assert [each for each in named if each not in there and each.removesuffix("_bucket") not in there] == []


def test_every_route_an_alert_names_is_one_of_the_program() -> None:
    named = {route for rule in RULES for route in re.findall(r'route="([^"]+)"', rule["expr"])}
    assert named == {"/v1/organizations/{organization}/readings"}
    assert named <= set(json.loads((ROOT / "openapi" / "openapi.json").read_text())["paths"])


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    assert len(RULES) == 18
    assert {rule["labels"]["severity"] for rule in RULES} == {"warning", "critical"}
    assert [rule["alert"] for rule in RULES if set(rule["annotations"]) != {"summary", "description"}] == []


def test_prometheus_asks_each_server_by_itself() -> None:
    [configured] = documents(FOLDER / "prometheus.yml")
    [job] = configured["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["serve-1:8000", "serve-2:8000"]}]
