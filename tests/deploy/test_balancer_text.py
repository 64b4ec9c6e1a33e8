"""What the shipped balancer is told, read from its text: also where nginx is not installed to try it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from tests.deploy.balancer import CONFIGURATION, configured, nginx
from tests.deploy.tools import run

TEXT = re.sub(r"#.*", "", CONFIGURATION.read_text())
PROBLEM_MEMBERS = {"type", "title", "status", "detail", "code", "request_id", "errors"}
_SECONDS = {"s": 1, "m": 60, "h": 3_600}


def _block(head: str) -> str:
    """Return what stands between the braces after `head`."""
    at = TEXT.index("{", TEXT.index(head)) + 1
    depth, end = 1, at
    while depth:
        depth += {"{": 1, "}": -1}.get(TEXT[end], 0)
        end += 1
    return TEXT[at : end - 1]


def _seconds(block: str, directive: str) -> int:
    [(number, unit)] = re.findall(rf"^\s*{directive}\s+(\d+)([smh]);", block, re.MULTILINE)
    return int(number) * _SECONDS[unit]


def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    nginx()
    told = run("nginx", "-t", "-q", "-c", configured(tmp_path, [8001, 8002]), "-g", "user root;")
    assert told == ""


def test_braces_pair_and_every_line_ends() -> None:
    bare = re.sub(r"'[^']*'", "''", TEXT)
    assert bare.count("{") == bare.count("}") > 10
    open_lines = [line for line in bare.splitlines() if line.strip() and not re.search(r"[;{}]\s*$", line)]
    assert open_lines == []


def test_bodies_are_gathered_and_a_little_more_than_the_service_takes_is_let_through() -> None:
    secure = _block("server {\n        listen 8443")
    assert "proxy_request_buffering on;" in secure
    [megabytes] = re.findall(r"client_max_body_size\s+(\d+)m;", secure)
    assert 0 < int(megabytes) * 2**20 - Settings.model_fields["max_body_bytes"].default <= 2**20


def test_a_stream_is_not_buffered_and_may_be_silent_for_longer_than_its_beat() -> None:
    block = _block("location ~ ^/(v1/organizations/[^/]+|live)/stream$")
    assert "proxy_buffering    off;" in block
    assert _seconds(block, "proxy_read_timeout") >= 3 * Settings.model_fields["stream_beat_s"].default


def test_idle_connections_to_a_server_are_closed_before_the_server_closes_them() -> None:
    assert _seconds(_block("upstream esg"), "keepalive_timeout") < 120


def test_only_posts_of_readings_are_sent_again_after_a_server_has_had_them() -> None:
    locations = re.findall(r"location ([^{]+) \{([^{}]*)\}", TEXT)
    again = [where for where, block in locations if "non_idempotent" in block]
    assert again == ["~ ^/v1/organizations/[^/]+/(readings|write)$"]
    pattern = re.compile(again[0].removeprefix("~ "))
    assert pattern.search("/v1/organizations/acme/readings")
    assert not pattern.search("/v1/organizations/acme/meters")
    assert not pattern.search("/v1/organizations/acme/readings/amendments")


def test_what_a_client_says_of_its_own_address_is_overwritten() -> None:
    headers = dict(re.findall(r"proxy_set_header (\S+)\s+(\S+);", TEXT))
    assert headers["X-Forwarded-For"] == "$remote_addr"
    assert headers["X-Forwarded-Proto"] == "$scheme"


def _problems() -> list[tuple[int, dict[str, Any]]]:
    return [(int(status), json.loads(body)) for status, body in re.findall(r"return (\d+) '(\{.*\})';", TEXT)]


@pytest.mark.parametrize(
    ("status", "problem"), _problems(), ids=lambda each: str(each) if isinstance(each, int) else ""
)
def test_what_the_balancer_refuses_it_refuses_as_the_service_does(status: int, problem: dict[str, Any]) -> None:
    assert set(problem) == PROBLEM_MEMBERS
    assert problem["status"] == status
    assert problem["type"] == f"urn:esg-metrics:problem:{problem['code']}"


def test_the_balancer_has_words_for_each_refusal_of_its_own() -> None:
    assert [(status, problem["code"]) for status, problem in _problems()] == [
        (404, "not_found"),
        (408, "body_too_slow"),
        (413, "body_too_large"),
        (429, "overloaded"),
        (503, "not_ready"),
    ]
