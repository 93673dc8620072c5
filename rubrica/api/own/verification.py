"""Anybody may ask whether a PDF is as it was sealed: a page for people, JSON for programs (contract/own.md §4)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from rubrica import database
from rubrica.files import intake
from rubrica.processes.published import Published, is_digest, published
from rubrica.sealing.keyring.anchors import anchor_path, anchors
from rubrica.sealing.keyring.keys import ensure_authority
from rubrica.sealing.verification.verify import verify

# It is open to everybody and holds a thread while a body comes in: a few at a time keep the rest of the house free.
AT_ONCE = BoundedSemaphore(4)
DIGESTS_AT_ONCE = BoundedSemaphore(8)  # each is one look into an index, on one connection of the pool
FORM_BYTES = 64 * 1024  # what a form adds around its file
DIGEST_BYTES = 1024  # what a question about a digest may have
IN_BROWSER_BYTES = 200 * 1000 * 1000  # a browser hashes a file in memory; what is larger is uploaded


@csrf_exempt  # It changes nothing and knows nobody, so there is nothing that another site could make a visitor do.
@require_http_methods(["GET", "HEAD", "POST"])
def verification(request: HttpRequest) -> HttpResponseBase:
    if request.method != "POST":
        return _page(request)
    try:
        with _turn(AT_ONCE):
            found = _verified(request)
    except intake.IntakeRefused as refused:
        return _refused(request, refused)
    if _is_program(request):
        return JsonResponse(found)
    last = found["signatures"][-1] if found["signatures"] else None
    whole = bool(found["intact"] and last and last["covers_whole_file"])
    return _page(request, found=found, whole=whole)


@csrf_exempt  # As above; whoever asks holds the file, for nobody finds its digest by trying.
@require_POST
def digest(request: HttpRequest) -> HttpResponseBase:
    """Whether exactly the file of this SHA-256 was published here, so that it need not be uploaded."""
    try:
        with _turn(DIGESTS_AT_ONCE):
            sha256 = _asked_digest(request)
            return JsonResponse(_known(sha256, published(sha256)))
    except intake.IntakeRefused as refused:
        return _told_busy(_refusal(refused), refused)
    except (ValueError, TypeError, LookupError, OSError):
        detail = gettext("Send the SHA-256 of the file as 64 hexadecimal digits.")
        return JsonResponse({"message": "DIGEST_INVALID", "detail": detail}, status=400)


def _asked_digest(request: HttpRequest) -> str:
    length = intake.announced_length(request.META.get("CONTENT_LENGTH") or "0")
    body = request.read(DIGEST_BYTES) if length <= DIGEST_BYTES else b""
    sha256 = str(json.loads(body)["sha256"]).lower()
    if not is_digest(sha256):
        raise ValueError(sha256)
    return sha256


def _known(sha256: str, found: Published | None) -> dict[str, Any]:
    nothing: dict[str, Any] = {
        "organization": None,
        "level": None,
        "sealed_at": None,
        "newest": None,
        "process": None,
        "files": [],
    }
    if found is None:
        return {"sha256": sha256, "known": False, **nothing}
    document = found.document
    return {
        "sha256": sha256,
        "known": True,
        "organization": found.process.organization.name,
        "level": found.level or None,
        "sealed_at": found.at,
        "newest": found.is_newest,
        "process": {
            "package": found.process.public_id,
            "code": document.code if document else "",
            "name": found.process.name,
            "document": document.name if document else "",
        },
        "files": found.files(),
    }


@contextmanager
def _turn(places: BoundedSemaphore) -> Iterator[None]:
    """Raises IntakeRefused with VERIFY_BUSY (503) when enough others are at it."""
    if not places.acquire(blocking=False):
        raise intake.IntakeRefused("VERIFY_BUSY", 503, "Too many documents are being checked; try again in a moment.")
    try:
        yield
    finally:
        places.release()


def _verified(request: HttpRequest) -> dict[str, Any]:
    """The PDF as raw body or as the one file of a form. Raises IntakeRefused."""
    source: intake.Readable = request
    length = intake.announced_length(request.META.get("CONTENT_LENGTH") or "")
    if length > settings.MAX_DOCUMENT_BYTES + FORM_BYTES:
        raise intake.too_large(settings.MAX_DOCUMENT_BYTES)
    if (request.content_type or "").startswith("multipart/"):
        upload = request.FILES.get("file")
        if not isinstance(upload, UploadedFile):
            raise intake.IntakeRefused("FILE_MISSING", 400, "Send one PDF, as raw body or as the part called file.")
        source, length = upload, upload.size or 0
    if not anchor_path().exists():
        ensure_authority()  # on a machine that has not sealed anything yet
    database.let_go()
    with intake.arriving(source, limit=settings.MAX_DOCUMENT_BYTES, length=length) as arrived:
        known = published(arrived.sha256)
        by_itself = known.content() if known else {}
        database.let_go()
        stamps = settings.TSA.anchors if settings.TSA else ()
        found = verify(arrived.path, anchors(), stamp_anchors=stamps, published=known is not None)
    if found["process"]:
        found["process"]["published"] = known is not None
    elif known and found["intact"] and found["sealed_by_us"]:
        found.update(by_itself)
    return found


def _page(request: HttpRequest, status: int = 200, **shown: Any) -> HttpResponse:
    return render(request, "verify.html", {"in_browser": IN_BROWSER_BYTES, **shown}, status=status)


def _refused(request: HttpRequest, refused: intake.IntakeRefused) -> HttpResponse:
    if _is_program(request):
        return _told_busy(_refusal(refused), refused)
    return _told_busy(_page(request, refused.status, refusal=_detail(refused)), refused)


def _refusal(refused: intake.IntakeRefused) -> HttpResponse:
    return JsonResponse({"message": refused.code, "detail": _detail(refused)}, status=refused.status)


def _detail(refused: intake.IntakeRefused) -> str:
    return gettext(refused.sentence) % refused.values if refused.values else gettext(refused.sentence)


def _told_busy(answer: HttpResponse, refused: intake.IntakeRefused) -> HttpResponse:
    if refused.status == 503:
        answer.headers["Retry-After"] = "10"
    return answer


def _is_program(request: HttpRequest) -> bool:
    return "text/html" not in request.headers.get("Accept", "")
