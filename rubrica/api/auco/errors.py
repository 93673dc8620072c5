"""How the Auco dialect says no: ``{"message": "CODE"}``, and for wrong fields which and why (contract/own.md §3)."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from rubrica.files.intake import IntakeRefused
from rubrica.processes.errors import Invalid, Problem, Refused
from rubrica.sealing.values import Refusal

UNAUTHORIZED = "UNAUTHORIZED"

# Pydantic's words for what is wrong, in ours. What is missing here keeps pydantic's own sentence.
SENTENCES = {
    "required": "This field is required.",
    "string_type": "This must be a text.",
    "string_too_short": "This must not be empty.",
    "bool_type": "This must be true or false.",
    "int_type": "This must be a whole number.",
    "list_type": "This must be a list.",
    "too_short": "This list must not be empty.",
}


class ApiError(Exception):
    """Answered as ``{"message": code}`` with this status."""

    def __init__(self, code: str, status: int = 400, problems: Sequence[Problem] = ()) -> None:
        super().__init__(code)
        self.code, self.status, self.problems = code, status, problems


def field_path(path: Sequence[str | int]) -> str:
    """``("signProfile", 0, "email")`` as ``signProfile[0].email``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def answer(code: str, status: int, problems: Sequence[Problem] = ()) -> JsonResponse:
    body: dict[str, Any] = {"message": code}
    if problems:
        body["errors"] = [
            {"field": field_path(p.path), "code": p.code, "message": gettext(p.message)} for p in problems
        ]
    return JsonResponse(body, status=status)


def invalid(problems: Sequence[Problem]) -> JsonResponse:
    """A code word that the contract documents wins over the general one."""
    documented = next((p.code for p in problems if p.code.isupper()), "VALIDATION_ERROR")
    return answer(documented, 400, problems)


def _problem(error: dict[str, Any]) -> Problem:
    path = tuple(part for part in error["loc"] if part not in {"body", "payload", "query"})
    code = "required" if error["type"] == "missing" else str(error["type"])
    message = str(error["msg"]).removeprefix("Value error, ")
    return Problem(path, "invalid" if code == "value_error" else code, SENTENCES.get(code, message))


def wrong_fields(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return invalid([_problem(one) for one in error.errors])


def wrong_values(request: HttpRequest, error: Invalid) -> HttpResponse:
    return invalid(error.problems)


def refused(request: HttpRequest, error: ApiError) -> HttpResponse:
    return answer(error.code, error.status, error.problems)


def state_forbids(request: HttpRequest, error: Refused) -> HttpResponse:
    return answer(error.code, 400, [Problem((), error.code, error.detail)])


def pdf_refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    return answer(error.code, 400, [Problem(("file",), error.code, error.detail)])


def bytes_refused(request: HttpRequest, error: IntakeRefused) -> HttpResponse:
    return answer(error.code, error.status, [Problem(("file",), error.code, error.detail)])


def malformed(request: HttpRequest, error: HttpError) -> HttpResponse:
    return answer("JSON_INVALID" if error.status_code == 400 else "NOT_FOUND", error.status_code)


def unauthorized(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return answer(UNAUTHORIZED, 401)


def too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return answer("PAYLOAD_TOO_LARGE", 413)


def cut(request: HttpRequest, error: UnreadablePostError) -> HttpResponse:
    return answer("BODY_INCOMPLETE", 400)


HANDLERS: dict[type[Exception], Any] = {
    ValidationError: wrong_fields,
    Invalid: wrong_values,
    ApiError: refused,
    Refused: state_forbids,
    Refusal: pdf_refused,
    IntakeRefused: bytes_refused,
    HttpError: malformed,
    AuthenticationError: unauthorized,
    RequestDataTooBig: too_large,
    UnreadablePostError: cut,
}


def register(api: NinjaAPI) -> None:
    """Turns everything that endpoints raise, and what the framework raises for them, into the dialect's form."""
    for exception, handler in HANDLERS.items():
        api.add_exception_handler(exception, handler)
