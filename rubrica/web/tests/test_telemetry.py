"""Traces of requests and jobs, as a collector of its own gets them over OTLP; and nothing of people in them."""

import asyncio
import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.client import ClientHandler
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from procrastinate.jobs import Job, JobDeferrer

from rubrica import telemetry, worker
from rubrica.processes import jobs
from rubrica.web.seeing import seen
from tests import sending
from tests.cast import Acme

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Collector(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.raw: list[bytes] = []

    def spans(self) -> list[Any]:
        telemetry.flush()
        found = []
        for body in self.raw:
            message = ExportTraceServiceRequest.FromString(body)
            found += [span for one in message.resource_spans for scope in one.scope_spans for span in scope.spans]
        return found


class _Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.path == "/v1/traces"
        packed = self.headers.get("Content-Encoding") == "gzip"
        self.server.raw.append(gzip.decompress(body) if packed else body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with Collector() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("OTEL_SERVICE_NAME", "rubrica-tests")
        monkeypatch.setattr(JobDeferrer, "make_new_job", JobDeferrer.make_new_job)
        telemetry.tracer.cache_clear()
        yield server
        for provider in telemetry._providers:
            provider.shutdown()
        telemetry._providers.clear()
        telemetry.tracer.cache_clear()
        server.shutdown()


def call(path: str, application: Any = None, **more: str) -> int:
    said: list[int] = []

    def start_response(status: str, headers: list[tuple[str, str]], *rest: Any) -> None:
        said.append(int(status[:3]))

    environ = {**RequestFactory().get(path).environ, **more}
    answer = seen(application or django)(environ, start_response)
    b"".join(answer)
    return said[0]


def django(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """As the test client has it, which leaves the connection of the test's transaction alone."""
    response = ClientHandler()(environ)
    start_response(f"{response.status_code} said", [])
    return [response.getvalue()]


def facts(span: Any) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_a_request_is_a_span_with_its_route_and_without_its_token(acme: Acme, collector: Collector) -> None:
    path = sending.link(sending.somebody(sending.start(acme, sending.person("Ana Pérez"))))
    assert call(path) == 200
    (span,) = collector.spans()
    assert span.name.startswith("GET /s/<")
    assert facts(span)["http.response.status_code"] == 200
    assert len(facts(span)["rubrica.request"]) == 16
    sent = b"".join(collector.raw)
    assert b"rubrica-tests" in sent
    for secret in (path.rpartition("/")[2], "Ana", acme.owner.email):
        assert secret.encode() not in sent


def test_an_address_that_nobody_knows_is_not_told(db: None, collector: Collector) -> None:
    assert call("/somewhere/ana@example.com") == 404
    (span,) = collector.spans()
    assert facts(span)["http.route"] == "other: unknown"
    assert b"ana@" not in b"".join(collector.raw)


def test_a_job_is_in_the_trace_of_what_has_caused_it(db: None, collector: Collector) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        jobs.invite.defer(participant_id=7)
        start_response("200 OK", [])
        return []

    call("/", application)
    job = enqueued()
    assert job.task_kwargs.keys() == {"participant_id", "_trace"}
    ran: list[dict[str, Any]] = []

    async def run() -> None:
        ran.append(dict(job.task_kwargs))

    asyncio.run(worker.watched(run, SimpleNamespace(job=job), None))  # type: ignore[arg-type]
    assert ran == [{"participant_id": 7}]
    request, work = collector.spans()
    assert (work.trace_id, work.parent_span_id) == (request.trace_id, request.span_id)
    assert work.name == "job invite" and facts(work)["rubrica.job"] == str(job.id)


def enqueued() -> Job:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, queue_name, task_name, args FROM procrastinate_jobs ORDER BY id DESC LIMIT 1")
        pk, queue, task, args = cursor.fetchone()
    arguments = args if isinstance(args, dict) else json.loads(args)
    return Job(
        id=pk,
        queue=queue,
        task_name=task,
        task_kwargs=arguments,
        lock=None,
        queueing_lock=None,
    )


def test_a_job_that_fails_says_how_and_not_for_whom(db: None, collector: Collector) -> None:
    job = Job(id=1, queue="mail", task_name="rubrica.processes.jobs.invite", lock=None, queueing_lock=None)

    async def run() -> None:
        raise ValueError("no mail to ana@example.com")

    with pytest.raises(ValueError, match="ana"):
        asyncio.run(worker.watched(run, SimpleNamespace(job=job), None))  # type: ignore[arg-type]
    (span,) = collector.spans()
    assert facts(span)["error.type"] == "ValueError" and span.status.code == 2
    assert b"ana@" not in b"".join(collector.raw)


def test_only_a_proxy_of_ours_says_what_a_request_belongs_to(db: None, collector: Collector, settings: Any) -> None:
    call("/nothing", HTTP_TRACEPARENT=PARENT)
    settings.TRUSTED_PROXIES = {"127.0.0.1"}
    call("/nothing", HTTP_TRACEPARENT=PARENT)
    stranger, ours = collector.spans()
    assert ours.trace_id.hex() in PARENT and ours.parent_span_id.hex() in PARENT
    assert stranger.trace_id != ours.trace_id and not stranger.parent_span_id


def test_a_request_that_breaks_ends_its_span(db: None, collector: Collector) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        raise RuntimeError("ana@example.com")

    with pytest.raises(RuntimeError):
        call("/", application)
    (span,) = collector.spans()
    assert span.status.code == 2 and b"ana@" not in b"".join(collector.raw)


@pytest.mark.parametrize(
    "environment",
    [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "true"},
     {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_TRACES_EXPORTER": "none"}],
)  # fmt: skip
def test_without_a_place_to_send_to_there_is_nothing_of_it(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert not telemetry.is_on()
    arguments = {"a": 1, telemetry.CARRIED: PARENT}  # enqueued while it was on
    with telemetry.job("task", arguments, 0):
        assert arguments == {"a": 1}
