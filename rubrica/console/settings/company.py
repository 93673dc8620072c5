"""How the organization is called and looks on the pages and mails that participants see."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from rubrica import database
from rubrica.accounts import colors
from rubrica.accounts.audit import note
from rubrica.accounts.brand import Brand
from rubrica.accounts.models import AuditEntry, Member, Organization
from rubrica.company import pictures
from rubrica.console.access import done_by_owners, shown_to_members
from rubrica.console.settings.areas import settings_page
from rubrica.console.settings.forms import CompanyForm

SCOPE = ".brand-preview"


@shown_to_members
def company(request: HttpRequest, member: Member) -> HttpResponse:
    organization = member.organization
    shown = {name: getattr(organization, name) for name in CompanyForm.base_fields}
    shown["face_threshold"] = round(100 * organization.face_threshold)
    return _page(request, organization, CompanyForm(organization, initial=shown))


@done_by_owners
def save_company(request: HttpRequest, member: Member) -> HttpResponse:
    organization = member.organization
    form = CompanyForm(organization, request.POST)
    if not form.is_valid():
        return _page(request, organization, form, status=400)
    Organization.objects.filter(pk=organization.pk).update(**form.cleaned_data)
    note(request, AuditEntry.Kind.SETTINGS_CHANGED, member, "company", **form.cleaned_data)
    messages.success(request, _("The company's settings are saved."))
    return _back()


@done_by_owners
def upload_picture(request: HttpRequest, member: Member) -> HttpResponse:
    sent = request.FILES.get("picture")
    if sent is None:
        messages.error(request, _("Choose a picture first."))
        return _back()
    data = sent.read(pictures.MAX_BYTES + 1)
    database.let_go()
    try:
        pictures.show(member.organization, data)
    except pictures.PictureRefused as refused:
        messages.error(request, gettext(refused.sentence))
    else:
        note(request, AuditEntry.Kind.SETTINGS_CHANGED, member, "picture")
        messages.success(request, _("The picture is in use from now on."))
    return _back()


@done_by_owners
def remove_picture(request: HttpRequest, member: Member) -> HttpResponse:
    pictures.remove(member.organization)
    note(request, AuditEntry.Kind.SETTINGS_CHANGED, member, "picture")
    messages.success(request, _("The picture was removed."))
    return _back()


@shown_to_members
def preview(request: HttpRequest, member: Member) -> HttpResponse:
    """The style of colours that are being tried, for the sample on the page alone."""
    primary, alternate = (_tried(request, name) for name in ("primary", "alternate"))
    return HttpResponse(Brand("", primary, alternate).stylesheet(SCOPE), content_type="text/css; charset=utf-8")


def _tried(request: HttpRequest, name: str) -> str:
    try:
        return colors.normal(request.GET.get(name, ""))
    except ValueError:
        return ""


def _page(request: HttpRequest, organization: Organization, form: CompanyForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "organization": organization, "brand": organization.brand}
    context["problem"] = gettext(organization.image_problem) if organization.image_problem else ""
    return settings_page(request, "company", "console/settings/company.html", context, status)


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("console:company"))
