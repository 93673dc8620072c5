"""The servers of others: mail, SMS, WhatsApp. Each is asked without sending anything."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rubrica.doctor.base import is_far
from rubrica.doctor.findings import Finding, failure, ok, together, warning

if TYPE_CHECKING:
    from django.core.mail.backends.smtp import EmailBackend

    from rubrica.notify.providers import CloudNumber, Twilio

MAIL_SECONDS = 6  # for connecting and for each answer
UNREAL_SENDER = "@localhost"


def is_for_others() -> bool:
    """Whether people on other machines are meant to use this installation."""
    from django.conf import settings

    return is_far(urlsplit(settings.PUBLIC_URL).hostname or "")


def mail() -> Finding:
    """Connects, starts TLS and logs in as every mail does, and leaves."""
    from django.conf import settings
    from django.core.mail.backends.smtp import EmailBackend

    if not settings.EMAIL_URL:
        return _unset("mail server", "mails", "RUBRICA_SMTP_URL")
    backend = EmailBackend(timeout=MAIL_SECONDS)
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with _closing(backend):
            backend.open()
    except (OSError, smtplib.SMTPException) as error:
        return _mail_failure(where, error)
    return together(_mail_oddities() or [ok(f"{where} takes mail from us{_how()}.")])


@contextmanager
def _closing(backend: "EmailBackend") -> Iterator[None]:
    """Django leaves the connection open when TLS or the login is refused."""
    try:
        yield
    finally:
        with suppress(OSError, smtplib.SMTPException):
            backend.close()


def _how() -> str:
    from django.conf import settings

    tls = {(True, False): ", over STARTTLS", (False, True): ", over TLS"}.get(
        (settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL), ", as plain text"
    )
    return f"{tls}{', with login' if settings.EMAIL_HOST_USER else ''}"


def _mail_oddities() -> list[Finding]:
    from django.conf import settings

    found = []
    is_plain = not settings.EMAIL_USE_TLS and not settings.EMAIL_USE_SSL
    if is_plain and is_far(settings.EMAIL_HOST):
        do = "Begin RUBRICA_SMTP_URL with smtp+starttls:// or smtps://."
        found.append(warning("Mail, and the password for it, go over the network unencrypted.", do))
    if UNREAL_SENDER in settings.MAIL_FROM:
        do = "Set RUBRICA_MAIL_FROM to an address that the mail server may send for."
        found.append(warning(f"Mails come from {settings.MAIL_FROM}, which many mailboxes refuse.", do))
    return found


def _mail_failure(where: str, error: Exception) -> Finding:
    if isinstance(error, ssl.SSLCertVerificationError):
        return failure(
            f"The certificate of {where} is not trusted: {error.verify_message}.",
            "Use the name that stands in the certificate; trust a private authority through SSL_CERT_FILE.",
        )
    if isinstance(error, ssl.SSLError):
        return failure(
            f"{where} does not speak TLS as asked: {error.reason or error}.",
            "smtps:// is TLS from the first byte (port 465), smtp+starttls:// begins it later (port 587).",
        )
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return failure(
            f"{where} refuses the login: {_said(error)}.",
            "Correct user and password in RUBRICA_SMTP_URL; special characters are written as %XX.",
        )
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return failure(
            f"{where} does not offer what is asked of it: {error}",
            "Without STARTTLS use smtps://; a server that knows no login wants no user and password.",
        )
    if isinstance(error, smtplib.SMTPResponseException):
        return failure(f"{where} refuses us: {_said(error)}.", "Ask whoever runs the mail server.")
    return failure(
        f"{where} cannot be reached: {error or type(error).__name__}.",
        "Correct host and port in RUBRICA_SMTP_URL, or open the way to it in the firewall. An smtps:// server that "
        "is called by smtp:// stays silent.",
    )


def _said(error: smtplib.SMTPResponseException) -> str:
    text = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else str(error.smtp_error)
    return f"{error.smtp_code} {' '.join(text.split())}"[:300]


def _unset(what: str, messages: str, setting: str) -> Finding:
    sentence = f"No {what} is set: {messages} are kept and shown at /outbox."
    return warning(sentence, f"Set {setting}, or nobody gets them.") if is_for_others() else ok(sentence)


def sms() -> Finding:
    from django.conf import settings

    if settings.SMS is None:
        return ok("No provider is set: SMS are kept and shown at /outbox.")
    return together([_twilio(settings.SMS), *_phone_oddities()])


def whatsapp() -> Finding:
    from django.conf import settings

    from rubrica.notify.providers import Twilio

    provider = settings.WHATSAPP
    if provider is None:
        return ok("No provider is set: WhatsApp messages are kept and shown at /outbox.")
    if isinstance(provider, Twilio):
        return together([_twilio(provider), *_templates(provider), *_free_text(provider), *_phone_oddities()])
    return together([_cloud(provider), *_call_backs(), *_free_text(provider), *_phone_oddities()])


def _twilio(account: "Twilio") -> Finding:
    said = _asked("Twilio", account.base, f"/2010-04-01/Accounts/{account.account}.json",
                  auth=(account.account, account.token))  # fmt: skip
    if isinstance(said, Finding):
        return said
    if said.get("status") != "active":
        return failure(f"The account at Twilio is {said.get('status')}.", "See Twilio's console for the reason.")
    if said.get("type") == "Trial":
        return warning("The account at Twilio is a trial: it sends to verified numbers alone.", "Upgrade it at Twilio.")
    return ok(f"Twilio knows the account; messages come from {account.shown_sender}.")


def _cloud(number: "CloudNumber") -> Finding:
    said = _asked("WhatsApp", number.base, f"/{number.number_id}", headers={"Authorization": f"Bearer {number.token}"})
    if isinstance(said, Finding):
        return said
    shown = f"{said.get('display_phone_number', number.number_id)} ({said.get('verified_name', 'no name')})"
    if said.get("quality_rating") == "RED":
        return warning(f"WhatsApp rates {shown} as bad and may block it.", "See the WhatsApp Manager for the reason.")
    return ok(f"WhatsApp knows the number {shown}.")


def _asked(who: str, base: str, path: str, **request: Any) -> dict[str, Any] | Finding:
    """What the provider says of our account, or why it says nothing."""
    from rubrica.notify import calls, cloud
    from rubrica.notify.delivery import DeliveryFailed

    try:
        answer = calls.get(base, path, **request)
    except DeliveryFailed as away:
        return failure(f"{str(away).rstrip('.')}.", "Correct the host, or open the way to it in the firewall.")
    said = calls.json_of(answer)
    if answer.is_success:
        return said or failure(f"{base} is not {who}: it answered no JSON.", "Correct the host.")
    refusal = said.get("error")
    twilios = f"{said.get('code', '')} {said.get('message', '')}"
    words = cloud.error_words(refusal) if isinstance(refusal, dict) else twilios
    return failure(
        f"{who} refuses us: {answer.status_code} {' '.join(words.split())[:300]}.",
        "Set a token that is valid, and the account or number that it belongs to; docs/messages.md says where they are."
        if answer.status_code < 500
        else f"{who} has trouble of its own; ask again later.",
    )


def _templates(provider: "Twilio") -> list[Finding]:
    """A ContentSid cannot be guessed, so a message that has none is refused for good."""
    from django.conf import settings

    from rubrica.notify import short
    from rubrica.notify.providers import LANGUAGES

    if provider.free_text:
        return []
    named = settings.WHATSAPP_TEMPLATES
    missing = [kind for kind in short.SENTENCES if set(LANGUAGES) - named.get(kind, {}).keys()]
    if not missing:
        return []
    return [
        warning(
            f"RUBRICA_WHATSAPP_TEMPLATES has no template in every language for: {', '.join(missing)}.",
            "Name them, as docs/messages.md says; a message without its template is not sent by WhatsApp.",
        )
    ]


def _free_text(provider: "Twilio | CloudNumber") -> list[Finding]:
    if not provider.free_text:
        return []
    sentence = "Messages go as free text, which WhatsApp delivers only to people who wrote within 24 hours."
    return [warning(sentence, "Remove free_text from RUBRICA_WHATSAPP_URL once the templates are approved.")]


def _call_backs() -> list[Finding]:
    from django.conf import settings

    if settings.WHATSAPP_APP_SECRET and settings.WHATSAPP_VERIFY_TOKEN:
        return []
    return [
        warning(
            "Meta's call-backs are refused, so a message that WhatsApp returns later counts as sent.",
            "Set RUBRICA_WHATSAPP_APP_SECRET and RUBRICA_WHATSAPP_VERIFY_TOKEN, as docs/messages.md says.",
        )
    ]


def _phone_oddities() -> list[Finding]:
    from django.conf import settings

    if settings.PHONE_COUNTRIES:
        return []
    sentence = "Messages may go to every country, and fraud lives on expensive numbers abroad."
    return [warning(sentence, "Name the countries that you need in RUBRICA_PHONE_COUNTRIES.")]
