"""RUBRICA_SMS_URL, RUBRICA_WHATSAPP_URL and RUBRICA_WHATSAPP_TEMPLATES, read and checked. Raises SystemExit with a
sentence, which never repeats a secret.

Imports nothing of Django that needs settings, because the settings import it.
"""

import ipaddress
import json
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from rubrica.notify import short

TWILIO_HOST, CLOUD_HOST = "api.twilio.com", "graph.facebook.com"
CLOUD_VERSION = "v23.0"
TWILIO_FORM = "twilio://ACCOUNT_SID:AUTH_TOKEN@api.twilio.com?from=+15550001111 (or ?service=MG…)"
CLOUD_FORM = "whatsapp://PHONE_NUMBER_ID:ACCESS_TOKEN@graph.facebook.com/v23.0"
LANGUAGES = {"es": "es", "en": "en", "pt": "pt_BR"}  # of ours, as WhatsApp writes them
COUNTRY = re.compile(r"\+[1-9][0-9]{0,6}")
YES = {"1", "true", "yes", "on"}

Templates = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Twilio:
    """An account that sends over SMS or WhatsApp, from a number or through a messaging service."""

    base: str
    account: str
    token: str = field(repr=False)
    sender: str = ""
    service: str = ""
    free_text: bool = False

    name = "Twilio"

    @property
    def shown_sender(self) -> str:
        return self.sender or self.service


@dataclass(frozen=True)
class CloudNumber:
    """A telephone number of the WhatsApp Cloud API."""

    base: str
    number_id: str
    token: str = field(repr=False)
    free_text: bool = False

    name = "WhatsApp Cloud API"

    @property
    def shown_sender(self) -> str:
        return self.number_id


def sms(url: str) -> Twilio | None:
    return _Url("RUBRICA_SMS_URL", TWILIO_FORM, url).twilio() if url else None


def whatsapp(url: str) -> Twilio | CloudNumber | None:
    if not url:
        return None
    read = _Url("RUBRICA_WHATSAPP_URL", f"{TWILIO_FORM} or {CLOUD_FORM}", url)
    return read.cloud() if read.scheme == "whatsapp" else read.twilio()


def templates(text: str) -> Templates:
    """``{"invite": {"es": "name"}}``; a name of the Cloud API may bring its own language: ``"name:es_MX"``."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        raise _refused_templates("is not JSON") from None
    if not isinstance(found, dict) or not all(isinstance(value, dict) for value in found.values()):
        raise _refused_templates("has another shape")
    if unknown := sorted(found.keys() - short.SENTENCES.keys()):
        raise _refused_templates(f"names messages that do not exist: {', '.join(unknown)}")
    if wrong := sorted({str(language) for names in found.values() for language in names} - LANGUAGES.keys()):
        raise _refused_templates(f"names languages that do not exist: {', '.join(wrong)}")
    if not all(isinstance(name, str) and name for names in found.values() for name in names.values()):
        raise _refused_templates("has a name that is not a text")
    return found


def countries(text: str) -> tuple[str, ...]:
    """The beginnings of numbers that may get messages; none are all."""
    codes = tuple(code.strip() for code in text.split(",") if code.strip())
    if wrong := [code for code in codes if not COUNTRY.fullmatch(code)]:
        raise SystemExit(f"RUBRICA_PHONE_COUNTRIES must be like +57,+52, not {wrong[0]!r}.")
    return codes


def _refused_templates(reason: str) -> SystemExit:
    form = '{"invite": {"es": "NAME", "en": "NAME", "pt": "NAME"}}'
    return SystemExit(f"RUBRICA_WHATSAPP_TEMPLATES {reason}. It must be like {form}.")


class _Url:
    """Such a URL in its parts."""

    def __init__(self, setting: str, form: str, url: str) -> None:
        self.setting, self.form = setting, form
        try:
            self.parts: SplitResult = urlsplit(url)
            self.host = self.parts.hostname or ""
            self.port = self.parts.port
        except ValueError:
            raise self.refused("cannot be read") from None
        self.scheme, _, self.transport = self.parts.scheme.partition("+")
        # A plus sign begins a number here, and is no space.
        pairs = (pair.partition("=") for pair in self.parts.query.split("&") if pair)
        self.query = {name: unquote(value) for name, _, value in pairs}

    def twilio(self) -> Twilio:
        self._check("twilio", {"from", "service", "free_text"})
        if self.parts.path not in {"", "/"}:
            raise self.refused("has something after the host; special characters in the token are written as %XX")
        sender, service = self.query.get("from", ""), self.query.get("service", "")
        if bool(sender) == bool(service):
            raise self.refused("must say either from= or service=")
        user, token = self._secrets()
        return Twilio(self._base(TWILIO_HOST), user, token, sender, service, self._free_text())

    def cloud(self) -> CloudNumber:
        self._check("whatsapp", {"free_text"})
        version = self.parts.path.strip("/") or CLOUD_VERSION
        if "/" in version:
            raise self.refused("has more than a version after the host")
        user, token = self._secrets()
        return CloudNumber(f"{self._base(CLOUD_HOST)}/{version}", user, token, self._free_text())

    def _check(self, scheme: str, known: set[str]) -> None:
        if self.scheme != scheme or self.transport not in {"", "http"}:
            raise self.refused(f"begins with {self.parts.scheme or 'nothing'!r}")
        if self.transport == "http" and not _is_loopback(self.host):
            raise self.refused("may go without TLS to this machine alone")
        if unknown := sorted(self.query.keys() - known):
            raise self.refused(f"has the unknown option {unknown[0]!r}")

    def _secrets(self) -> tuple[str, str]:
        user, token = unquote(self.parts.username or ""), unquote(self.parts.password or "")
        if not user or not token:
            raise self.refused("has no name or no token before the @")
        return user, token

    def _base(self, default: str) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host or default
        return f"{'http' if self.transport else 'https'}://{host}{f':{self.port}' if self.port else ''}"

    def _free_text(self) -> bool:
        return self.query.get("free_text", "").lower() in YES

    def refused(self, reason: str) -> SystemExit:
        return SystemExit(f"{self.setting} {reason}. It must be {self.form}.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
