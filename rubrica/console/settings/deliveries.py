"""What was sent to webhooks: newest first, each attempt, and once more on purpose."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from rubrica.accounts.models import Member, Organization
from rubrica.console.access import done_by_editors, shown_to_members
from rubrica.console.settings.areas import settings_page
from rubrica.processes.models import Process
from rubrica.webhooks.models import Delivery

PAGE = 50  # deliveries


@dataclass(frozen=True)
class Row:
    delivery: Delivery
    process: Process | None

    @property
    def can_be_sent_again(self) -> bool:
        """It did not arrive, and the webhook is there to take it."""
        webhook = self.delivery.webhook
        is_lost = self.delivery.state in {Delivery.State.DROPPED, Delivery.State.SKIPPED}
        return is_lost and webhook.is_on and webhook.removed_at is None


@shown_to_members
def deliveries(request: HttpRequest, member: Member) -> HttpResponse:
    organization = member.organization
    state, webhook, before = (request.GET.get(name, "") for name in ("state", "webhook", "before"))
    found = _narrowed(organization, state, webhook, before)
    page = list(found.select_related("webhook").annotate(made=Count("attempts")).order_by("-pk")[: PAGE + 1])
    context = {
        "rows": rows(organization, page[:PAGE]),
        "older": page[PAGE - 1].pk if len(page) > PAGE else None,
        "before": before,
        "state": state,
        "chosen": webhook,
        "states": Delivery.State.values,
        "webhooks": organization.webhooks.all(),
    }
    return settings_page(request, "deliveries", "console/settings/deliveries.html", context)


@shown_to_members
def delivery(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    found = get_object_or_404(member.organization.deliveries.select_related("webhook"), pk=pk)
    row = rows(member.organization, [found])[0]
    context = {"row": row, "body": _readable(found.body), "attempts": found.attempts.all()}
    return settings_page(request, "deliveries", "console/settings/delivery.html", context)


@done_by_editors
def send_again(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    found = get_object_or_404(member.organization.deliveries.select_related("webhook"), pk=pk)
    if found.webhook.removed_at is not None:
        messages.error(request, _("The webhook was removed, so there is nowhere to send it."))
    elif not found.webhook.is_on:
        messages.error(request, _("Switch the webhook on first."))
    elif found.send_again():
        messages.success(request, _("It is on its way again, with the same body and the same id."))
    else:
        messages.error(request, _("It is on its way already."))
    if found.subject and request.POST.get("process") == found.subject:  # asked for on the page of its process
        return HttpResponseRedirect(reverse("console:process", args=[found.subject]))
    return HttpResponseRedirect(reverse("console:delivery", args=[pk]))


def rows(organization: Organization, found: Sequence[Delivery]) -> list[Row]:
    """With the processes they are about, in one query."""
    subjects = {one.subject for one in found}
    known = {process.public_id: process for process in organization.processes.filter(public_id__in=subjects)}
    return [Row(one, known.get(one.subject)) for one in found]


def _narrowed(organization: Organization, state: str, webhook: str, before: str) -> QuerySet[Delivery]:
    found = organization.deliveries.all()
    if state in Delivery.State.values:
        found = found.filter(state=state)
    if _is_number(webhook):
        found = found.filter(webhook_id=int(webhook))
    if _is_number(before):
        found = found.filter(pk__lt=int(before))
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _readable(body: str) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body
