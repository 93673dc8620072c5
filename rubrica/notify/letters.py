"""What a message is made of, and its two forms: a mail, and a few words for a telephone.

Arguments are plain values, because nothing here may know what a process is.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from rubrica.notify import limits, mail, phone, short
from rubrica.notify.models import Notification

COLOR = re.compile(r"#(?:[0-9A-Fa-f]{3}){1,2}")
BLANK_LINES = re.compile(r"\n{3,}")
MAX_SUBJECT = 200  # characters
# Characters that turn the direction of the text around them: in a subject they can make one name read as another.
DIRECTION_MARKS = set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
INK = "#2345a0"  # of buttons, where an organization has no colour of its own


@dataclass(frozen=True)
class Person:
    """Whom a message goes to, in which language. ``participant_id`` is kept on the row and means nothing here.

    ``still`` says, at the last moment, whether the address is theirs still; without it nobody asks.
    """

    name: str
    email: str
    language: str = "es"
    participant_id: int | None = None
    phone: str = ""
    still: Callable[[], bool] | None = None


@dataclass(frozen=True)
class Sending:
    """A process as a message shows it; of an organization's own affairs there is no process.

    ``subject`` and ``message`` are the process's own words and may be empty. ``color`` (``#rrggbb``) and ``logo`` (an
    address that everybody may fetch) are the organization's looks.
    """

    organization_id: int
    organization: str
    process_id: int | None = None
    name: str = ""
    creator: str = ""
    creator_email: str = ""
    subject: str = ""
    message: str = ""
    color: str = ""
    logo: str = ""


@dataclass(frozen=True)
class AskedFile:
    name: str
    optional: bool = False


@dataclass(frozen=True)
class Asked:
    """What a participant is to do: prove who they are, documents to sign or approve by name, files to deliver."""

    signs: tuple[str, ...] = ()
    approves: tuple[str, ...] = ()
    files: tuple[AskedFile, ...] = ()
    until: datetime | None = None
    confirms: bool = False


@dataclass(frozen=True)
class Sealed:
    """A finished document: its public code, the SHA-256 of the sealed file, and its own download where it has one."""

    name: str
    code: str = ""
    sha256: str = ""
    url: str = ""


@dataclass(frozen=True)
class Attachment:
    name: str
    content: bytes = field(repr=False)
    media_type: str = "application/pdf"


@dataclass(frozen=True)
class Message:
    """One kind of message to one person, whatever it goes over.

    ``kept`` is how long an installation without a provider may show it in its outbox; None is for good.
    """

    kind: str
    to: Person
    sending: Sending
    particulars: dict[str, Any] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    kept: timedelta | None = None

    @property
    def organization_id(self) -> int:
        return self.sending.organization_id

    @property
    def process_id(self) -> int | None:
        return self.sending.process_id

    @property
    def participant_id(self) -> int | None:
        return self.to.participant_id

    @property
    def language(self) -> str:
        return self.to.language


@dataclass(frozen=True)
class MailLetter:
    message: Message
    channel: str = "mail"

    @property
    def address(self) -> str:
        return self.message.to.email

    def send(self, row: Notification) -> str:
        """A mail server gives no id of its own, so there is none to keep."""
        mail.send(self.compose(mail.message_id(row.key)), self.message.to.still)
        return ""

    def compose(self, message_id: str) -> EmailMultiAlternatives:
        message = self.message
        with translation.override(message.language):
            subject = one_line(self._render("subject.txt"))[:MAX_SUBJECT]
            text = BLANK_LINES.sub("\n\n", self._render("txt"))  # what a template leaves out leaves its lines
            made = EmailMultiAlternatives(subject, text, settings.MAIL_FROM, [self._recipient()])
            made.attach_alternative(self._render("html", subject=subject), "text/html")
        for attached in message.attachments:
            made.attach(one_line(attached.name), attached.content, attached.media_type)
        made.reply_to = [message.sending.creator_email] if message.sending.creator_email else []
        made.extra_headers = {"Message-ID": message_id, "Auto-Submitted": "auto-generated"}
        # The outbox asks for both.
        made.organization_id = message.organization_id  # type: ignore[attr-defined]
        made.kept = message.kept  # type: ignore[attr-defined]
        return made

    def _render(self, part: str, **more: Any) -> str:
        message = self.message
        ink = six_digits(message.sending.color) or INK
        context = {
            "to": message.to,
            "sending": message.sending,
            "language": message.language,
            "ink": ink,
            "on_ink": readable_on(ink),
            **message.particulars,
            **more,
        }
        return render_to_string(f"notify/{message.kind}.{part}", context).strip() + "\n"

    def _recipient(self) -> str:
        name = one_line(self.message.to.name)
        return formataddr((name, self.message.to.email)) if name else self.message.to.email


@dataclass(frozen=True)
class ShortLetter:
    """The same message for a telephone, ``channel`` being ``sms`` or ``whatsapp``."""

    message: Message
    channel: str

    @property
    def address(self) -> str:
        return limits.plain(self.message.to.phone)

    def send(self, row: Notification) -> str:
        return phone.send(row, self.words(), self.message.kept)

    def words(self) -> short.Words:
        message = self.message
        own = {"organization": message.sending.organization, "name": message.sending.name}
        values = {name: one_line(str(value)) for name, value in {**own, **message.particulars}.items()}
        return short.Words(message.kind, message.language, values)


def letter(message: Message, channel: str) -> MailLetter | ShortLetter:
    return MailLetter(message) if channel == "mail" else ShortLetter(message, channel)


def six_digits(color: str) -> str:
    """``#rrggbb`` of a colour that may have three digits; empty if it is none."""
    if not COLOR.fullmatch(color):
        return ""
    return color if len(color) == 7 else "#" + "".join(2 * digit for digit in color[1:])


def readable_on(color: str) -> str:
    """White or black, whichever is read more easily on this colour (``#rrggbb``), by WCAG's relative luminance."""
    parts = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#ffffff"


def one_line(text: str) -> str:
    """Fit for a header: line breaks become spaces, other control and direction characters go."""
    words = " ".join(text.split())
    return "".join(c for c in words if unicodedata.category(c) != "Cc" and c not in DIRECTION_MARKS)
