"""Settings → Languages: which one is usual in the organization, and which of them its participants are offered."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from rubrica.accounts.audit import note
from rubrica.accounts.models import AuditEntry, Member, Organization
from rubrica.console.access import done_by_owners, shown_to_members
from rubrica.console.settings.areas import settings_page

TEMPLATE = "console/settings/languages.html"


@shown_to_members
def languages(request: HttpRequest, member: Member) -> HttpResponse:
    usual, offered = member.organization.language, {code for code, _name in member.organization.offered_languages}
    context = {"all": settings.LANGUAGES, "usual": usual, "offered": offered}
    return settings_page(request, "languages", TEMPLATE, context)


@done_by_owners
def save_languages(request: HttpRequest, member: Member) -> HttpResponse:
    """The usual one is always among those that are offered. All of them are kept as none, and a new one is one more."""
    known = dict(settings.LANGUAGES)
    usual = request.POST.get("usual", "")
    usual = usual if usual in known else member.organization.language
    offered = [code for code in known if code in {usual, *request.POST.getlist("offered")}]
    chosen = {"language": usual, "languages": [] if len(offered) == len(known) else offered}
    with transaction.atomic():
        Organization.objects.filter(pk=member.organization_id).update(**chosen)
        note(request, AuditEntry.Kind.SETTINGS_CHANGED, member, "languages", **chosen)
    messages.success(request, _("The languages are saved."))
    return HttpResponseRedirect(reverse("console:languages"))
