"""What is said to whom the server itself turns away, in the words of the API that was called, or as a short page."""

import json
from collections.abc import Mapping
from contextlib import suppress

from django.conf import settings
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext, gettext_noop
from django.utils.translation.trans_real import parse_accept_lang_header

TOO_MANY = "TOO_MANY_REQUESTS"
OVERLOADED = "OVERLOADED"
TOO_SLOW = "REQUEST_TIMEOUT"
NO_LENGTH = "LENGTH_REQUIRED"

SENTENCES = {
    TOO_MANY: gettext_noop("Too many requests came in a short time. Wait a little."),
    OVERLOADED: gettext_noop("There is more to do at the moment than can be done. Try again a little later."),
    TOO_SLOW: gettext_noop("The request came too slowly. Try again with a better connection."),
    NO_LENGTH: gettext_noop("Send a Content-Length, so that a cut upload is noticed."),
}
# The words that aero's clients know (contract/aero.md §1.5).
AERO = {429: "too_many_requests", 408: "validation_error", 411: "validation_error", 503: "internal_error"}
PAGE = "<!doctype html><html lang={language}><meta charset=utf-8><title>{status}</title><p>{sentence}</p></html>"


def answer(path: str, headers: Mapping[str, str], code: str, status: int) -> tuple[str, bytes]:
    """Its type and its body. ``headers`` are those of the request, by their names in small letters."""
    language = _language(headers.get("accept-language", ""))
    with translation.override(language):
        sentence = gettext(SENTENCES[code])
    if path.startswith("/api/v1/"):
        return _json({"status": "error", "error": SENTENCES[code]})
    if path.startswith("/api/"):
        return _json({"status": "error", "error": AERO[status], "description": SENTENCES[code], "message": sentence})
    if "text/html" in headers.get("accept", "") and not path.startswith("/v1.5/ext/"):
        page = PAGE.format(language=language, status=status, sentence=escape(sentence))
        return "text/html; charset=utf-8", page.encode()
    return _json({"message": code, "detail": sentence})


def _json(body: Mapping[str, str]) -> tuple[str, bytes]:
    return "application/json", json.dumps(body).encode()


def _language(wanted: str) -> str:
    """The first of those asked for that we speak, as ``rubrica.web.language`` chooses it."""
    for code, _ in parse_accept_lang_header(wanted.lower()):
        with suppress(LookupError):
            return translation.get_supported_language_variant(code)
    return str(settings.LANGUAGE_CODE)
