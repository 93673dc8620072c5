"""Developers → Keys and tokens: the secrets with which programs act for the organization. Each is shown once."""

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rubrica import clock
from rubrica.accounts.audit import note
from rubrica.accounts.models import ApiKey, AuditEntry, BearerToken, Member
from rubrica.console.access import done_by_owners, shown_to_editors
from rubrica.console.settings.areas import settings_page
from rubrica.web.text import is_one_line

KEYS, TOKENS, MADE = (f"console/developers/{name}.html" for name in ("keys", "tokens", "made"))
LIVES = (30, 90, 365)  # days of a token
Kind = AuditEntry.Kind


class Name(forms.CharField):
    """By which a secret is known again."""

    def __init__(self) -> None:
        label, hint = gettext_lazy("Name"), gettext_lazy("The program that uses it, such as “Shop”.")
        super().__init__(label=label, help_text=hint, max_length=100)

    def clean(self, value: str) -> str:
        name: str = super().clean(value)
        if not is_one_line(name):
            raise forms.ValidationError(gettext_lazy("Write the name in one line."))
        return name


class KeysForm(forms.Form):
    name = Name()


class TokenForm(forms.Form):
    name = Name()
    member = forms.ModelChoiceField(label=gettext_lazy("Acts as"), queryset=Member.objects.none(), empty_label=None)
    days = forms.TypedChoiceField(label=gettext_lazy("Ends"), coerce=int, initial=90)

    def __init__(self, member: Member, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.fields["member"].queryset = member.organization.members.filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["member"].initial = member.pk
        after = [(days, ngettext("after %(days)d day", "after %(days)d days", days) % {"days": days}) for days in LIVES]
        self.fields["days"].choices = [*after, (0, _("never"))]  # type: ignore[attr-defined]


@shown_to_editors
def keys(request: HttpRequest, member: Member) -> HttpResponse:
    return _keys(request, member, KeysForm())


@done_by_owners
def make_keys(request: HttpRequest, member: Member) -> HttpResponse:
    """A pair; the one before goes on until it is revoked, so that programs can be changed over one by one."""
    form = KeysForm(request.POST)
    if not form.is_valid():
        return _keys(request, member, form, status=422)
    name = form.cleaned_data["name"]
    with transaction.atomic():
        made = [ApiKey.issue(member.organization, kind, name) for kind in (ApiKey.Kind.PUBLIC, ApiKey.Kind.PRIVATE)]
        note(request, Kind.KEYS_MADE, member, name, prefixes=[row.prefix for row, _secret in made])
    words = (_("Public key: reads"), _("Private key: reads and writes"))
    secrets = [(label, secret) for label, (_row, secret) in zip(words, made, strict=True)]
    return settings_page(request, "keys", MADE, {"secrets": secrets, "name": name, "to": reverse("console:developers")})


@done_by_owners
def revoke_key(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    row = get_object_or_404(member.organization.api_keys, pk=pk)
    if row.revoke():
        note(request, Kind.KEY_REVOKED, member, f"{row.name} {row}".strip())
        messages.success(request, _("The key %(key)s opens nothing any more.") % {"key": row})
    return HttpResponseRedirect(reverse("console:developers"))


@shown_to_editors
def tokens(request: HttpRequest, member: Member) -> HttpResponse:
    return _tokens(request, member, TokenForm(member))


@done_by_owners
def make_token(request: HttpRequest, member: Member) -> HttpResponse:
    form = TokenForm(member, request.POST)
    if not form.is_valid():
        return _tokens(request, member, form, status=422)
    acts_as, days, name = (form.cleaned_data[field] for field in ("member", "days", "name"))
    expires = clock.now() + timedelta(days=days) if days else None
    with transaction.atomic():
        secret = BearerToken.issue(acts_as, expires, name=name)[1]
        note(request, Kind.TOKEN_MADE, member, name, member=acts_as.email, days=days)
    context = {"secrets": [(_("Bearer token"), secret)], "name": name, "to": reverse("console:tokens")}
    return settings_page(request, "tokens", MADE, context)


@done_by_owners
def revoke_token(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    row = get_object_or_404(member.organization.bearer_tokens.select_related("member"), pk=pk)
    if row.revoke():
        note(request, Kind.TOKEN_REVOKED, member, row.name, member=row.member.email)
        messages.success(request, _("The token opens nothing any more."))
    return HttpResponseRedirect(reverse("console:tokens"))


def _keys(request: HttpRequest, member: Member, form: KeysForm, status: int = 200) -> HttpResponse:
    rows = member.organization.api_keys.order_by("-pk")
    context = {"rows": rows.filter(revoked_at=None), "revoked": rows.exclude(revoked_at=None)[:50], "form": form}
    return settings_page(request, "keys", KEYS, context, status)


def _tokens(request: HttpRequest, member: Member, form: TokenForm, status: int = 200) -> HttpResponse:
    found = member.organization.bearer_tokens.select_related("member").prefetch_related("environments__organization")
    rows = found.order_by("-pk")
    context = {"rows": rows.filter(revoked_at=None)[:200], "form": form, "now": clock.now()}
    return settings_page(request, "tokens", TOKENS, context, status)
