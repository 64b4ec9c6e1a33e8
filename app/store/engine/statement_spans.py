"""A span for each statement that a database is asked within a span of something else.

What looks for work all day, outside of any, starts no trace of its own. A span has the statement with its placeholders,
and never a value: neither parameters nor a driver's words of an error, which repeat them.
"""

from typing import Any

from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, get_current_span
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext

_SPANS = "esg_spans"
_MOST_TEXT = 2_000


def trace_statements(engine: Engine, tracer: Tracer) -> None:
    """Have the statements of an engine, and of its views, make spans from now on."""
    system = engine.dialect.name

    @event.listens_for(engine, "before_cursor_execute")
    def _begin(connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        going_on = get_current_span().is_recording()
        connection.info.setdefault(_SPANS, []).append(_started(tracer, system, statement) if going_on else None)

    @event.listens_for(engine, "after_cursor_execute")
    def _end(connection: Connection, *_rest: Any) -> None:
        _ended(connection, None)

    @event.listens_for(engine, "handle_error")
    def _fail(context: ExceptionContext) -> None:
        if context.connection is not None and context.statement is not None:
            _ended(context.connection, type(context.original_exception).__name__)


def _started(tracer: Tracer, system: str, statement: str) -> Span:
    operation = statement.split(None, 1)[0].upper() if statement.strip() else system
    attributes = {"db.system.name": system, "db.operation.name": operation, "db.query.text": statement[:_MOST_TEXT]}
    return tracer.start_span(operation, kind=SpanKind.CLIENT, attributes=attributes)


def _ended(connection: Connection, error: str | None) -> None:
    spans: list[Span | None] = connection.info.get(_SPANS, [])
    ended = spans.pop() if spans else None
    if ended is None:
        return
    if error is not None:
        ended.set_attribute("error.type", error)
        ended.set_status(StatusCode.ERROR)
    ended.end()
