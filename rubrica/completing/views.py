"""The page on which somebody completes a document: drawn by the server, and right without any script.

The address is the secret, so forms carry no token of their own: who can send them has the link. A GET changes nothing.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rubrica import database
from rubrica.completing import fields, lookups, making
from rubrica.completing.models import Completion
from rubrica.files.access import local_path
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Invalid, Refused
from rubrica.sealing.intake.render import render_page
from rubrica.sealing.values import Refusal
from rubrica.templating import answers as checking
from rubrica.templating import composing, models
from rubrica.templating.faults import Fault, TemplateRefused
from rubrica.web import caller

WIDTH = 1200  # pixels of a page of the draft
# The author's own style is shown in a frame of its own: no script, no form, nothing from outside, no way to the page.
FRAME_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
FRAME_STYLE = (
    "<style>body { margin: 1.25rem auto; padding: 0 1rem; max-width: 50rem; background: #fff; color: #111 }</style>"
)

LARGEST = 40 << 20  # bytes of a form with its pictures

View = Callable[..., HttpResponse]


def of_link(view: View) -> View:
    """Hands the completion of the link to the view, and speaks the recipient's language."""

    @csrf_exempt
    @wraps(view)
    def found(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
        _check_length(request)
        completion = Completion.by_token(token)
        language = _language(request, completion)
        with translation.override(language):
            response = view(request, completion, **kwargs) if completion else _draw(request, None, "unknown", 404)
        response["Content-Language"] = language
        response["Cache-Control"] = "private, no-store"
        if request.GET.get("lang") == language:
            response.set_cookie("completing_language", language, path=request.path, httponly=True, samesite="Strict",
                                secure=settings.HTTPS)  # fmt: skip
        return response

    return found


def _check_length(request: HttpRequest) -> None:
    """Before anything of the body is read, as Django writes the files of a form to the disk while it reads them."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST:
        raise RequestDataTooBig


def _language(request: HttpRequest, completion: Completion | None) -> str:
    """The one asked for, else that of the organization, else the browser's."""
    known = dict(settings.LANGUAGES)
    wanted = [request.GET.get("lang"), request.COOKIES.get("completing_language")]
    wanted += [completion.language if completion else translation.get_language()]
    return next((language for language in wanted if language in known), settings.LANGUAGE_CODE)


def while_open(view: View) -> View:
    """What is over is said so, whatever is asked."""

    @wraps(view)
    def guarded(request: HttpRequest, completion: Completion, **kwargs: Any) -> HttpResponse:
        if completion.state != "open":
            if request.headers.get("X-Requested-With"):
                return JsonResponse({"message": "COMPLETION_CLOSED", "detail": _("This is over.")}, status=409)
            return _over(request, completion)
        return view(request, completion, **kwargs)

    return guarded


def there_while_open(view: View) -> View:
    """Parts of a page: what somebody has answered is shown to nobody once it is over."""

    @wraps(view)
    def guarded(request: HttpRequest, completion: Completion, **kwargs: Any) -> HttpResponse:
        if completion.state != "open":
            raise Http404
        return view(request, completion, **kwargs)

    return guarded


@of_link
@require_http_methods(["GET", "HEAD", "POST"])
@while_open
def page(request: HttpRequest, completion: Completion) -> HttpResponse:
    """The form. A POST is what a browser without script sends: it is kept, and leads on when nothing is missing."""
    if request.method != "POST":
        return _form(request, completion, {})
    unread = _take(request, completion)
    if "save" in request.POST:
        return _form(request, completion, unread, status=400) if unread else HttpResponseRedirect(_at(request))
    _known, asked = _asked(completion)
    shown = request.POST.get("shown", "").split()
    if any(name not in shown and name not in completion.fixed for name in asked):
        # Answers have brought new questions, which nobody has seen yet.
        return _form(request, completion, unread, more=True)
    try:
        faults = {str(f.path[0]): f for f in reversed(making.review(completion))} | unread
    except TemplateRefused as refused:
        return _form(request, completion, {}, trouble=_(refused.sentence), status=400)
    if faults:
        return _form(request, completion, faults, status=400)
    return HttpResponseRedirect(f"{_at(request)}/review")


@of_link
@require_POST
@while_open
def answers(request: HttpRequest, completion: Completion) -> HttpResponse:
    """Keeps what was typed and says what is wrong with it so far, and which questions are asked now."""
    unread = _take(request, completion)
    known, asked = _asked(completion)
    faults = known.faults_by_name() | unread
    return JsonResponse({"asked": asked, "faults": {name: fault.message for name, fault in faults.items()}})


@of_link
@require_POST
@while_open
def lookup(request: HttpRequest, completion: Completion) -> HttpResponse:
    """Asks the address of a question of type ``request``; gives the answers that it fills in."""
    definition = completion.definition
    question = definition.by_name.get(request.POST.get("name", ""))
    if question is None or question.type != "request" or question.name in completion.fixed:
        raise Http404
    value = request.POST.get("value", "").replace("\0", "").strip()
    if len(value) > checking.MAX_LINE:
        return JsonResponse({"message": "CODE_INVALID", "detail": _("This code is not valid.")}, status=400)
    if not completion.count_lookup():
        return JsonResponse({"message": "TOO_MANY_LOOKUPS", "detail": _("Please try again later.")}, status=429)
    try:
        filled = lookups.look_up(definition, question, value, completion.fixed)
    except lookups.InvalidCode:
        return JsonResponse({"message": "CODE_INVALID", "detail": _("This code is not valid.")}, status=400)
    completion.save_typed({question.name: value, **filled})
    return JsonResponse({"filled": filled})


@of_link
@require_safe
@there_while_open
def preview(request: HttpRequest, completion: Completion) -> HttpResponse:
    """The document as far as it is filled in, for the frame beside the form."""
    known = checking.check(completion.definition, completion.answers, composing.today(), partial=True)
    shown = completion.mask or completion.complete
    html = models.text(shown)
    database.let_go()
    filled = composing.preview(html, completion.definition, known.values)
    answer = HttpResponse(filled.replace("<head>", f"<head>{FRAME_STYLE}", 1))
    answer.headers["Content-Security-Policy"] = FRAME_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@of_link
@require_safe
@while_open
def review(request: HttpRequest, completion: Completion) -> HttpResponse:
    """The document as it will be sent, page by page."""
    if completion.draft is None:
        return HttpResponseRedirect(_at(request))
    pages = range(1, completion.draft_pages + 1)
    return _draw(request, completion, "review", pages=pages, digest=completion.draft.sha256, sign=_signs(completion))


@of_link
@require_safe
@there_while_open
def sheet(request: HttpRequest, completion: Completion, number: int) -> HttpResponse:
    if completion.draft is None:
        raise Http404
    database.let_go()
    try:
        with local_path(completion.draft) as path:
            picture = render_page(path, number, WIDTH)
    except Refusal:
        raise Http404 from None
    return HttpResponse(picture, content_type="image/jpeg")


@of_link
@require_POST
@while_open
def send(request: HttpRequest, completion: Completion) -> HttpResponse:
    """Sends the document that was looked at."""
    by = Actor("participant", completion.email, completion.email, caller.address(request), caller.agent(request))
    try:
        faults = making.finish(completion, request.POST.get("digest", ""), by)
    except (Refused, Invalid, Refusal) as refused:
        fresh = Completion.objects.select_related("process__organization").get(pk=completion.pk)
        if fresh.state != "open":
            return _over(request, fresh)
        trouble = _(refused.problems[0].message) if isinstance(refused, Invalid) else _(refused.detail)
        return _form(request, completion, {}, trouble=trouble, status=400)
    if faults:
        return _form(request, completion, {str(f.path[0]): f for f in faults}, status=400)
    return HttpResponseRedirect(_at(request))


def _take(request: HttpRequest, completion: Completion) -> dict[str, Fault]:
    """Keeps what came; gives the faults of what is not kept."""
    typed, unread = fields.sent(completion.definition, completion.fixed, request.POST, request.FILES)
    if typed and not completion.save_typed(typed):
        full = "There is no room for more. Please use smaller pictures or shorter texts."
        unread |= {name: Fault((name,), "no_room", full) for name in typed}
    return unread


def _asked(completion: Completion) -> tuple[checking.Answers, list[str]]:
    known = checking.check(completion.definition, completion.answers, composing.today(), partial=True)
    return known, known.asked


def _form(
    request: HttpRequest, completion: Completion, faults: dict[str, Fault], *, status: int = 200, **more: Any
) -> HttpResponse:
    definition = completion.definition
    _known, asked = _asked(completion)
    drawn = fields.fields(definition, completion.answers, completion.fixed, asked, faults)
    general = [fault.message for name, fault in faults.items() if name not in definition.by_name]
    general += [
        f"{definition.by_name[name].description}: {fault.message}"
        for name, fault in faults.items()
        if name in completion.fixed
    ]
    shown = " ".join(one.question.name for one in drawn if one.is_asked)
    wrong = [one for one in drawn if one.error and one.is_asked]
    context = {"fields": drawn, "shown": shown, "general": general, "wrong": wrong, **more}
    return _draw(request, completion, "form", status, **context)


def _over(request: HttpRequest, completion: Completion) -> HttpResponse:
    return _draw(request, completion, "over", 200 if completion.state == "completed" else 410,
                 state=completion.state, sign=_signs(completion))  # fmt: skip


def _signs(completion: Completion) -> bool:
    return bool(completion.terms.get("sign", True))


def _draw(
    request: HttpRequest, completion: Completion | None, name: str, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "completion": completion,
        "process": completion.process if completion else None,
        "organization": completion.process.organization if completion else None,
        "base": _at(request),
        "languages": completion.process.organization.offered_languages if completion else settings.LANGUAGES,
        **more,
    }
    return render(request, f"completing/{name}.html", context, status=status)


def _at(request: HttpRequest) -> str:
    """``/c/{token}``."""
    return "/".join(request.path.split("/")[:3])
