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
from rubrica.sealing.values import KeyUnusable, Refusal
from rubrica.webhooks.cipher import SecretLocked

UNAUTHORIZED = "UNAUTHORIZED"

# Pydantic's words for what is wrong, in ours; its own sentences exist in English only.
SENTENCES = {
    "required": "This field is required.",
    "string_type": "This must be a text.",
    "string_unicode": "The text has characters that cannot be stored.",
    "string_too_short": "This must not be empty.",
    "string_too_long": "This may have %(max_length)s characters at the most.",
    "string_pattern_mismatch": "This does not have the form that is asked for.",
    "bool_type": "This must be true or false.",
    "int_type": "This must be a whole number.",
    "float_type": "This must be a number.",
    "float_parsing": "This must be a number.",
    "finite_number": "This must be a number.",
    "greater_than": "This must be greater than %(gt)s.",
    "greater_than_equal": "This must be at least %(ge)s.",
    "less_than_equal": "This must be at most %(le)s.",
    "literal_error": "This must be one of %(expected)s.",
    "list_type": "This must be a list.",
    "too_short": "This list must not be empty.",
    "too_long": "This list may have %(max_length)s entries at the most.",
    "dict_type": "This must be an object.",
    "model_type": "This must be an object.",
    "model_attributes_type": "This must be an object.",
}
PHONE_SENTENCE = "This must be a telephone number with + and country code, such as +573000000000."
OTHERWISE = "This is not accepted here."
# Where one of two types would do, pydantic ends the path with the one that it has tried.
TRIED = {"bool", "int", "str", "constrained-str"}


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
            {"field": field_path(p.path), "code": p.code, "message": p.sentence(gettext)} for p in problems
        ]
    return JsonResponse(body, status=status)


def invalid(problems: Sequence[Problem]) -> JsonResponse:
    """A code word that the contract documents wins over the general one."""
    documented = next((p.code for p in problems if p.code.isupper()), "VALIDATION_ERROR")
    return answer(documented, 400, problems)


def _problem(error: dict[str, Any]) -> Problem:
    loc = error["loc"][1:] if error["loc"][:1] in {("body",), ("query",)} else error["loc"]
    path = tuple(part for part in loc if part != "payload" and not _is_tried_type(part))
    code = "required" if error["type"] == "missing" else str(error["type"])
    if code == "value_error":
        return Problem(path, "invalid", str(error["msg"]).removeprefix("Value error, "))
    if path[-1:] == ("phone",) and code == "string_pattern_mismatch":
        return Problem(path, code, PHONE_SENTENCE)
    return Problem(path, code, SENTENCES.get(code, OTHERWISE), _values(error.get("ctx") or {}))


def _is_tried_type(part: str | int) -> bool:
    return isinstance(part, str) and (part in TRIED or "[" in part)


def _values(context: dict[str, Any]) -> dict[str, object]:
    """Pydantic joins the words of a choice in English: ``'a', 'b' or 'c'``."""
    return {name: str(value).replace(" or ", ", ") for name, value in context.items()}


def wrong_fields(request: HttpRequest, error: ValidationError) -> HttpResponse:
    problems = {problem.path: problem for problem in reversed([_problem(one) for one in error.errors])}
    return invalid(list(reversed(problems.values())))


def wrong_values(request: HttpRequest, error: Invalid) -> HttpResponse:
    return invalid(error.problems)


def refused(request: HttpRequest, error: ApiError) -> HttpResponse:
    return answer(error.code, error.status, error.problems)


def state_forbids(request: HttpRequest, error: Refused) -> HttpResponse:
    # Nothing is wrong with the call itself: an owner or the operator has to act first.
    status = 409 if error.code == KeyUnusable.code else 400
    return answer(error.code, status, [Problem((), error.code, error.sentence, error.values)])


def pdf_refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    return answer(error.code, 400, [Problem(("file",), error.code, error.detail)])


def bytes_refused(request: HttpRequest, error: IntakeRefused) -> HttpResponse:
    return answer(error.code, error.status, [Problem(("file",), error.code, error.sentence, error.values)])


def secret_locked(request: HttpRequest, error: SecretLocked) -> HttpResponse:
    """Only the operator can mend it; the call is good and may come again."""
    return answer("SECRET_LOCKED", 503, [Problem((), "SECRET_LOCKED", str(error))])


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
    SecretLocked: secret_locked,
    HttpError: malformed,
    AuthenticationError: unauthorized,
    RequestDataTooBig: too_large,
    UnreadablePostError: cut,
}


def register(api: NinjaAPI) -> None:
    """Turns everything that endpoints raise, and what the framework raises for them, into the dialect's form."""
    for exception, handler in HANDLERS.items():
        api.add_exception_handler(exception, handler)
