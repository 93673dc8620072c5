"""The look of an organization, for everybody who was sent its address: a small stylesheet, and its picture."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from rubrica.accounts.brand import Brand
from rubrica.accounts.models import Organization

A_YEAR = "public, max-age=31536000, immutable"


@require_safe
def style(request: HttpRequest, slug: str, mark: str, digest: str) -> HttpResponse:
    brand = _organization(slug, mark).brand
    return _answer(brand, digest, brand.stylesheet().encode(), "text/css; charset=utf-8")


@require_safe
def picture(request: HttpRequest, slug: str, mark: str, digest: str) -> HttpResponse:
    """An old address shows today's picture: mails that went out long ago still name it."""
    organization = _organization(slug, mark)
    if organization.image is None:
        raise Http404
    with organization.image.open() as file:
        answer = _answer(organization.brand, digest, file.read(), "image/png")
    # Mail programs on the web show it from pages of their own.
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def _organization(slug: str, mark: str) -> Organization:
    """Only who knows the mark learns that there is such an organization."""
    if not constant_time_compare(Brand(slug).mark, mark):
        raise Http404
    found = Organization.objects.select_related("image").filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def _answer(brand: Brand, digest: str, content: bytes, kind: str) -> HttpResponse:
    current = constant_time_compare(brand.digest, digest)
    return HttpResponse(
        content,
        content_type=kind,
        headers={
            "Cache-Control": A_YEAR if current else "no-cache",
            "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        },
    )
