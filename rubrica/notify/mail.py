"""One composed mail to the mail server, and what its refusals mean."""

import hashlib
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from rubrica.notify.delivery import DeliveryFailed, Outdated


def message_id(key: str) -> str:
    """The same for the same key, so that a mailbox drops the twin of a message that a crash made us send twice."""
    domain = parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2] or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def send(message: EmailMessage, still: Callable[[], bool] | None = None) -> None:
    """Raises DeliveryFailed; Outdated where ``still``, asked once the server listens, says that nobody is to get it."""
    try:
        with _connected(message):
            if still is not None and not still():
                raise Outdated
            message.send()
    except smtplib.SMTPException as error:
        raise _failure(error) from error
    except OSError as error:
        where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
        raise DeliveryFailed(f"The mail server {where} cannot be reached: {error}") from error
    except ValueError as error:
        raise DeliveryFailed(f"The message cannot be sent to this address: {error}", permanent=True) from error


@contextmanager
def _connected(message: EmailMessage) -> Iterator[None]:
    """Connecting is what takes long. What the server says when we leave changes nothing about what it has taken."""
    message.connection = connection = get_connection()
    connection.open()
    try:
        yield
    finally:
        with suppress(smtplib.SMTPException, OSError):
            connection.close()


def _failure(error: smtplib.SMTPException) -> DeliveryFailed:
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
