"""Webhooks: where they lead, what they sign with, and whether they are on."""

import json
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from rubrica.accounts.audit import note
from rubrica.accounts.models import AuditEntry, Member
from rubrica.console.access import done_by_owners, shown_to_members
from rubrica.console.settings.areas import settings_page
from rubrica.console.settings.forms import WebhookForm
from rubrica.webhooks.announcing import ping
from rubrica.webhooks.cipher import SecretLocked
from rubrica.webhooks.models import DEFAULT, Webhook

Kind = AuditEntry.Kind
PING = json.dumps({"status": "PING"})
LIST, ONE = "console/settings/webhooks.html", "console/settings/webhook.html"


@shown_to_members
def webhooks(request: HttpRequest, member: Member) -> HttpResponse:
    return settings_page(request, "webhooks", LIST, {"webhooks": member.organization.webhooks.kept()})


@shown_to_members
def new_webhook(request: HttpRequest, member: Member) -> HttpResponse:
    word = "" if member.organization.webhooks.kept().exists() else DEFAULT
    return _page(request, None, WebhookForm(member.organization, None, initial={"word": word}))


@done_by_owners
def add_webhook(request: HttpRequest, member: Member) -> HttpResponse:
    form = WebhookForm(member.organization, None, request.POST)
    if not form.is_valid():
        return _page(request, None, form, status=400)
    hook = form.save()
    note(request, Kind.WEBHOOK_ADDED, member, hook.word, url=_door(hook.url))
    messages.success(request, _("The webhook “%(word)s” is on.") % {"word": hook.word})
    return _to(hook)


@shown_to_members
def webhook(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    hook = _of(member, pk)
    shown = {name: getattr(hook, name) for name in ("url", "description", "header_key")}
    return _page(request, hook, WebhookForm(member.organization, hook, initial=shown))


@done_by_owners
def change_webhook(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    hook = _of(member, pk)
    form = WebhookForm(member.organization, hook, request.POST)
    if not form.is_valid():
        return _page(request, hook, form, status=400)
    form.save()
    note(request, Kind.WEBHOOK_CHANGED, member, hook.word, url=_door(form.cleaned_data["url"]))
    messages.success(request, _("The webhook is saved."))
    return _to(hook)


@done_by_owners
def show_secret(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """By POST, so that no history and no prefetch has it; the page is not kept by the browser."""
    hook = _of(member, pk)
    try:
        secret = hook.secret
    except SecretLocked as locked:
        messages.error(request, _(str(locked)))
        return _to(hook)
    note(request, Kind.SECRET_SHOWN, member, hook.word)
    return settings_page(request, "webhooks", "console/settings/secret.html", {"webhook": hook, "secret": secret})


@done_by_owners
def change_secret(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    hook = _of(member, pk)
    hook.make_key()
    hook.save(update_fields=["key", "old_key", "key_changed_at"])
    note(request, Kind.WEBHOOK_CHANGED, member, hook.word, change="secret")
    messages.success(request, _("There is a new secret. For one day calls are signed with both."))
    return settings_page(request, "webhooks", "console/settings/secret.html", {"webhook": hook, "secret": hook.secret})


@done_by_owners
def send_ping(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    hook = _of(member, pk)
    if not hook.is_on:
        messages.error(request, _("Switch the webhook on first."))
        return _to(hook)
    delivery = ping(hook, PING)
    messages.success(request, _("A test call is on its way. Load the page again to see what came of it."))
    return HttpResponseRedirect(reverse("console:delivery", args=[delivery.pk]))


@done_by_owners
def switch(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    hook = _of(member, pk)
    if request.POST.get("to") == "on":
        hook.switch_on()
        messages.success(request, _("The webhook is on. What was not sent meanwhile is among the deliveries."))
    else:
        hook.switch_off(Webhook.Off.MEMBER)
        messages.success(request, _("The webhook is off."))
    note(request, Kind.WEBHOOK_CHANGED, member, hook.word, on=request.POST.get("to") == "on")
    return _to(hook)


@done_by_owners
def remove_webhook(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    hook = _of(member, pk)
    others = member.organization.webhooks.kept().exclude(pk=hook.pk)
    if hook.word == DEFAULT and others.exists():
        messages.error(request, _("“default” can be removed only as the last one: the other processes need it."))
        return _to(hook)
    hook.remove()
    note(request, Kind.WEBHOOK_REMOVED, member, hook.word, url=_door(hook.url))
    messages.success(request, _("The webhook “%(word)s” was removed.") % {"word": hook.word})
    return HttpResponseRedirect(reverse("console:webhooks"))


def _door(url: str) -> str:
    """Paths and queries of others' services are often the key to them, and nothing leaves the audit any more."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}"


def _of(member: Member, pk: int) -> Webhook:
    """Not yours is not found."""
    return get_object_or_404(member.organization.webhooks.kept(), pk=pk)


def _page(request: HttpRequest, hook: Webhook | None, form: WebhookForm, status: int = 200) -> HttpResponse:
    return settings_page(request, "webhooks", ONE, {"webhook": hook, "form": form}, status)


def _to(hook: Webhook) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("console:webhook", args=[hook.pk]))
