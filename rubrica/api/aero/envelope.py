"""The bodies of the aero dialect: v2 says ``ok`` and a code with a description, v1 ``success`` and a text."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import JsonResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext

from rubrica.files.intake import IntakeRefused
from rubrica.records.errors import Conflict, Refusal, Wrong

# What an HTTP status means where a refusal has no word of its own, and what people are told then.
WORDS = {
    400: ("validation_error", "The request could not be read."),
    401: ("unauthorized", "Send a valid token in the header Authorization."),
    403: ("forbidden", "This is not allowed."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not answer to this method."),
    409: ("conflict", "The state of what is stored does not allow this."),
    411: ("validation_error", "Send a Content-Length, so that a cut upload is noticed."),
    413: ("payload_too_large", "The request is larger than what is accepted."),
    415: ("unsupported_media_type", "This kind of body or file is not accepted here."),
    429: ("too_many_requests", "Too many requests came in a short time. Wait a little."),
    500: ("internal_error", "Something went wrong on our side; the log has the reason."),
}


def ok(status: int = 200, **body: Any) -> JsonResponse:
    return JsonResponse({"status": "ok", **body}, status=status)


def success(**body: Any) -> JsonResponse:
    """The same of v1."""
    return JsonResponse({"status": "success", **body})


def plain(status: int, version: int = 2, **headers: str) -> JsonResponse:
    """What has no more to say than its HTTP status."""
    code, sentence = WORDS.get(status, WORDS[500 if status >= 500 else 400])
    return _answer(version, status, code, sentence, gettext(sentence), headers=headers)


def refused(error: Refusal, version: int = 2) -> JsonResponse:
    """``description`` is in English, as programs know it; ``message`` is for people, in the caller's language."""
    said = error.said()
    if isinstance(error, Wrong):
        said = f"{error.source} error: {said}"
    details = {"details": error.details} if isinstance(error, Conflict) and error.details else {}
    return _answer(version, error.status, error.code, said, error.said(gettext), **details)


def bytes_refused(error: IntakeRefused, version: int = 2) -> JsonResponse:
    code = WORDS.get(error.status, WORDS[400])[0]
    text = gettext(error.sentence)
    return _answer(version, error.status, code, error.detail, text % error.values if error.values else text)


def broken_off(error: RequestDataTooBig | UnreadablePostError, version: int = 2) -> JsonResponse:
    return plain(413 if isinstance(error, RequestDataTooBig) else 400, version)


def _answer(
    version: int, status: int, code: str, description: str, message: str, headers: Any = None, **more: Any
) -> JsonResponse:
    if version == 1:
        text = "Unauthorized" if status == 401 else description
        return JsonResponse({"status": "error", "error": text}, status=status, headers=headers)
    body = {"status": "error", "error": code, "description": description, "message": message, **more}
    return JsonResponse(body, status=status, headers=headers)
