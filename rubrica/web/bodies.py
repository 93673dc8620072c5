"""How much of a body a page takes: judged before a byte is read, as CSRF checks read a form before anybody signs in."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _

from rubrica import database

FORM_BYTES = 1 << 20  # a form, and what stands around the files of one
CONSOLE_BYTES = 12 << 20  # the console's small files: tables, pictures, certificates, templates
FORMS = {"multipart/form-data", "application/x-www-form-urlencoded"}

Handler = Callable[[HttpRequest], HttpResponseBase]
View = Callable[..., HttpResponseBase]


def takes_files(most: Callable[[], int]) -> Callable[[View], View]:
    """Marks a view whose form brings files of ``most()`` bytes in all."""

    def marked(view: View) -> View:
        view.most_bytes = most  # type: ignore[attr-defined]
        return view

    return marked


class Bodies:
    """Of pages only: a view that is exempt from CSRF checks is given its body unread, and has a limit of its own."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponseBase | None:
        # Django reads forms of POST alone; clients that follow a redirect may leave a Content-Type on the GET after it.
        if request.method != "POST" or getattr(view, "csrf_exempt", False):
            return None
        said = request.META.get("CONTENT_LENGTH") or ""
        if not (said.isascii() and said.isdigit()):
            return _without_length(request) if said or request.content_type in FORMS else None
        if int(said[:20]) <= FORM_BYTES:
            return None
        if int(said[:20]) > _most(request, view):
            return _too_large(request)
        if not request.user.is_authenticated:
            return _closing(HttpResponseRedirect(resolve_url(settings.LOGIN_URL)))
        database.let_go()  # who it is was asked of the database, and the body may be slow to come
        return None


def _most(request: HttpRequest, view: View) -> int:
    if not request.path.startswith("/console/"):
        return FORM_BYTES
    files = getattr(view, "most_bytes", lambda: 0)()
    return int(max(files, settings.MAX_JSON_BYTES, CONSOLE_BYTES) + FORM_BYTES)


def _too_large(request: HttpRequest) -> HttpResponseBase:
    sentence = _("Nothing of it was kept. Send fewer files at once, or smaller ones.")
    return _refusal(request, 413, "PAYLOAD_TOO_LARGE", _("This is more than what is accepted"), sentence)


def _without_length(request: HttpRequest) -> HttpResponseBase:
    sentence = _("Your browser did not say how much it sends. Load the page again and repeat what you did.")
    return _refusal(request, 411, "LENGTH_REQUIRED", _("This could not be received"), sentence)


def _refusal(request: HttpRequest, status: int, code: str, title: str, sentence: str) -> HttpResponseBase:
    if request.headers.get("X-Requested-With") or not request.accepts("text/html"):
        return _closing(JsonResponse({"message": code, "detail": sentence}, status=status))
    shown = {"status": status, "title": title, "sentence": sentence}
    return _closing(render(request, "refused_body.html", shown, status=status))


def _closing(response: HttpResponse) -> HttpResponseBase:
    """What was not read must not pass for the next request."""
    response.headers["Connection"] = "close"
    return response
