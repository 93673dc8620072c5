"""/join/…: the page of an invitation. Looking at it changes nothing, since scanners of mail look at every link."""

from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django import forms
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from rubrica.accounts.audit import note
from rubrica.accounts.invitations import InvitationRefused
from rubrica.accounts.models import AuditEntry, Invitation, Member
from rubrica.team import factors, membership
from rubrica.web.text import is_one_line

PASSWORD, PASSKEY = "password", "passkey"


class JoinForm(forms.Form):
    name = forms.CharField(max_length=200)
    way = forms.ChoiceField(choices=[(PASSWORD, ""), (PASSKEY, "")])
    password = forms.CharField(max_length=1000, required=False, strip=False)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not is_one_line(name):
            raise forms.ValidationError(_("Write the name in one line."))
        return name

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("way") == PASSWORD:
            try:
                validate_password(found.get("password") or "")
            except ValidationError as error:
                self.add_error("password", error)
        return found


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, secret: str) -> HttpResponse:
    invitation = Invitation.opened_by(secret)
    with translation.override(invitation.language if invitation else translation.get_language()):
        if invitation is None:
            return render(request, "team/join_over.html", status=410)
        form = JoinForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            return _joined(request, invitation, form)
        return _page(request, invitation, form)


def _joined(request: HttpRequest, invitation: Invitation, form: JoinForm) -> HttpResponse:
    way = form.cleaned_data["way"]
    try:
        member = _take(request, invitation, form.cleaned_data["name"], form.cleaned_data["password"], way)
    except InvitationRefused as refused:
        messages.error(request, gettext(refused.sentence))
        return HttpResponseRedirect(reverse("account_login"))
    record_authentication(request, member, way if way == PASSWORD else "invitation", email=member.email)
    to = reverse("mfa_add_webauthn") if way == PASSKEY else None
    answer: HttpResponse = perform_login(request, Login(user=member, email=member.email, redirect_url=to))
    return answer


@transaction.atomic
def _take(request: HttpRequest, invitation: Invitation, name: str, password: str, way: str) -> Member:
    membership.check_room(invitation.organization)
    member = invitation.join(name, password if way == PASSWORD else None)
    assert isinstance(member, Member)
    note(request, AuditEntry.Kind.JOINED, member, member.role, way=way)
    return member


def _page(request: HttpRequest, invitation: Invitation, form: JoinForm) -> HttpResponse:
    context = {"invitation": invitation, "form": form, "passkeys_work": factors.passkeys_work()}
    context["role"] = Member.Role(invitation.role).label
    return render(request, "team/join.html", context, status=422 if form.errors else 200)
