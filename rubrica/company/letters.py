"""What owners are told about their organization's settings."""

from datetime import datetime

from django.conf import settings

from rubrica.accounts.models import Member
from rubrica.notify import messages
from rubrica.notify.delivery import DeliveryFailed
from rubrica.notify.messages import Person, Sending
from rubrica.webhooks.models import Attempt, Webhook


def webhook_off(webhook_id: int, member_id: int, since: str) -> None:
    """Once for each time it is switched off, however often the job runs."""
    webhook = Webhook.objects.select_related("organization").get(pk=webhook_id)
    owner = Member.objects.get(pk=member_id)
    organization = webhook.organization
    try:
        messages.webhook_off(
            key=f"webhook-off:{webhook.pk}:{owner.pk}:{since}",
            to=Person(owner.name, owner.email, owner.language),
            sending=Sending(
                organization.pk,
                organization.name,
                color=organization.primary_color,
                logo=organization.brand.image_url,
            ),
            url=webhook.url,
            since=datetime.fromisoformat(since),
            error=_last_error(webhook),
            link=f"{settings.PUBLIC_URL}/console/settings/webhooks/{webhook.pk}",
        )
    except DeliveryFailed as failure:
        if not failure.permanent:
            raise


def _last_error(webhook: Webhook) -> str:
    last = Attempt.objects.filter(delivery__webhook=webhook).order_by("-id").first()
    if last is None:
        return ""
    return f"HTTP {last.status}" if last.status is not None else f"{last.failure} {last.detail}".strip()
