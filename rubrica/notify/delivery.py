"""Sends one composed mail at most once a key, and leaves on its row what became of it."""

import hashlib
import smtplib
from datetime import timedelta
from email.utils import parseaddr
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, Q

from rubrica import clock
from rubrica.notify.models import Notification

# Longer than a whole conversation with a slow server. A worker that was killed in the middle leaves its claim, and the
# message goes out again, under the same Message-ID, once this time has passed.
CLAIM = timedelta(minutes=5)


class DeliveryFailed(Exception):
    """The message did not go out. A permanent failure does not get better by trying again."""

    def __init__(self, reason: str, permanent: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.permanent = reason, permanent


class Letter(Protocol):
    """What is sent: whom it is about, and how it is put into words."""

    @property
    def kind(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def organization_id(self) -> int: ...
    @property
    def process_id(self) -> int: ...
    @property
    def participant_id(self) -> int | None: ...

    def compose(self, message_id: str) -> EmailMessage: ...


def deliver(key: str, letter: Letter) -> Notification:
    """Sends ``letter`` unless that was done under ``key`` before. Raises DeliveryFailed; the reason is on the row too.

    Call it outside a transaction: the row must outlive the exception, and nothing inside one waits for a mail server.
    """
    row = _row(key, letter)
    if not _claim(row):
        return _settled(row)
    try:
        _send(letter.compose(message_id(key)))
    except DeliveryFailed as failure:
        _mark_failed(row, failure)
        raise
    else:
        _mark_sent(row)
    finally:
        _release(row)
    return row


def message_id(key: str) -> str:
    """The same for the same key, so that a mailbox drops the twin of a message that a crash made us send twice."""
    domain = parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2] or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def _row(key: str, letter: Letter) -> Notification:
    row, _ = Notification.objects.get_or_create(
        key=key,
        defaults={
            "kind": letter.kind,
            "to": letter.address,
            "organization_id": letter.organization_id,
            "process_id": letter.process_id,
            "participant_id": letter.participant_id,
        },
    )
    return row


def _claim(row: Notification) -> bool:
    """A conditional UPDATE, so that of two workers with the same job one sends."""
    now = clock.now()
    open_rows = Notification.objects.filter(pk=row.pk, permanent=False).exclude(state=Notification.State.SENT)
    free = open_rows.filter(Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM))
    if free.update(claimed_at=now, attempts=F("attempts") + 1) != 1:
        return False
    row.refresh_from_db()
    return True


def _settled(row: Notification) -> Notification:
    row.refresh_from_db()
    if row.permanent:
        raise DeliveryFailed(row.error, permanent=True)
    if row.state != Notification.State.SENT:
        raise DeliveryFailed("Another worker is sending this message.")
    return row


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except smtplib.SMTPException as error:
        raise _smtp_failure(error) from error
    except OSError as error:
        where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
        raise DeliveryFailed(f"The mail server {where} cannot be reached: {error}") from error
    except ValueError as error:
        raise DeliveryFailed(f"The message cannot be sent to this address: {error}", permanent=True) from error


def _smtp_failure(error: smtplib.SMTPException) -> DeliveryFailed:
    """Only a refused recipient or content is final. A refused login or sender is ours to mend, so it is tried again."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return DeliveryFailed(_words("The mail server refused the recipient", code, text), permanent=code >= 500)
    if isinstance(error, smtplib.SMTPDataError):
        words = _words("The mail server refused the message", error.smtp_code, error.smtp_error)
        return DeliveryFailed(words, permanent=error.smtp_code >= 500)
    if isinstance(error, smtplib.SMTPResponseException):
        return DeliveryFailed(_words("The mail server refused us", error.smtp_code, error.smtp_error))
    return DeliveryFailed(f"The mail server broke off: {error}")


def _words(what: str, code: int, text: bytes | str) -> str:
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"{what}: {code} {' '.join(said.split())}"[:1000]


def _mark_failed(row: Notification, failure: DeliveryFailed) -> None:
    row.state, row.error, row.permanent = Notification.State.FAILED, failure.reason, failure.permanent
    row.save(update_fields=["state", "error", "permanent"])


def _mark_sent(row: Notification) -> None:
    row.state, row.error, row.sent_at = Notification.State.SENT, "", clock.now()
    row.save(update_fields=["state", "error", "sent_at"])


def _release(row: Notification) -> None:
    Notification.objects.filter(pk=row.pk, claimed_at=row.claimed_at).update(claimed_at=None)
