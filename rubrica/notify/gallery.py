"""``/mails``, in development: every message with sample words, in each language, as HTML and as plain text."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from rubrica.notify.samples import SAMPLES, sample
from rubrica.notify.views import MAIL_POLICY

LANGUAGES = [code for code, _name in settings.LANGUAGES]


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """``?kind=`` and ``?in=`` say which one, ``?color=`` the organization's colour."""
    _only_in_development()
    kind, language, color = _chosen(request)
    made = sample(kind, language, color=color).compose("<sample>")
    context = {"kinds": list(SAMPLES), "kind": kind, "languages": LANGUAGES, "chosen": language, "color": color,
               "subject": made.subject, "text": made.body}  # fmt: skip
    with translation.override("en"):
        return render(request, "notify/gallery.html", context)


@require_safe
def sample_html(request: HttpRequest) -> HttpResponse:
    _only_in_development()
    kind, language, color = _chosen(request)
    html = str(sample(kind, language, color=color).compose("<sample>").alternatives[0][0])
    headers = {"Content-Security-Policy": MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return HttpResponse(html, headers=headers)


def _only_in_development() -> None:
    if not settings.DEBUG:
        raise Http404


def _chosen(request: HttpRequest) -> tuple[str, str, str]:
    """What is unknown is the first that there is."""
    kind, language = request.GET.get("kind", ""), request.GET.get("in", "")
    first = next(iter(SAMPLES))
    found = language if language in LANGUAGES else LANGUAGES[0]
    return kind if kind in SAMPLES else first, found, request.GET.get("color", "")
