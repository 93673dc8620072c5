"""A short message by SMS or WhatsApp: through the provider that is set, or into the outbox where none is."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from rubrica import database
from rubrica.notify import cloud, limits, outbox, short, twilio
from rubrica.notify.delivery import DeliveryFailed
from rubrica.notify.models import Channel, Notification
from rubrica.notify.providers import LANGUAGES, CloudNumber, Twilio

# What a provider cannot reach from outside, and what Twilio refuses to be given.
AT_HOME = {"127.0.0.1", "::1", "localhost"}


def send(row: Notification, words: short.Words, kept: timedelta | None) -> str:
    """Gives the provider's id of the message. Raises DeliveryFailed."""
    if refusal := limits.refusal(row.to):
        raise DeliveryFailed(refusal, permanent=True)
    provider = provider_of(row.channel)
    if provider is None:
        outbox.keep_short(row, words, kept)
        return ""
    name, language = "", ""
    if row.channel == Channel.WHATSAPP and not provider.free_text:
        name, language = template(provider, words)
    limits.let_through(row)
    database.let_go()
    if isinstance(provider, Twilio):
        return twilio.send(provider, row.channel, row.to, words, name, call_back(row))
    return cloud.send(provider, row.to, words, name, language, str(row.pk))


def provider_of(channel: str) -> Twilio | CloudNumber | None:
    found: Twilio | CloudNumber | None = settings.SMS if channel == Channel.SMS else settings.WHATSAPP
    return found


def template(provider: Twilio | CloudNumber, words: short.Words) -> tuple[str, str]:
    """The name and language of the approved template. WhatsApp takes nothing else from who writes first.

    Twilio knows templates by a ContentSid, which nobody can guess; the Cloud API by a name, which has a default.
    """
    name = settings.WHATSAPP_TEMPLATES.get(words.kind, {}).get(words.language, "")
    if isinstance(provider, Twilio):
        if not name:
            where = f"{words.kind!r} in {words.language!r}"
            raise DeliveryFailed(f"RUBRICA_WHATSAPP_TEMPLATES names no template for {where}.", permanent=True)
        return name, ""
    name, _, language = name.partition(":")
    return name or f"rubrica_{words.kind}", language or LANGUAGES[words.language]


def call_back(row: Notification) -> str:
    """Where Twilio tells what became of this message; empty while we have no address that it can reach."""
    if (urlsplit(settings.PUBLIC_URL).hostname or "localhost") in AT_HOME:
        return ""
    return settings.PUBLIC_URL + reverse("channels:twilio", args=[row.pk])
