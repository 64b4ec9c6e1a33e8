"""The compose file is one by its specification, and its parts fit each other, the balancer and the program."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from tests.deploy.tools import DEPLOY, documents, parsed, unread

FOLDER = DEPLOY / "compose"
COMPOSE: dict[str, Any] = documents(FOLDER / "compose.yaml")[0]
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("serve-1", "serve-2", "jobs", "migrate")


def test_the_file_is_a_compose_file() -> None:
    schema = json.loads(Path(__file__).with_name("compose-spec.json").read_text())
    validator = Draft7Validator(schema)
    assert [f"{list(each.path)}: {each.message}" for each in validator.iter_errors(COMPOSE)] == []


def test_the_specification_refuses_a_word_it_does_not_know() -> None:
    schema = json.loads(Path(__file__).with_name("compose-spec.json").read_text())
    wrong = yaml.safe_load("services: {serve: {image: esg, comand: [serve]}}")
    assert not Draft7Validator(schema).is_valid(wrong)


@pytest.mark.parametrize(
    ("service", "role"), [("serve-1", "serve"), ("serve-2", "serve"), ("jobs", "jobs")], ids=lambda each: str(each)
)
def test_a_process_of_ours_has_the_role_of_its_name(service: str, role: str) -> None:
    read = parsed(SERVICES[service]["command"])
    assert (read["role"], read["workers"]) == (role, 1)
    if role == "serve":
        assert (read["host"], read["port"]) == ("0.0.0.0", 8000)  # noqa: S104 - inside a container of its own


def test_servers_are_asked_by_the_image_s_health_check_and_what_listens_nowhere_is_not() -> None:
    asked = {name: "healthcheck" not in SERVICES[name] for name in OURS}
    assert asked == {"serve-1": True, "serve-2": True, "jobs": False, "migrate": False}


@pytest.mark.parametrize("service", OURS)
def test_a_process_of_ours_can_write_nowhere_and_gain_nothing(service: str) -> None:
    made = SERVICES[service]
    assert made["read_only"] is True
    assert made["cap_drop"] == ["ALL"]
    assert made["security_opt"] == ["no-new-privileges:true"]
    assert made["tmpfs"] == ["/tmp"]  # noqa: S108 - inside a container of its own


@pytest.mark.parametrize("service", OURS)
def test_every_variable_is_read_by_the_program(service: str) -> None:
    environment = SERVICES[service]["environment"]
    assert set(environment) == {"ESG_DATABASE_URL", "ESG_ADMIN_KEY", "FORWARDED_ALLOW_IPS"}
    assert unread(environment) == []


def test_migrations_are_through_before_anything_serves() -> None:
    for service in ("serve-1", "serve-2", "jobs"):
        assert SERVICES[service]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert SERVICES["migrate"]["depends_on"] == {"postgresql": {"condition": "service_healthy"}}


def test_servers_believe_the_balancer_alone_and_it_finds_them_at_their_addresses() -> None:
    address = {
        name: made["networks"]["esg"]["ipv4_address"]
        for name, made in SERVICES.items()
        if made.get("networks", {}).get("esg")
    }
    assert {SERVICES[name]["environment"]["FORWARDED_ALLOW_IPS"] for name in OURS} == {address["balancer"]}
    assert SERVICES["balancer"]["extra_hosts"] == [f"{name}:{address[name]}" for name in ("serve-1", "serve-2")]
    upstream = re.findall(r"^\s+server (\S+):8000 ", (FOLDER / "nginx.conf").read_text(), re.MULTILINE)
    assert upstream == ["serve-1", "serve-2"]


def test_the_database_takes_the_connections_of_two_generations_of_processes() -> None:
    options = SERVICES["postgresql"]["command"]
    [limit] = [int(each.partition("=")[2]) for each in options if each.startswith("max_connections=")]
    assert limit >= 2 * 3 * 21 + 10


def test_no_secret_has_a_default_and_the_example_names_each() -> None:
    text = (FOLDER / "compose.yaml").read_text()
    asked = set(re.findall(r"\$\{(\w+):\?", text))
    assert asked == {"POSTGRES_PASSWORD", "ESG_ADMIN_KEY"}
    assert set(re.findall(r"\$\{(\w+)", text)) == asked
    assert re.findall(r"^(\w+)=$", (FOLDER / "env.example").read_text(), re.MULTILINE) == sorted(asked, reverse=True)


def test_every_file_that_is_mounted_is_there_or_is_told_to_be_put_there() -> None:
    sources = [
        volume["source"]
        for made in SERVICES.values()
        for volume in made.get("volumes", [])
        if volume["type"] == "bind" and volume["source"] != "./tls"
    ]
    assert sources == ["./nginx.conf", "../prometheus"]
    assert [each for each in sources if not (FOLDER / each).exists()] == []
