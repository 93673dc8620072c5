"""Your account: name and language, how you sign in, and where you are signed in."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rubrica.accounts.audit import note
from rubrica.accounts.models import LANGUAGES, AuditEntry, Member
from rubrica.console.access import done_by_members, page, shown_to_members
from rubrica.team import factors
from rubrica.web.text import is_one_line

TEMPLATE = "console/members/account.html"


class AccountForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not is_one_line(name):
            raise forms.ValidationError(gettext_lazy("Write the name in one line."))
        return name


@shown_to_members
def account(request: HttpRequest, member: Member) -> HttpResponse:
    return _page(request, member, AccountForm(initial={"name": member.name, "language": member.language}))


@done_by_members
def save_account(request: HttpRequest, member: Member) -> HttpResponse:
    form = AccountForm(request.POST)
    if not form.is_valid():
        return _page(request, member, form, status=422)
    Member.objects.filter(pk=member.pk).update(**form.cleaned_data)
    messages.success(request, _("Your account is saved."))
    return _back()


@done_by_members
def end_sessions(request: HttpRequest, member: Member) -> HttpResponse:
    """All but this one."""
    others = UserSession.objects.filter(user_id=member.pk).exclude(session_key=request.session.session_key)
    _end(request, member, list(others))
    return _back()


@done_by_members
def end_session(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    _end(request, member, [get_object_or_404(UserSession, pk=pk, user_id=member.pk)])
    return _back()


def _end(request: HttpRequest, member: Member, sessions: list[UserSession]) -> None:
    for session in sessions:
        session.end()
    note(request, AuditEntry.Kind.SESSIONS_ENDED, member, sessions=len(sessions))
    messages.success(request, _("Signed out there. Whoever had this account open has to sign in again."))


def _page(request: HttpRequest, member: Member, form: AccountForm, status: int = 200) -> HttpResponse:
    found = {row.type: row for row in Authenticator.objects.filter(user_id=member.pk)}
    codes = found.get(Authenticator.Type.RECOVERY_CODES)
    context = {
        "form": form,
        "has_password": member.has_usable_password(),
        "app": found.get(Authenticator.Type.TOTP),
        "passkeys": factors.passkeys(member),
        "passkeys_work": factors.passkeys_work(),
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
        "sessions": UserSession.objects.purge_and_list(member),
        "this_session": request.session.session_key,
        "is_missing": factors.is_missing(member),
    }
    answer = page(request, TEMPLATE, context)
    answer.status_code = status
    return answer


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("console:account"))
