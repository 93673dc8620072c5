"""What participants have shown to prove who they are, for the people who may have to decide about it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rubrica.processes.identity import waits
from rubrica.processes.models import Event, IdentityCapture, IdentityCheck, Participant, Process

Kind, State = IdentityCheck.Kind, IdentityCheck.State
NAMES: dict[str, Promise] = {
    Kind.OTP: _("Code"),
    Kind.PHOTO: _("Selfie"),
    Kind.IDENTIFICATION: _("Front of the identity card"),
    Kind.IDENTIFICATION_BACK: _("Back of the identity card"),
    Kind.VIDEO: _("Video"),
}
REASONS: dict[str, Promise] = {
    "OTP_CODE_INVALID": _("The code was wrong three times."),
    "FACES_DIFFER": _("The selfie did not match the picture on the card three times."),
    "CONSENT_REFUSED": _("This participant does not agree to have pictures taken of them."),
    "": _("The pictures could not be compared here. Look at them and decide."),
}


DECISIONS: dict[str, Promise] = {
    "approve": _("let through"),
    "reject": _("refused"),
    "reset": _("try again"),
    "cancel": _("process cancelled"),
}


def in_words(data: Mapping[str, Any]) -> dict[str, str]:
    """The code words among an event's particulars, as members read them."""
    tables = {"check": NAMES, "decision": DECISIONS, "reason": REASONS}
    found = {name: (table, data.get(name)) for name, table in tables.items()}
    return {name: str(table[word]) for name, (table, word) in found.items() if word and word in table}


@dataclass(frozen=True)
class Capture:
    row: IdentityCapture
    name: str
    is_video: bool

    @property
    def percent(self) -> int | None:
        return None if self.row.similarity is None else round(self.row.similarity * 100)

    @property
    def is_erased(self) -> bool:
        return self.row.erased_at is not None


@dataclass(frozen=True)
class Check:
    row: IdentityCheck
    name: str

    @property
    def is_passed(self) -> bool:
        return self.row.is_passed


@dataclass(frozen=True)
class Evidence:
    """``reason`` is empty while nobody has to decide anything."""

    checks: list[Check]
    captures: list[Capture]
    claimed: str
    reason: str

    @property
    def is_passed(self) -> bool:
        return all(check.is_passed for check in self.checks)


def of_process(process: Process, people: list[Participant]) -> dict[int, Evidence]:
    """By participant, for those of whom anything was asked, in three queries however many they are."""
    asked = [person for person in people if person.identity]
    if not asked:
        return {}
    checks: defaultdict[int, list[IdentityCheck]] = defaultdict(list)
    for check in IdentityCheck.objects.filter(participant__in=asked):
        checks[check.participant_id].append(check)
    captures: defaultdict[int, list[IdentityCapture]] = defaultdict(list)
    for capture in IdentityCapture.objects.filter(check_row__participant__in=asked).order_by("-pk"):
        captures[capture.check_row_id].append(capture)
    reasons = _reasons(process)
    return {person.pk: _evidence(person, checks[person.pk], captures, reasons) for person in asked if checks[person.pk]}


def _reasons(process: Process) -> dict[str, str]:
    """Why somebody was blocked last, by their public id."""
    blocks = process.events.filter(kind=Event.Kind.BLOCKED).order_by("sequence")
    return {event.data["participant"]: event.data["reason"] for event in blocks}


def _evidence(
    person: Participant,
    checks: list[IdentityCheck],
    captures: dict[int, list[IdentityCapture]],
    reasons: dict[str, str],
) -> Evidence:
    reason = ""
    if person.status == Participant.Status.BLOCK:
        code = reasons.get(person.public_id, "")
        reason = str(REASONS[code]) if code in REASONS else code
    elif person.status == Participant.Status.NOTIFICATION and waits(checks):
        reason = str(REASONS[""])
    return Evidence(
        checks=[Check(check, str(NAMES[check.kind])) for check in checks],
        captures=[
            Capture(capture, str(NAMES[check.kind]), check.kind == Kind.VIDEO)
            for check in checks
            for capture in captures[check.pk]
        ],
        claimed=" ".join(str(value) for value in person.identity.get("claimed", {}).values()),
        reason=reason,
    )
