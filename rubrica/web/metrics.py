"""``/metrics``: the figures an operator acts on, in the text format that Prometheus reads."""

import hmac
import logging
import os
import shutil
import threading
import time
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import REGISTRY, Collector

from rubrica.connecting import replica
from rubrica.figures import FOLDER

logger = logging.getLogger(__name__)

FRESH = 10  # seconds that the database's figures are good for: scrapers come in pairs
PATIENCE = 3000  # milliseconds a statement may take, so that a scrape never becomes the load that it measures

# Each gives one gauge: its name, what it says, the names of its labels, and rows of labels and a value. Jobs of the
# queue "care" are the clock's and mean nothing while nobody works; a worker gives a sign of life every 5 seconds.
QUESTIONS: list[tuple[str, str, list[str], str]] = [
    ("rubrica_queue_due_jobs", "Jobs whose time has come and that nobody has begun.", ["queue"],
     """SELECT queue_name, count(*) FROM procrastinate_jobs
          WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()) AND queue_name <> 'care'
          GROUP BY queue_name"""),
    ("rubrica_queue_oldest_seconds", "How long the oldest of them has waited since its time came.", ["queue"],
     """SELECT j.queue_name, extract(epoch FROM now() - min(coalesce(j.scheduled_at, e.at)))
           FROM procrastinate_jobs j
           LEFT JOIN LATERAL (SELECT min(at) AS at FROM procrastinate_events WHERE job_id = j.id) e ON true
          WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= now())
            AND j.queue_name <> 'care' GROUP BY j.queue_name"""),
    ("rubrica_jobs_lost", "Jobs that have failed for good.", ["task"],
     """SELECT regexp_replace(task_name, '^.*[.]', ''), count(*) FROM procrastinate_jobs WHERE status = 'failed'
         GROUP BY 1"""),
    ("rubrica_worker_crews", "Crews of workers with a sign of life; a worker has five.", [],
     """SELECT count(*) FROM procrastinate_workers
          WHERE last_heartbeat > now() - make_interval(secs => 30)"""),
    ("rubrica_documents_unsealed", "Documents that everybody has signed and whose seal has failed so far.", [],
     "SELECT count(*) FROM processes_document WHERE state = 'sealing' AND seal_error <> ''"),
    ("rubrica_deliveries_failing", "Webhook messages that were refused at least once and are tried again.", [],
     "SELECT count(*) FROM webhooks_delivery WHERE state = 'open' AND tries > 0"),
    ("rubrica_webhooks_off", "Webhooks that were switched off because they failed for a day.", [],
     "SELECT count(*) FROM webhooks_webhook WHERE off_because = 'failing'"),
    ("rubrica_certificate_days", "Days until the first of the certificates that seal now ends.", [],
     """SELECT extract(epoch FROM min(usable_until) - now()) / 86400 FROM sealing_sealingkey
         WHERE retired_at IS NULL HAVING min(usable_until) IS NOT NULL"""),
    ("rubrica_keys_silent", "Sealing keys kept outside that gave no test signature when last asked.", [],
     "SELECT count(*) FROM sealing_sealingkey WHERE retired_at IS NULL AND problem <> ''"),
    ("rubrica_database_connections", "Connections to the database, of everybody.", [],
     "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"),
    ("rubrica_database_bytes", "Size of the database.", [], "SELECT pg_database_size(current_database())"),
]  # fmt: skip


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For who has RUBRICA_METRICS_TOKEN as a bearer token; without that setting, for this machine itself."""
    if not _may(request):
        raise Http404
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _may(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    # A proxy on this machine brings the whole world along, and says so.
    is_forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"} and not is_forwarded


def _registry() -> CollectorRegistry:
    if not os.environ.get(FOLDER):
        return _with_state(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(STATE)
    return registry


def _with_state(registry: CollectorRegistry) -> CollectorRegistry:
    with _lock:
        if STATE not in registry._collector_to_names:
            registry.register(STATE)
    return registry


class _State(Collector):
    """What the database and the disks say at this moment."""

    def __init__(self) -> None:
        self._found: list[GaugeMetricFamily] = []
        self._at = 0.0
        self._asking = threading.Lock()

    def describe(self) -> Iterable[Any]:
        return []  # registering must not ask the database

    def collect(self) -> Iterable[Any]:
        yield InfoMetricFamily("rubrica_build", "What runs.", {"version": version("rubrica")})
        free = GaugeMetricFamily("rubrica_free_bytes", "Free on the disk of the data directory.")
        free.add_metric([], shutil.disk_usage(settings.DATA_DIR).free)
        yield free
        with self._asking:
            if time.monotonic() - self._at > FRESH:
                self._found, self._at = _asked(), time.monotonic()
        yield from self._found


def _asked() -> list[GaugeMetricFamily]:
    found = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{PATIENCE}ms"])
        for name, says, labels, statement in QUESTIONS:
            try:
                with transaction.atomic():
                    cursor.execute(statement)
            except OperationalError:
                logger.warning("%s has no figure this time.", name, exc_info=True)
                continue
            gauge = GaugeMetricFamily(name, says, labels=labels)
            for *values, value in cursor.fetchall():
                gauge.add_metric([str(each) for each in values], float(value))
            found.append(gauge)
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")  # a caller's transaction may go on
    return [*found, _replica()]


def _replica() -> GaugeMetricFamily:
    """-1 where it does not answer, so that an alert sees it; no figure where there is none."""
    gauge = GaugeMetricFamily("rubrica_replica_lag_seconds", "How far the replica is behind; -1 if it does not answer.")
    if replica.REPLICA in settings.DATABASES:
        lag = replica.known_lag()
        gauge.add_metric([], -1 if lag is None else lag)
    return gauge


STATE = _State()
_lock = threading.Lock()
