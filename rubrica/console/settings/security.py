"""Settings → Signing in: what the organization asks of its members, and who comes in by OIDC uninvited."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rubrica.accounts.audit import note
from rubrica.accounts.models import AuditEntry, Member, Organization
from rubrica.console.access import done_by_owners, shown_to_members
from rubrica.console.settings.areas import settings_page
from rubrica.team import factors

TEMPLATE = "console/settings/security.html"
FIELDS = ("requires_second_factor", "oidc_domain", "oidc_role")


class SecurityForm(forms.Form):
    requires_second_factor = forms.BooleanField(required=False)
    oidc_domain = forms.CharField(
        label=gettext_lazy("Domain"),
        max_length=253,
        required=False,
        help_text=gettext_lazy("That of your own address. Leave it empty, and only invited people come in."),
    )
    oidc_role = forms.ChoiceField(label=gettext_lazy("Their role"), choices=Member.Role.choices)

    def __init__(self, owner: Member, *arguments: Any, **options: Any) -> None:
        self.owner = owner
        super().__init__(*arguments, **options)

    def clean_requires_second_factor(self) -> bool:
        wanted: bool = self.cleaned_data["requires_second_factor"]
        if wanted and not factors.are_there(self.owner):
            raise forms.ValidationError(gettext_lazy("Set up a second factor for yourself first, in your account."))
        return wanted

    def clean_oidc_domain(self) -> str:
        domain = str(self.cleaned_data["oidc_domain"]).strip().lower().removeprefix("@")
        if domain and domain != self.owner.email.partition("@")[2]:
            raise forms.ValidationError(gettext_lazy("It must be the domain of your own address."))
        return domain

    def clean_oidc_role(self) -> str:
        role: str = self.cleaned_data["oidc_role"]
        if role == Member.Role.OWNER:
            raise forms.ValidationError(gettext_lazy("Nobody becomes an owner uninvited."))
        return role


@shown_to_members
def security(request: HttpRequest, member: Member) -> HttpResponse:
    shown = {name: getattr(member.organization, name) for name in FIELDS}
    return _page(request, member, SecurityForm(member, initial=shown))


@done_by_owners
def save_security(request: HttpRequest, member: Member) -> HttpResponse:
    # Without OIDC its fields are not on the page, and what is stored stays.
    kept = {name: getattr(member.organization, name) for name in FIELDS[1:]} if not settings.OIDC_ISSUER else {}
    form = SecurityForm(member, {**request.POST.dict(), **kept})
    if not form.is_valid() or not _saved(request, member, form):
        return _page(request, member, form, status=422)
    messages.success(request, _("The rules for signing in are saved."))
    return HttpResponseRedirect(reverse("console:security"))


def _saved(request: HttpRequest, member: Member, form: SecurityForm) -> bool:
    try:
        with transaction.atomic():
            Organization.objects.filter(pk=member.organization_id).update(**form.cleaned_data)
            note(request, AuditEntry.Kind.SETTINGS_CHANGED, member, "security", **form.cleaned_data)
    except IntegrityError:
        form.add_error("oidc_domain", _("Another organization lets this domain in."))
        return False
    return True


def _page(request: HttpRequest, member: Member, form: SecurityForm, status: int = 200) -> HttpResponse:
    # Whose password is enough is told to nobody who could not ask them for more.
    without = factors.without(member.organization) if member.is_owner else None
    context = {"form": form, "oidc": settings.OIDC_NAME if settings.OIDC_ISSUER else "", "without": without}
    return settings_page(request, "security", TEMPLATE, context, status)
