"""The settings of an organization, area by area: each is a page of its own below one frame.

A new area is a row here, a module of views beside this one, and its addresses in ``urls``. Its templates extend
``console/settings/frame.html`` and fill the block ``settings``.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rubrica.console.access import page


@dataclass(frozen=True)
class Area:
    """``key`` names the area to ``settings_page``; ``view`` is the name of its first address."""

    key: str
    view: str
    title: str | Promise


AREAS = [
    Area("company", "console:company", _("Company")),
    Area("folders", "console:folders", _("Folders and tags")),
    Area("channels", "console:channels", _("Channels")),
    Area("webhooks", "console:webhooks", _("Webhooks")),
    Area("deliveries", "console:deliveries", _("Deliveries")),
    Area("certificate", "console:certificate", _("Certificate")),
]


def settings_page(
    request: HttpRequest, key: str, template: str, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """A page of the area ``key``, inside the frame that all of them share."""
    answer = page(request, template, {"areas": AREAS, "area": key, **(context or {})})
    answer.status_code = status
    return answer
