"""Whether the process is up, and whether what it needs answers (contract/own.md §5)."""

from collections.abc import Callable

from django.core.files.base import ContentFile
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from rubrica.files.storage import storage

PROBE = "readiness-probe"


def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database, queue and storage answer; else 503 with the ones that do not."""
    failing = [name for name, check in CHECKS.items() if not _holds(check)]
    if failing:
        return JsonResponse({"status": "unavailable", "failing": failing}, status=503)
    return JsonResponse({"status": "ok"})


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:
        return False  # Whatever it is: not ready is the answer, and the probe comes again.
    return True


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _queue() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM procrastinate_jobs LIMIT 1")


def _storage() -> None:
    if not storage().exists(PROBE):
        storage().save(PROBE, ContentFile(b"ready"))


CHECKS = {"database": _database, "queue": _queue, "storage": _storage}
