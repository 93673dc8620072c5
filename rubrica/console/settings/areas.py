"""The settings of an organization, and the pages for developers, area by area: each is a page below one frame.

A new area is a row here, a module of views beside this one, and its addresses in ``urls``. Its templates extend
``console/settings/frame.html`` and fill the block ``settings``.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rubrica.accounts.models import Member
from rubrica.console.access import page


@dataclass(frozen=True)
class Area:
    """``key`` names the area to ``settings_page``; ``view`` is the name of its first address."""

    key: str
    view: str
    title: str | Promise
    is_for_owners: bool = False
    is_for_editors: bool = False

    def is_for(self, member: Member) -> bool:
        return member.is_owner or (not self.is_for_owners and (member.may_edit or not self.is_for_editors))


SETTINGS = [
    Area("company", "console:company", _("Company")),
    Area("languages", "console:languages", _("Languages")),
    Area("folders", "console:folders", _("Folders and tags")),
    Area("channels", "console:channels", _("Channels")),
    Area("certificate", "console:certificate", _("Certificate")),
    Area("security", "console:security", _("Signing in")),
    Area("storage", "console:storage", _("Storage")),
    Area("retention", "console:retention", _("Retention")),
    Area("people", "console:person", _("People’s data"), is_for_owners=True),
    Area("audit", "console:audit", _("Audit"), is_for_owners=True),
]
DEVELOPERS = [
    Area("keys", "console:developers", _("Keys"), is_for_editors=True),
    Area("tokens", "console:tokens", _("Tokens"), is_for_editors=True),
    Area("webhooks", "console:webhooks", _("Webhooks")),
    Area("deliveries", "console:deliveries", _("Deliveries")),
    Area("events", "console:developer_events", _("Events"), is_for_editors=True),
]


def settings_page(
    request: HttpRequest, key: str, template: str, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """A page of the area ``key``, inside the frame that all of its kind share."""
    is_development = key in {area.key for area in DEVELOPERS}
    member = request.user
    known = DEVELOPERS if is_development else SETTINGS
    areas = [area for area in known if isinstance(member, Member) and area.is_for(member)]
    frame = {"areas": areas, "area": key, "is_development": is_development}
    answer = page(request, template, {**frame, **(context or {})})
    answer.status_code = status
    return answer
