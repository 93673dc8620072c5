"""The language of a page: what ``?lang=`` asks for and a cookie keeps, else what the browser prefers."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from rubrica.web.middleware import is_api


class Language(LocaleMiddleware):
    """The pages of members and of participants speak the language of their person all the same."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if asked := _asked(request):
            translation.activate(asked)
            request.LANGUAGE_CODE = asked

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response = super().process_response(request, response)
        asked = _asked(request)
        if asked and response.headers.get("Content-Type", "").startswith("text/html"):
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                asked,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                secure=settings.LANGUAGE_COOKIE_SECURE,
                httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
                samesite="Lax",
            )
        return response


def _asked(request: HttpRequest) -> str:
    """Empty where nothing that we speak is asked for, and for programs, whose addresses mean their own by it."""
    asked = "" if is_api(request) else request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else ""
