"""Serving a blob as a download: never inline, never with a type that a browser would run."""

import re
from collections.abc import Iterator
from typing import IO
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from rubrica import database
from rubrica.files import links
from rubrica.files.models import Blob, is_remote
from rubrica.files.storage import storage

CHUNK = 1024 * 1024  # bytes
DIRECT_SECONDS = 60
RANGE = re.compile(r"bytes=(\d*)-(\d*)$")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "Accept-Ranges": "bytes",
}


@require_safe
def download(request: HttpRequest, token: str, name: str = "") -> HttpResponseBase:
    try:
        wanted = links.read(token)
    except links.LinkRefused:
        return JsonResponse(
            {"message": "LINK_EXPIRED", "detail": "This link has expired; ask for a new one."}, status=403
        )
    blob = Blob.objects.filter(pk=wanted.blob_id).first()
    if blob is None:
        return JsonResponse({"message": "NOT_FOUND", "detail": "This file is no longer kept."}, status=404)
    return serve(request, blob, wanted.name)


def serve(request: HttpRequest, blob: Blob, name: str) -> HttpResponseBase:
    """The bytes as an attachment called ``name``; one range is honoured (RFC 9110 §14)."""
    if blob.erased_at is not None:
        gone = {"message": "FILE_ERASED", "detail": "This file was erased on purpose. What it was is in the history."}
        return JsonResponse(gone, status=410)
    try:
        span = _span(request.headers.get("Range", ""), blob.size)
    except ValueError:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{blob.size}"})
    first, last = span or (0, blob.size - 1)
    if (direct := _direct(blob, name)) is not None:
        return direct
    database.let_go()  # the reader may be slow
    # Opened before the answer begins: bytes that are lost are an error and not half an answer.
    content = () if request.method == "HEAD" else _Span(blob.part(first, last), last - first + 1)
    response = StreamingHttpResponse(content, status=206 if span else 200, headers=HEADERS)
    response.is_of_file = True  # type: ignore[attr-defined]  # rubrica/web/front: any thread may read on
    response.headers["Content-Type"] = blob.media_type
    response.headers["Content-Length"] = str(last - first + 1)
    response.headers["Content-Disposition"] = disposition(name)
    if span:
        response.headers["Content-Range"] = f"bytes {first}-{last}/{blob.size}"
    return response


def _direct(blob: Blob, name: str) -> HttpResponseBase | None:
    """For large files of a bucket that the reader can reach: its own address, good for as long as it takes to ask."""
    least = settings.STORAGE_DIRECT_BYTES
    if not least or blob.size < least or not is_remote() or not hasattr(storage(), "direct_url"):
        return None  # what is encrypted is nothing to anybody but us
    url = storage().direct_url(blob.key, DIRECT_SECONDS, disposition(name), blob.media_type)
    response = HttpResponse(status=302, headers={"Location": url, "Cache-Control": "private, no-store"})
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def stream(content: Iterator[bytes], name: str, media_type: str) -> HttpResponseBase:
    """Bytes that are made while they go out, as an attachment; there is no second half to ask for."""
    headers = {key: value for key, value in HEADERS.items() if key != "Accept-Ranges"}
    response = StreamingHttpResponse(content, content_type=media_type, headers=headers)
    response.headers["Content-Disposition"] = disposition(name)
    return response


def disposition(name: str) -> str:
    """RFC 6266 with RFC 8187: the name in any script, and a plain one for old clients."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _span(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of the one range asked for; None for the whole. Raises ValueError when it cannot be met."""
    match = RANGE.match(header)
    if not match or match[0] == "bytes=-":
        return None
    if not match[1]:
        first, last = max(0, size - int(match[2])), size - 1
    else:
        first, last = int(match[1]), min(int(match[2] or size - 1), size - 1)
    if first > last:
        raise ValueError(header)
    return first, last


class _Span(Iterator[bytes]):
    """So many bytes of an open file, which the response closes, read or not."""

    def __init__(self, file: IO[bytes], length: int) -> None:
        self._file, self._left = file, length

    def __next__(self) -> bytes:
        chunk = self._file.read(min(CHUNK, self._left))
        if not chunk:
            raise StopIteration
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        self._file.close()
