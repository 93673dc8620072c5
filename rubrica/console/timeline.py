"""The events of a process in words, newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rubrica.console import evidence
from rubrica.processes.actor import PROGRAM, SYSTEM
from rubrica.processes.models import Event, Process

LONGEST = 300  # events on one page
Kind = Event.Kind
WORDS = {
    Kind.CREATED: gettext_lazy("%(actor)s started the process"),
    Kind.FINISHED: gettext_lazy("Everything is done"),
    Kind.REJECTED: gettext_lazy("The process ended without agreement"),
    Kind.CANCELLED: gettext_lazy("%(actor)s cancelled the process: %(message)s"),
    Kind.EXPIRED: gettext_lazy("The time for the process was over"),
    Kind.REACTIVATED: gettext_lazy("%(actor)s reactivated the process"),
    Kind.EDITING: gettext_lazy("%(actor)s took the process back to edit it"),
    Kind.EDITED: gettext_lazy("%(actor)s sent the edited process"),
    Kind.DOCUMENT_RECEIVED: gettext_lazy("The PDF of document %(code)s arrived"),
    Kind.SIGNING: gettext_lazy("Document %(code)s is ready for everybody’s own signature"),
    Kind.SIGNED_IN: gettext_lazy("The signature of %(participant)s is in document %(code)s"),
    Kind.SEALING: gettext_lazy("Everybody is done; document %(code)s is being sealed"),
    Kind.SEALED: gettext_lazy("Document %(code)s was sealed"),
    Kind.SEAL_FAILED: gettext_lazy("Sealing document %(code)s failed: %(reason)s"),
    Kind.UPGRADED: gettext_lazy("Document %(code)s got a newer timestamp; its level is %(level)s"),
    Kind.UPGRADE_FAILED: gettext_lazy("The level of document %(code)s could not be raised: %(reason)s"),
    Kind.INVITED: gettext_lazy("%(participant)s was invited"),
    Kind.INVITATION_FAILED: gettext_lazy("The invitation did not reach %(participant)s: %(reason)s"),
    Kind.REMINDED: gettext_lazy("%(actor)s sent %(participant)s the link again"),
    Kind.LINK_MADE: gettext_lazy("%(actor)s made a link for %(participant)s"),
    Kind.LINK_ASKED: gettext_lazy("%(actor)s asked for a fresh link"),
    Kind.REOPENING_ASKED: gettext_lazy("%(actor)s asked for it to be opened again"),
    Kind.EMAIL_CHANGED: gettext_lazy("%(actor)s changed the address of %(participant)s from %(before)s to %(after)s"),
    Kind.OPENED: gettext_lazy("%(actor)s opened the page"),
    Kind.SIGNED: gettext_lazy("%(actor)s signed"),
    Kind.APPROVED: gettext_lazy("%(actor)s approved"),
    Kind.DECLINED: gettext_lazy("%(actor)s declined: %(reason)s"),
    Kind.BLOCKED: gettext_lazy("%(participant)s was blocked: %(reason)s"),
    Kind.UNBLOCKED: gettext_lazy("%(actor)s decided about the block of %(participant)s: %(decision)s"),
    Kind.CODE_SENT: gettext_lazy("A code was sent to %(participant)s"),
    Kind.CONSENTED: gettext_lazy("%(actor)s agreed to the use of their pictures"),
    Kind.CAPTURED: gettext_lazy("%(actor)s sent a picture: %(check)s"),
    Kind.CHECK_PASSED: gettext_lazy("%(participant)s passed a check: %(check)s"),
    Kind.CHECK_FAILED: gettext_lazy("%(participant)s failed a check: %(check)s"),
    Kind.EVIDENCE_BEGUN: gettext_lazy("%(actor)s had the evidence made again"),
    Kind.EVIDENCE_SEALED: gettext_lazy("The evidence was sealed"),
    Kind.EVIDENCE_FAILED: gettext_lazy("Making the evidence failed: %(reason)s"),
    Kind.EVIDENCE_UPGRADED: gettext_lazy("The evidence got a newer timestamp; its level is %(level)s"),
    Kind.EVIDENCE_UPGRADE_FAILED: gettext_lazy("The level of the evidence could not be raised: %(reason)s"),
    Kind.FILE_UPLOADED: gettext_lazy("%(actor)s delivered “%(file)s”: %(fileName)s"),
    Kind.FILE_WITHDRAWN: gettext_lazy("%(actor)s withdrew “%(file)s”"),
    Kind.FILE_APPROVED: gettext_lazy("%(actor)s approved “%(file)s” from %(participant)s"),
    Kind.FILE_REJECTED: gettext_lazy("%(actor)s sent “%(file)s” back to %(participant)s: %(reason)s"),
    Kind.FILE_RESET: gettext_lazy("%(actor)s took back the decision on “%(file)s” from %(participant)s"),
    Kind.HELD: gettext_lazy("%(actor)s placed a legal hold: %(reason)s"),
    Kind.RELEASED: gettext_lazy("%(actor)s lifted the legal hold"),
    Kind.ERASED: gettext_lazy("%(actor)s erased what was kept of a participant"),
}
WITH_NOTE = gettext_lazy("%(actor)s approved “%(file)s” from %(participant)s, although: %(note)s")
TONES = {
    Kind.FINISHED: "ok",
    Kind.SEALED: "ok",
    Kind.SIGNED: "ok",
    Kind.APPROVED: "ok",
    Kind.FILE_APPROVED: "ok",
    Kind.REJECTED: "bad",
    Kind.CANCELLED: "bad",
    Kind.EXPIRED: "bad",
    Kind.BLOCKED: "bad",
    Kind.CHECK_FAILED: "bad",
    Kind.CHECK_PASSED: "ok",
    Kind.INVITATION_FAILED: "bad",
    Kind.SEAL_FAILED: "bad",
    Kind.UPGRADED: "ok",
    Kind.EVIDENCE_SEALED: "ok",
    Kind.EVIDENCE_UPGRADED: "ok",
    Kind.EVIDENCE_FAILED: "bad",
    Kind.DECLINED: "bad",
    Kind.FILE_REJECTED: "bad",
}


@dataclass(frozen=True)
class Line:
    kind: str
    text: str
    at: datetime
    tone: str
    ip: str


def lines(process: Process, names: Mapping[str, str]) -> list[Line]:
    """``names`` gives the participants' names by their public id."""
    newest = process.events.order_by("-sequence")[:LONGEST]
    return [_line(event, names) for event in newest]


def _line(event: Event, names: Mapping[str, str]) -> Line:
    return Line(event.kind, text(event, names), event.at, tone(event), event.ip)


def tone(event: Event) -> str:
    return TONES.get(Kind(event.kind), "")


def text(event: Event, names: Mapping[str, str]) -> str:
    # What was erased is empty in the row.
    words = _Particulars({key: str(value) for key, value in event.data.items() if value != "" or not event.erased})
    words.update(evidence.in_words(event.data))
    words["actor"] = _actor(event)
    words["participant"] = names.get(words["participant"], words["participant"])
    sentence = WITH_NOTE if event.kind == Kind.FILE_APPROVED and "note" in words else WORDS[Kind(event.kind)]
    return str(sentence) % words


def _actor(event: Event) -> str:
    if event.actor_kind == SYSTEM:
        return event.actor_name or "Rubrica"
    if event.actor_kind == PROGRAM:
        return event.actor_name or _("A program with the key %(key)s…") % {"key": event.actor}
    return event.actor_name or event.actor or _("Somebody who was erased")


class _Particulars(dict[str, str]):
    """An event written by an earlier version may lack a particular that its sentence has now."""

    def __missing__(self, key: str) -> str:
        return "—"
