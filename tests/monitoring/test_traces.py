"""Traces, from a real server over OTLP/HTTP to a receiver: requests, statements, stages and outgoing calls."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app.settings import Settings
from app.tracing import start_tracing
from tests.conftest import migrated
from tests.support.processes import ADMIN_KEY, Server, free_port, serving
from tests.support.webhook_site import WebhookSite, site

ORG = "/v1/organizations/acme"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = {"traceparent": f"00-{TRACE}-{PARENT}-01", "baggage": "secret-of=the-caller"}
PATIENCE_S = 20


@dataclass(frozen=True)
class Told:
    """A span as the receiver got it."""

    name: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, Any]
    links: tuple[str, ...]
    error: bool


class Traced:
    """A server, and the receivers of its traces and of its webhooks."""

    def __init__(self, server: Server, collector: WebhookSite, hooks: WebhookSite) -> None:
        self.server, self.collector, self.hooks = server, collector, hooks

    def ask(self, method: str, path: str, json: Any = None, **headers: str) -> httpx.Response:
        return httpx.request(method, self.server.address + path, json=json, headers={**self.server.headers, **headers})

    def spans(self) -> list[Told]:
        return [span for asked in list(self.collector.asked) for span in _spans_of(asked.body)]

    def wait_for(self, wanted: Callable[[Told], bool]) -> Told:
        """Return the first span that is wanted, when it has come."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            for span in self.spans():
                if wanted(span):
                    return span
            time.sleep(0.05)
        raise AssertionError(f"not among {sorted({span.name for span in self.spans()})}\n{self.server.output()}")


def _spans_of(body: bytes) -> Iterator[Told]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        of_resource = {each.key: each.value.string_value for each in resource.resource.attributes}
        assert of_resource["service.name"] == "esg-metrics"
        for scope in resource.scope_spans:
            for span in scope.spans:
                attributes = {each.key: each.value.string_value or each.value.int_value for each in span.attributes}
                links = tuple(link.trace_id.hex() for link in span.links)
                ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                assert span.status.message == ""
                assert list(span.events) == []
                yield Told(span.name, *ids, attributes, links, span.status.code == 2)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def traced(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    """A company with a meter and a webhook, at a server that sends traces every tenth of a second."""
    with (
        site() as collector,
        site() as hooks,
        migrated(request, tmp_path_factory.mktemp("traced")) as url,
        serving(
            url,
            ESG_TRACES_URL=f"{collector.url}/v1/traces",
            ESG_ALLOWED_NETWORKS="127.0.0.0/8",
            ESG_ROLE="auto",  # on PostgreSQL the jobs are a process of their own
            OTEL_BSP_SCHEDULE_DELAY="100",
        ) as servers,
    ):
        it = Traced(servers[0], collector, hooks)
        company = {"code": "acme", "name": "Acme", "timezone": "Asia/Shanghai", "currency": "CNY"}
        assert it.ask("POST", "/v1/organizations", company).status_code == 201
        assert it.ask("POST", f"{ORG}/plants", {"code": "main", "name": "Main", "country": "CN"}).status_code == 201
        meter = {"code": "bill", "kind": "event", "plant": "main", "resource": "electricity.grid", "unit": "kWh"}
        assert it.ask("POST", f"{ORG}/meters", meter).status_code == 201
        hook = {
            "code": "hook",
            "url": f"{hooks.url}/hook-path-secret?token=hook-query-secret",
            "kinds": ["figures.changed"],
        }
        made = it.ask("POST", f"{ORG}/webhooks", hook)
        assert made.status_code == 201, made.text
        yield it


def _posted(traced: Traced, value: str, **headers: str) -> httpx.Response:
    row = {"meter": "bill", "timestamp": "2024-03-01T00:00:00+08:00", "value": value}
    return traced.ask("POST", f"{ORG}/readings", {"readings": [row]}, **headers)


def test_a_post_goes_on_with_the_trace_of_who_posts_down_to_the_transaction_that_stores_it(traced: Traced) -> None:
    _posted(traced, "1")  # after which the key is known, and the next one takes the express lane

    assert _posted(traced, "2", **TRACEPARENT, **{"X-Request-ID": "gateway-7"}).status_code == 200

    request = traced.wait_for(lambda span: span.trace == TRACE and span.parent == PARENT)
    assert request.name == "POST /v1/organizations/{organization}/readings"
    assert request.attributes["esg.request_id"] == "gateway-7"
    assert request.attributes["http.route"] == "/v1/organizations/{organization}/readings"
    assert request.attributes["http.response.status_code"] == 200
    group = traced.wait_for(lambda span: span.name == "ingest.group" and span.trace == TRACE)
    assert group.parent == request.id
    traced.wait_for(lambda span: span.name == "ingest.write" and span.parent == group.id)


def test_a_disclosure_shows_its_stages_and_the_names_of_a_query_without_values(traced: Traced) -> None:
    answer = traced.ask("GET", f"{ORG}/disclosures/hkex-2025/2024?api_key=query-secret&plant=main", **TRACEPARENT)

    assert answer.status_code in (200, 422)
    name = "GET /v1/organizations/{organization}/disclosures/{framework}/{year}"
    request = traced.wait_for(lambda span: span.name == name)
    assert request.attributes["url.query"] == "api_key=REDACTED&plant=REDACTED"

    assert traced.ask("GET", f"{ORG}/disclosures/hkex-2025/2024").status_code == 200
    figures = traced.wait_for(lambda span: span.name == "disclosure.figures")
    ledgers = traced.wait_for(lambda span: span.name == "accounting.ledgers" and span.trace == figures.trace)
    asked = traced.wait_for(lambda span: span.parent == ledgers.id and span.name == "SELECT")
    assert asked.attributes["db.system.name"] in ("sqlite", "postgresql")
    assert asked.attributes["db.query.text"].startswith("SELECT ")


def test_rolling_up_is_a_trace_of_its_own(traced: Traced) -> None:
    rolled = traced.wait_for(lambda span: span.name == "rollup.arrivals")
    traced.wait_for(lambda span: span.trace == rolled.trace and span.id != rolled.id)


def test_a_webhook_is_called_with_the_trace_and_without_what_a_caller_has_sent(traced: Traced) -> None:
    call = traced.wait_for(lambda span: span.attributes.get("server.address") == "127.0.0.1" and span.name == "POST")

    delivery = traced.wait_for(lambda span: span.name == "webhook.deliver" and span.id == call.parent)
    sent = {asked.headers["traceparent"].rpartition("-")[0] for asked in traced.hooks.asked}
    assert f"00-{delivery.trace}-{call.id}" in sent
    assert [asked for asked in traced.hooks.asked if "baggage" in {name.lower() for name in asked.headers}] == []


def test_no_secret_is_in_any_span_and_nobody_is_traced_who_looks_after_the_service(traced: Traced) -> None:
    traced.ask("GET", "/metrics")
    traced.ask("GET", "/health/ready")
    asked = {"code": "acme", "name": "Twice", "timezone": "Asia/Shanghai", "currency": "CNY"}
    assert traced.ask("POST", "/v1/organizations", asked, **{"X-Request-ID": "the-last"}).status_code == 409
    traced.wait_for(lambda span: span.attributes.get("esg.request_id") == "the-last")

    told = b"".join(asked.body for asked in traced.collector.asked)
    for secret in (ADMIN_KEY, "query-secret", "hook-path-secret", "hook-query-secret", "the-caller", "whsec_"):
        assert secret.encode() not in told, secret
    assert [span.name for span in traced.spans() if "health" in str(span) or "/metrics" in span.name.split()[-1:]] == []


def test_a_collector_that_is_away_keeps_nobody_waiting(tmp_path: Path) -> None:
    gone = f"http://127.0.0.1:{free_port()}/v1/traces"
    with serving(f"sqlite:///{tmp_path}/esg.db", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=gone) as [server]:
        assert httpx.get(server.address + "/v1/organizations", headers=server.headers, timeout=5).status_code == 200
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 6


SAID = """
import sys
from app.settings import Settings
from app.tracing import start_tracing
print(start_tracing(Settings()) is not None, "opentelemetry.sdk" in sys.modules)
"""
COLLECTOR = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR, "OTEL_TRACES_EXPORTER": "none"},
        {"ESG_TRACES_URL": f"{COLLECTOR}/v1/traces", "OTEL_SDK_DISABLED": "true"},
    ],
    ids=["nothing", "no-exporter", "disabled"],
)
def test_traces_are_off(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert start_tracing(Settings()) is None


def _said(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60)


def test_traces_are_on_by_the_variables_of_opentelemetry_alone() -> None:
    assert _said(SAID, OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR).stdout == "True True\n"


def test_traces_that_cannot_be_sent_are_refused_with_what_to_install() -> None:
    program = "import sys; sys.modules['opentelemetry.sdk.trace'] = None\n" + SAID
    ran = _said(program, ESG_TRACES_URL=f"{COLLECTOR}/v1/traces")
    assert "TracesUnavailable: Traces cannot be sent: install esg-metrics[traces]" in ran.stderr


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="traces_url"):
        Settings(traces_url="collector:4318")
