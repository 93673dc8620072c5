"""What validators ask our authority: its certificate, the list of what it revoked, and one by one (RFC 5280, 6960).

Certificates carry these addresses, so they are open to everybody and never move.
"""

import base64
import binascii

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from rubrica.sealing.keyring import revocation
from rubrica.sealing.values import KeyUnusable

KEPT = "public, max-age=3600"  # by caches on the way; what was revoked is known everywhere within the hour


@require_safe
def authority_certificate(request: HttpRequest) -> HttpResponse:
    return _answer(revocation.ca_certificate(), "application/pkix-cert", KEPT)


@require_safe
def revocation_list(request: HttpRequest) -> HttpResponse:
    try:
        return _answer(revocation.crl(), "application/pkix-crl", KEPT)
    except KeyUnusable as locked:
        return HttpResponse(str(locked), status=503, content_type="text/plain; charset=utf-8")


@csrf_exempt  # A question changes nothing.
@require_http_methods(["GET", "HEAD", "POST"])
def certificate_status(request: HttpRequest, encoded: str = "") -> HttpResponse:
    """RFC 6960 appendix A: the DER of a request as the body, or in Base64 behind the address."""
    if request.method == "POST":
        asked, kept = request.read(revocation.MAX_REQUEST + 1), "no-store"
    else:
        asked, kept = _decoded(encoded), KEPT if encoded else "no-store"
    if len(asked) > revocation.MAX_REQUEST:
        asked = b""  # answered as what cannot be read
    try:
        told = revocation.answer(asked)
    except KeyUnusable:
        told, kept = revocation.TRY_LATER, "no-store"
    return _answer(told, "application/ocsp-response", kept)


def _decoded(encoded: str) -> bytes:
    """Some clients escape the letters of Base64 that mean something in addresses, and some do not."""
    try:
        return base64.b64decode(encoded.replace(" ", "+"), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _answer(data: bytes, kind: str, kept: str) -> HttpResponse:
    return HttpResponse(data, content_type=kind, headers={"Cache-Control": kept})
