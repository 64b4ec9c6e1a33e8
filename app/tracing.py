"""Traces by OpenTelemetry, sent to a collector over OTLP/HTTP; without a setting nothing of it is imported."""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import Engine

from app.core import spans
from app.settings import Settings
from app.store.engine.database import Database

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Tracer

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_NAME = "esg-metrics"
_LAST_SPANS_S = 2.0


class TracesUnavailable(RuntimeError):
    """Traces are asked for, and the packages that send them are not installed."""

    def __init__(self) -> None:
        super().__init__("Traces cannot be sent: install esg-metrics[traces], or unset what asks for them")


class Tracing:
    """The traces of this process, until it is stopped."""

    def __init__(self, provider: "TracerProvider", exporter: "SpanExporter") -> None:
        self.provider = provider
        self._exporter = exporter
        self._tracer = provider.get_tracer(_NAME, version(_NAME))
        spans.record_by(_Recorder(self._tracer))

    def watch(self, engine: Engine) -> None:
        """Have the statements of a database be spans of what asks them."""
        from app.store.engine.statement_spans import trace_statements

        trace_statements(engine, self._tracer)

    def stop(self) -> None:
        """Make no more spans, and send what is left as far as the collector takes it within two seconds.

        Where it is away the library would try for ten, and hold up the end of the process.
        """
        spans.record_by(None)
        sending = threading.Thread(target=self.provider.shutdown, name="last-spans", daemon=True)
        sending.start()
        sending.join(_LAST_SPANS_S)
        self._exporter.shutdown()


def start_tracing(settings: Settings) -> Tracing | None:
    """Begin to make spans and send them where the environment says; None when it does not.

    The address is `ESG_TRACES_URL`, or what OpenTelemetry itself reads: `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, or
    `OTEL_EXPORTER_OTLP_ENDPOINT` with `/v1/traces` behind it. Its other variables count as everywhere. Raises
    TracesUnavailable.
    """
    if not _wanted(settings):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise TracesUnavailable from error
    provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=settings.traces_url)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Tracing(provider, exporter)


@contextmanager
def traced(settings: Settings, database: Database) -> Iterator[None]:
    """Have what a process without requests does with a database be traced, where wanted; see `start_tracing`."""
    tracing = start_tracing(settings)
    if tracing is None:
        yield
        return
    tracing.watch(database.engine)
    try:
        yield
    finally:
        tracing.stop()


def _wanted(settings: Settings) -> bool:
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    if settings.traces_url is not None:
        return True
    return os.environ.get("OTEL_TRACES_EXPORTER", "otlp") == "otlp" and any(map(os.environ.get, _ENDPOINTS))


def _resource() -> "Resource":
    """Return what tells this service apart: its name, unless the environment gives it another, and its version."""
    from opentelemetry.sdk.resources import Resource

    told = Resource.create()
    own = {"service.version": version(_NAME)}
    if str(told.attributes.get("service.name", "unknown_service")).startswith("unknown_service"):
        own["service.name"] = _NAME
    return told.merge(Resource(own))


class _Recorder:
    """Makes the spans of `app/core/spans.py`."""

    def __init__(self, tracer: "Tracer") -> None:
        self._tracer = tracer

    @contextmanager
    def span(self, name: str, causes: Sequence[object]) -> Iterator[None]:
        from opentelemetry.trace import Link, get_current_span, set_span_in_context

        contexts = [cause for cause in causes if cause is not None]
        parent: Context | None = None
        if contexts and not get_current_span().is_recording():
            parent = set_span_in_context(contexts.pop(0))  # type: ignore[arg-type]  # of `here`, to stages an object
        links = [Link(cause.get_span_context()) for cause in contexts]  # type: ignore[attr-defined]
        with self._current(name, context=parent, links=links):
            yield

    @contextmanager
    def call(self, method: str, url: str) -> Iterator[Mapping[str, str]]:
        """Neither the path nor the query of an address is told: in both there may be a secret."""
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        parts = urlsplit(url)
        attributes = {"http.request.method": method, "url.scheme": parts.scheme, "server.address": parts.hostname or ""}
        with self._current(method, kind=SpanKind.CLIENT, attributes=attributes):
            headers: dict[str, str] = {}
            TraceContextTextMapPropagator().inject(headers)  # baggage of callers stays here
            yield headers

    @contextmanager
    def _current(self, name: str, **described: Any) -> Iterator[None]:
        """Be in a span; one that fails tells the class of the error, whose words may repeat what callers sent."""
        from opentelemetry.trace import StatusCode

        described |= {"record_exception": False, "set_status_on_exception": False}
        with self._tracer.start_as_current_span(name, **described) as span:
            try:
                yield
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(StatusCode.ERROR)
                raise

    def here(self) -> object:
        from opentelemetry.trace import get_current_span

        found = get_current_span()
        return found if found.is_recording() else None
