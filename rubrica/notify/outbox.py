"""Where messages stay that no provider takes: they are kept and shown at /outbox. For mail it is a mail backend."""

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.header import decode_header, make_header
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from rubrica import clock
from rubrica.accounts.models import Member
from rubrica.notify import short
from rubrica.notify.models import Notification, OutboxMessage

log = logging.getLogger(__name__)


class Outbox(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            keep(message)
        return len(email_messages)


def keep(message: EmailMessage) -> None:
    """Keeps the message once, however often the same Message-ID comes in."""
    row, is_new = OutboxMessage.objects.get_or_create(
        message_id=message.message()["Message-ID"],
        defaults={
            "organization_id": organization_id(message),
            "to": ", ".join(str(make_header(decode_header(to))) for to in message.recipients()),
            "subject": str(message.subject),
            "text": str(message.body),
            "html": html_of(message),
            "expires_at": _end(getattr(message, "kept", None)),
        },
    )
    if is_new:
        _say(row, f"a mail to {row.to} ({row.subject})")


def keep_short(notification: Notification, words: short.Words, kept: timedelta | None) -> None:
    """The same for a message by SMS or WhatsApp."""
    row, is_new = OutboxMessage.objects.get_or_create(
        message_id=f"{notification.channel}:{hashlib.sha256(notification.key.encode()).hexdigest()}",
        defaults={
            "organization_id": notification.organization_id,
            "channel": notification.channel,
            "to": notification.to,
            "subject": words.title,
            "text": words.text,
            "expires_at": _end(kept),
        },
    )
    if is_new:
        _say(row, f"a message to {row.to} by {row.channel}")


def forget() -> None:
    """Drops what was to be readable for a while only."""
    OutboxMessage.objects.filter(expires_at__lt=clock.now()).delete()


def _end(kept: timedelta | None) -> datetime | None:
    return clock.now() + kept if kept is not None else None


def _say(row: OutboxMessage, what: str) -> None:
    """Neither the text nor its links: whoever reads a log must not be able to act as a participant."""
    log.info("Kept %s: %s/outbox/%s", what, settings.PUBLIC_URL, row.pk)


def organization_id(message: EmailMessage) -> int | None:
    """Ours say whose they are; the login's own mails belong where the member does."""
    known: int | None = getattr(message, "organization_id", None)
    if known is not None:
        return known
    member = Member.objects.filter(email__in=[parseaddr(to)[1].lower() for to in message.recipients()]).first()
    return member.organization_id if member else None


def html_of(message: EmailMessage) -> str:
    alternatives = message.alternatives if isinstance(message, EmailMultiAlternatives) else []
    return next((str(content) for content, media_type in alternatives if media_type == "text/html"), "")
