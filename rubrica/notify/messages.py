"""One function a message: what it is called, whom it may go to, and what it needs to know.

Every function sends at most once per ``key`` and channel and raises ``delivery.DeliveryFailed``; see ``delivery``.
``channels`` are any of ``mail``, ``sms`` and ``whatsapp``; a message without that argument is a mail.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from rubrica.notify.delivery import DeliveryFailed, deliver
from rubrica.notify.letters import (
    Asked,
    AskedFile,
    Attachment,
    Message,
    Person,
    Sealed,
    Sending,
    letter,
    one_line,
)
from rubrica.notify.models import Notification

__all__ = ["Asked", "AskedFile", "Attachment", "Person", "Sealed", "Sending", "one_line"]

MAIL = ("mail",)
CODE_LIFE = timedelta(minutes=10)
MAX_ATTACHED = 5 * 1024 * 1024  # bytes; many mailboxes refuse a mail of 10 MB, and Base64 adds a third
ACCOUNT_CHANGES = {"password", "app_added", "app_removed", "passkey_added", "passkey_removed", "codes", "cleared"}
WHAT_HAPPENED = {"signed", "approved", "rejected", "finished", "cancelled", "expired"}

Rows = list[Notification]
Channels = Collection[str]


def invite(*, key: str, to: Person, sending: Sending, asked: Asked, link: str, channels: Channels = MAIL) -> Rows:
    """Asks a participant whose turn it is; the process's own subject and message come first where it has them."""
    approves = bool(asked.approves and not asked.signs)
    return _send("invite", key, to, sending, channels, asked=asked, approves=approves, link=link)


def remind(*, key: str, to: Person, sending: Sending, asked: Asked, link: str, channels: Channels = MAIL) -> Rows:
    """Asks again; ``asked`` holds only what is still open."""
    return _send("remind", key, to, sending, channels, asked=asked, link=link)


def reactivated(*, key: str, to: Person, sending: Sending, asked: Asked, link: str, channels: Channels = MAIL) -> Rows:
    """Tells who had not acted yet, or had refused, that the process goes on after all."""
    return _send("reactivated", key, to, sending, channels, asked=asked, link=link)


def edited(*, key: str, to: Person, sending: Sending, asked: Asked, link: str, channels: Channels = MAIL) -> Rows:
    """Asks anew after the sender changed the process: what was done before does not count, earlier links are dead."""
    return _send("edited", key, to, sending, channels, asked=asked, link=link)


def new_link(*, key: str, to: Person, sending: Sending, link: str, channels: Channels = MAIL) -> Rows:
    """A fresh link for a participant who asked for it on the page of an old one."""
    return _send("new_link", key, to, sending, channels, link=link)


def reject_file(
    *, key: str, to: Person, sending: Sending, file: str, reason: str, link: str, channels: Channels = MAIL
) -> Rows:
    """Tells a participant that a reviewer sent a file back, with the reason, and asks for another."""
    return _send("reject_file", key, to, sending, channels, file=file, reason=reason, link=link)


def finished(
    *,
    key: str,
    to: Person,
    sending: Sending,
    documents: tuple[Sealed, ...],
    link: str,
    verify_url: str,
    channels: Channels = MAIL,
) -> Rows:
    """Tells a participant or the creator that all is done, where to download it and how to check it."""
    return _send("finished", key, to, sending, channels, documents=documents, link=link, verify_url=verify_url)


def process_rejected(*, key: str, to: Person, sending: Sending, by: str, reason: str, link: str = "") -> Rows:
    """Tells the creator who declined and why; nothing more will happen in this process."""
    return _send("process_rejected", key, to, sending, MAIL, by=by, reason=reason, link=link)


def code(*, key: str, to: Person, sending: Sending, code: str, channel: str, life: timedelta = CODE_LIFE) -> Rows:
    """A one-time code over one channel. It is in the message alone: no row and no log has it.

    Without a provider it lies in the outbox until its life is over. One whose life is over is not sent.
    """
    if life <= timedelta():
        raise DeliveryFailed("The code was over before it could go out.", permanent=True)
    minutes = max(1, round(life.total_seconds() / 60))
    message = Message("code", to, sending, {"code": code, "minutes": minutes}, kept=life)
    return deliver(key, [letter(message, channel)])


def blocked(*, key: str, to: Person, sending: Sending, who: str, check: str, link: str) -> Rows:
    """Tells the owner or creator who cannot go on because of which identity check, and where to decide.

    ``check`` is ``otp``, ``compare``, ``consent`` (refused) or ``waiting`` (for somebody to compare pictures); anything
    else is put in general words.
    """
    return _send("blocked", key, to, sending, MAIL, who=who, check=check, link=link)


def unblocked(*, key: str, to: Person, sending: Sending, link: str, words: str = "", channels: Channels = MAIL) -> Rows:
    """Tells a participant who was blocked that they may go on; ``words`` are those of who decided."""
    return _send("unblocked", key, to, sending, channels, link=link, words=words)


def identity_rejected(*, key: str, to: Person, sending: Sending, reason: str = "", channels: Channels = MAIL) -> Rows:
    """Tells a participant who was blocked that it stays so: their identity was not accepted."""
    return _send("identity_rejected", key, to, sending, channels, reason=reason)


def expired(
    *, key: str, to: Person, sending: Sending, waiting: tuple[str, ...] = (), link: str = "", channels: Channels = MAIL
) -> Rows:
    """Tells that the time is over: the creator (with who was still ``waiting`` and a link), or who had been asked."""
    return _send("expired", key, to, sending, channels, waiting=waiting, link=link)


def reopening_asked(*, key: str, to: Person, sending: Sending, who: str, link: str) -> Rows:
    """Tells the creator that somebody asks for what has expired to be opened again, and where to do so."""
    return _send("reopening_asked", key, to, sending, MAIL, who=who, link=link)


def cancelled(*, key: str, to: Person, sending: Sending, by: str, reason: str, channels: Channels = MAIL) -> Rows:
    """Tells who had been asked, or had signed, that the sender called the process off, and why."""
    return _send("cancelled", key, to, sending, channels, by=by, reason=reason)


def update(
    *, key: str, to: Person, sending: Sending, what: str, who: str = "", reason: str = "", link: str = ""
) -> Rows:
    """Keeps a reader posted. ``what`` is one of WHAT_HAPPENED; ``who`` acted, where somebody did."""
    if what not in WHAT_HAPPENED:
        raise ValueError(what)
    return _send("update", key, to, sending, MAIL, what=what, who=who, reason=reason, link=link)


def complete(
    *, key: str, to: Person, sending: Sending, link: str, until: datetime | None = None, channels: Channels = MAIL
) -> Rows:
    """Asks somebody to fill in the rest of a form, out of which the document is made."""
    return _send("complete", key, to, sending, channels, link=link, until=until)


def to_print(*, key: str, to: Person, sending: Sending, link: str = "", pdf: Attachment | None = None) -> Rows:
    """Brings a document that is to be printed and signed on paper: attached, or as a link above MAX_ATTACHED."""
    attached = (pdf,) if pdf and len(pdf.content) <= MAX_ATTACHED else ()
    message = Message("to_print", to, sending, {"link": link, "attached": bool(attached)}, attached)
    return deliver(key, [letter(message, "mail")])


def webhook_off(*, key: str, to: Person, sending: Sending, url: str, since: datetime, error: str, link: str) -> Rows:
    """Tells the owner that an address took nothing since then and is called no more. ``sending`` has no process."""
    return _send("webhook_off", key, to, sending, MAIL, url=url, since=since, error=error, link=link)


def certificate_ends(*, key: str, to: Person, sending: Sending, ends: datetime, has_ended: bool, link: str) -> Rows:
    """Tells the owner when the certificate ends that seals for them. ``sending`` has no process."""
    return _send("certificate_ends", key, to, sending, MAIL, ends=ends, has_ended=has_ended, link=link)


def join(*, key: str, to: Person, sending: Sending, by: str, until: datetime, link: str) -> Rows:
    """Invites somebody to become a member of the organization; the link works once. ``sending`` has no process."""
    return _send("join", key, to, sending, MAIL, by=by, until=until, link=link)


def password_reset(*, key: str, to: Person, sending: Sending, link: str) -> Rows:
    """A link with which a member chooses a new password. The outbox shows it for an hour only."""
    message = Message("password_reset", to, sending, {"link": link}, kept=timedelta(hours=1))
    return deliver(key, [letter(message, "mail")])


def account_changed(
    *, key: str, to: Person, sending: Sending, what: str, at: datetime, address: str, link: str
) -> Rows:
    """Tells a member that the way into their account is another. ``what`` is one of ACCOUNT_CHANGES."""
    if what not in ACCOUNT_CHANGES:
        raise ValueError(what)
    return _send("account_changed", key, to, sending, MAIL, what=what, at=at, address=address, link=link)


def test(*, key: str, to: Person, sending: Sending, channel: str) -> Rows:
    """A message with which the owner sees that a channel works."""
    return _send("test", key, to, sending, (channel,))


def _send(kind: str, key: str, to: Person, sending: Sending, channels: Channels, **particulars: Any) -> Rows:
    message = Message(kind, to, sending, particulars)
    return deliver(key, [letter(message, channel) for channel in channels])
