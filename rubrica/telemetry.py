"""Traces for OpenTelemetry, where the operator has set where they go (OTEL_EXPORTER_OTLP_ENDPOINT); else nothing of it.

A request has a span, and so has each job; a job that a request has caused is in its trace. Spans are named by route or
task, and say nothing of people: no address, no token, no content, no words of an error.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from rubrica import context

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

PLACES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
CARRIED = "_trace"  # the argument with which a job is enqueued, and which it never sees
FAILED = 500


def is_on() -> bool:
    """Decided by the standard's own variables."""
    env = os.environ
    off = env.get("OTEL_SDK_DISABLED", "").lower() == "true" or env.get("OTEL_TRACES_EXPORTER", "") == "none"
    return not off and any(env.get(place) for place in PLACES)


def check() -> None:
    """Raises SystemExit with the remedy where traces are asked for and the library is not there."""
    if is_on() and find_spec("opentelemetry") is None:
        raise SystemExit(f"{PLACES[0]} is set: install rubrica[telemetry].")


@cache
def tracer() -> Tracer:
    """One for the process, made at its first span: its thread does not outlive a fork."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    os.environ.setdefault("OTEL_SERVICE_NAME", "rubrica")
    provider = TracerProvider(resource=Resource.create())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _providers.append(provider)
    _carry()
    return provider.get_tracer("rubrica")


_providers: list[Any] = []


def flush() -> None:
    for provider in _providers:
        provider.force_flush()


class Request:
    """The span of one request, from its arrival to the first byte of its answer."""

    def __init__(self, environ: Mapping[str, Any], *, is_trusted: bool) -> None:
        from opentelemetry import trace
        from opentelemetry.context import attach

        method = environ["REQUEST_METHOD"]
        # Only a proxy of ours says what a request belongs to: a stranger could switch tracing on by it.
        above = _above(environ.get("HTTP_TRACEPARENT", "")) if is_trusted else None
        self._span = tracer().start_span(method, above, trace.SpanKind.SERVER, {"http.request.method": method})
        self._token: Any = attach(trace.set_span_in_context(self._span))

    def answered(self, status: int, route: str) -> None:
        if not self._span.is_recording():
            return  # An error after the first byte begins its answer anew.
        self._span.update_name(f"{self._span.attributes['http.request.method']} {route}")  # type: ignore[attr-defined]
        self._span.set_attributes({"http.route": route, "http.response.status_code": status})
        _note(self._span)
        if status >= FAILED:
            _fail(self._span, str(status))
        self._span.end()

    def left(self) -> None:
        """The thread does something else from now on; what was never answered ends here too."""
        from opentelemetry.context import detach

        detach(self._token)
        if self._span.is_recording():
            _fail(self._span, "not answered")
            self._span.end()


@contextmanager
def job(task: str, arguments: dict[str, Any], attempt: int) -> Iterator[None]:
    """The span of a job, in the trace of what enqueued it. Takes the trace out of its arguments, also where traces are
    off by now."""
    above = arguments.pop(CARRIED, "")
    if not is_on():
        yield
        return
    from opentelemetry import trace

    with tracer().start_as_current_span(
        f"job {task}", _above(above), trace.SpanKind.CONSUMER, {"rubrica.task": task, "rubrica.attempt": attempt},
        record_exception=False, set_status_on_exception=False,
    ) as span:  # fmt: skip
        try:
            yield
        except BaseException as error:
            _fail(span, type(error).__name__)  # its words may name people
            raise
        finally:
            _note(span)


def _note(span: Span) -> None:
    """The ids by which lines of the log and spans are laid side by side."""
    span.set_attributes({f"rubrica.{name}": value for name, value in context.facts_now().items()})


def _fail(span: Span, kind: str) -> None:
    from opentelemetry.trace import Status, StatusCode

    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))


def _above(traceparent: str) -> Any:
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": traceparent}) if traceparent else None


def _below() -> str:
    """The span at hand, as the header of the standard has it; empty outside of one."""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent", "")


def _carry() -> None:
    """Jobs are enqueued with the trace at hand. The queue has no place for it, so it goes among the arguments."""
    from procrastinate.jobs import Job, JobDeferrer

    make: Callable[..., Job] = JobDeferrer.make_new_job

    def make_new_job(self: JobDeferrer, **task_kwargs: Any) -> Job:
        made = make(self, **task_kwargs)
        if here := _below():
            made.task_kwargs[CARRIED] = here
        return made

    JobDeferrer.make_new_job = make_new_job  # type: ignore[method-assign]
