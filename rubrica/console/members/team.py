"""Team: who belongs to the organization, who is invited, and who may do what. For owners alone."""

from collections.abc import Callable
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rubrica.accounts.audit import note
from rubrica.accounts.invitations import InvitationRefused
from rubrica.accounts.models import LANGUAGES, AuditEntry, Invitation, Member
from rubrica.console.access import done_by_owners, page, shown_to_owners
from rubrica.team import factors, jobs, membership

TEMPLATE = "console/members/team.html"
Kind = AuditEntry.Kind
LAST_OWNER = gettext_lazy("An organization needs an owner who can sign in. Make somebody else one first.")


class InviteForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Member.Role.choices, initial=Member.Role.EDITOR)
    language = forms.ChoiceField(label=gettext_lazy("Language of the invitation"), choices=LANGUAGES)


@dataclass(frozen=True)
class Row:
    member: Member
    kinds: set[str]

    @property
    def has_app(self) -> bool:
        return Authenticator.Type.TOTP in self.kinds

    @property
    def has_passkey(self) -> bool:
        return Authenticator.Type.WEBAUTHN in self.kinds


@shown_to_owners
def team(request: HttpRequest, member: Member) -> HttpResponse:
    return _page(request, member, InviteForm(initial={"language": member.organization.language}))


@done_by_owners
def invite(request: HttpRequest, member: Member) -> HttpResponse:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, member, form, status=422)
    try:
        with transaction.atomic():
            row = membership.invite(member, **form.cleaned_data)
            note(request, Kind.INVITED, member, row.email, role=row.role)
    except InvitationRefused as refused:
        form.add_error("email", _(refused.sentence))
        return _page(request, member, form, status=422)
    messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": row.email})
    return _back()


@done_by_owners
def invite_again(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    row = _invitation(member, pk)
    if membership.invite_again(row):
        note(request, Kind.INVITED_AGAIN, member, row.email)
        messages.success(request, _("There is a new link on its way; the one before leads nowhere."))
    return _back()


@done_by_owners
def revoke_invitation(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    row = _invitation(member, pk)
    if row.revoke():
        note(request, Kind.INVITATION_REVOKED, member, row.email)
        messages.success(request, _("The invitation is taken back."))
    return _back()


@done_by_owners
def change_role(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    other, role = _member(member, pk), request.POST.get("role", "")
    if role not in Member.Role.values:
        messages.error(request, _("Choose a role."))
    elif _done(request, lambda: membership.change_role(other, role)):
        note(request, Kind.ROLE_CHANGED, member, other.email, before=other.role, after=role)
        words = {"name": str(other), "role": Member.Role(role).label}
        messages.success(request, _("%(name)s is “%(role)s” from now on.") % words)
    return _back()


@done_by_owners
def deactivate(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    other = _member(member, pk)
    if _done(request, lambda: membership.deactivate(other)):
        note(request, Kind.DEACTIVATED, member, other.email)
        messages.success(request, _("%(name)s cannot sign in any more, and their tokens are dead.") % {"name": other})
    return _back()


@done_by_owners
def reactivate(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    other = _member(member, pk)
    if membership.reactivate(other):
        note(request, Kind.REACTIVATED, member, other.email)
        messages.success(request, _("%(name)s can sign in again.") % {"name": other})
    return _back()


@done_by_owners
def hand_over(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    other = get_object_or_404(member.organization.members.exclude(pk=member.pk), pk=pk)
    if _done(request, lambda: membership.hand_over(member, other)):
        note(request, Kind.ROLE_CHANGED, member, other.email, before=other.role, after="owner")
        note(request, Kind.ROLE_CHANGED, member, member.email, before="owner", after="editor")
        messages.success(request, _("%(name)s owns the organization now; you are an editor.") % {"name": other})
        return HttpResponseRedirect(reverse("console:account"))
    return _back()


@done_by_owners
def clear_factors(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """For a colleague whose telephone is gone, and who is told by mail."""
    other = _member(member, pk)
    with transaction.atomic():
        if factors.clear(other):
            entry = note(request, Kind.FACTORS_CLEARED, member, other.email)
            jobs.mail_account_changed.defer(entry_id=entry.pk, member_id=other.pk)
    messages.success(
        request, _("%(name)s signs in with the password alone, until a new factor is set.") % {"name": other}
    )
    return _back()


def _done(request: HttpRequest, deed: Callable[[], bool | None]) -> bool:
    """Says whether something changed; ``None`` of a deed counts as that."""
    try:
        return deed() is not False
    except membership.LastOwner:
        messages.error(request, str(LAST_OWNER))
        return False
    except membership.Closed:
        messages.error(request, _("This account is closed. Open it again first."))
        return False


def _member(owner: Member, pk: int) -> Member:
    """Not yours is not found."""
    return get_object_or_404(owner.organization.members.select_related("organization"), pk=pk)


def _invitation(owner: Member, pk: int) -> Invitation:
    return get_object_or_404(owner.organization.invitations, pk=pk, accepted_at=None, revoked_at=None)


def _page(request: HttpRequest, member: Member, form: InviteForm, status: int = 200) -> HttpResponse:
    organization = member.organization
    kinds: dict[int, set[str]] = {}
    for user_id, kind in Authenticator.objects.filter(user__organization=organization).values_list("user_id", "type"):
        kinds.setdefault(user_id, set()).add(kind)
    people = organization.members.order_by("-is_active", "name", "email")
    context = {
        "form": form,
        "rows": [Row(one, kinds.get(one.pk, set())) for one in people],
        "invitations": organization.invitations.filter(accepted_at=None, revoked_at=None).order_by("-sent_at"),
        "roles": Member.Role.choices,
    }
    answer = page(request, TEMPLATE, context)
    answer.status_code = status
    return answer


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("console:team"))
