"""One function a message. Arguments are plain values, because nothing here may know what a process is.

Every function sends at most once per ``key`` and raises ``delivery.DeliveryFailed``; see ``delivery.deliver``.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from rubrica.notify.delivery import deliver
from rubrica.notify.models import Notification

BLANK_LINES = re.compile(r"\n{3,}")
MAX_SUBJECT = 200  # characters
# Characters that turn the direction of the text around them: in a subject they can make one name read as another.
DIRECTION_MARKS = set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Person:
    """Whom a message goes to, in which language. ``participant_id`` is kept on the row and means nothing here."""

    name: str
    email: str
    language: str = "es"
    participant_id: int | None = None


@dataclass(frozen=True)
class Sending:
    """A process as a mail shows it. ``subject`` and ``message`` are its own words and may be empty."""

    organization_id: int
    organization: str
    process_id: int
    name: str
    creator: str
    creator_email: str = ""
    subject: str = ""
    message: str = ""


@dataclass(frozen=True)
class AskedFile:
    name: str
    optional: bool = False


@dataclass(frozen=True)
class Asked:
    """What a participant is to do: the names of documents to sign or approve, and files to deliver."""

    signs: tuple[str, ...] = ()
    approves: tuple[str, ...] = ()
    files: tuple[AskedFile, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True)
class Sealed:
    """A finished document: its public code, the SHA-256 of the sealed file, and its own download where it has one."""

    name: str
    code: str = ""
    sha256: str = ""
    url: str = ""


@dataclass(frozen=True)
class MailLetter:
    kind: str
    to: Person
    sending: Sending
    particulars: dict[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return self.to.email

    @property
    def organization_id(self) -> int:
        return self.sending.organization_id

    @property
    def process_id(self) -> int:
        return self.sending.process_id

    @property
    def participant_id(self) -> int | None:
        return self.to.participant_id

    def compose(self, message_id: str) -> EmailMultiAlternatives:
        with translation.override(self.to.language):
            subject = one_line(self._render("subject.txt"))[:MAX_SUBJECT]
            text = BLANK_LINES.sub("\n\n", self._render("txt"))  # what a template leaves out leaves its lines
            mail = EmailMultiAlternatives(subject, text, settings.MAIL_FROM, [self._recipient()])
            mail.attach_alternative(self._render("html", subject=subject), "text/html")
        mail.reply_to = [self.sending.creator_email] if self.sending.creator_email else []
        mail.extra_headers = {"Message-ID": message_id, "Auto-Submitted": "auto-generated"}
        mail.organization_id = self.sending.organization_id  # type: ignore[attr-defined]  # the outbox asks for it
        return mail

    def _render(self, part: str, **more: Any) -> str:
        context = {"to": self.to, "sending": self.sending, "language": self.to.language, **self.particulars, **more}
        return render_to_string(f"notify/{self.kind}.{part}", context).strip() + "\n"

    def _recipient(self) -> str:
        name = one_line(self.to.name)
        return formataddr((name, self.to.email)) if name else self.to.email


def invite(*, key: str, to: Person, sending: Sending, asked: Asked, link: str) -> Notification:
    """Asks a participant whose turn it is; the process's own subject and message come first where it has them."""
    return deliver(key, MailLetter("invite", to, sending, {"asked": asked, "link": link}))


def remind(*, key: str, to: Person, sending: Sending, asked: Asked, link: str) -> Notification:
    """Asks again; ``asked`` holds only what is still open."""
    return deliver(key, MailLetter("remind", to, sending, {"asked": asked, "link": link}))


def reject_file(*, key: str, to: Person, sending: Sending, file: str, reason: str, link: str) -> Notification:
    """Tells a participant that a reviewer sent a file back, with the reason, and asks for another."""
    return deliver(key, MailLetter("reject_file", to, sending, {"file": file, "reason": reason, "link": link}))


def finished(
    *, key: str, to: Person, sending: Sending, documents: tuple[Sealed, ...], link: str, verify_url: str
) -> Notification:
    """Tells a participant or the creator that all is done, where to download it and how to check it."""
    particulars = {"documents": documents, "link": link, "verify_url": verify_url}
    return deliver(key, MailLetter("finished", to, sending, particulars))


def process_rejected(*, key: str, to: Person, sending: Sending, by: str, reason: str, link: str = "") -> Notification:
    """Tells the creator who declined and why; nothing more will happen in this process."""
    return deliver(key, MailLetter("process_rejected", to, sending, {"by": by, "reason": reason, "link": link}))


def one_line(text: str) -> str:
    """Fit for a header: line breaks become spaces, other control and direction characters go."""
    words = " ".join(text.split())
    return "".join(c for c in words if unicodedata.category(c) != "Cc" and c not in DIRECTION_MARKS)
