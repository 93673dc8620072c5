"""From the words of the Auco dialect to ours, with the rules between fields (contract/auco.md §3.1, §7, §13)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.api.auco.schemas import AttachmentsIn, Options, Position, SignProfile
from rubrica.files.intake import Arrived
from rubrica.processes.errors import Invalid, Problem
from rubrica.processes.models import Participant
from rubrica.processes.starting import Person, Place, Sending, Slot
from rubrica.sealing.values import Box

SHORTEST_TERM = timedelta(days=3)
LONGEST_TERM = timedelta(days=36_525)  # a hundred years; beyond them a date is a slip
REMINDER_STEP = 3  # hours
MAX_FILES_IN_ALL = 1000  # all are listed in the evidence, whose typesetting costs memory


def sending(organization: Organization, body: AttachmentsIn, pdf: Arrived | None) -> Sending:
    return Sending(
        name=body.packageName,
        subject=body.subject,
        message=body.message,
        creator_email=body.email,
        creator_id=organization.member_id(body.email),
        people=[_person(profile, index) for index, profile in enumerate(body.signProfile)],
        document_name=body.name if has_document(body) else None,
        pdf=pdf,
        notify=body.notification,
        remind_every_hours=body.remember,
        expires_at=_aware(body.expiredDate),
        identity=_identity(body.camera, body.otpCode, body.options, None),
    )


def has_document(body: AttachmentsIn) -> bool:
    return body.file is not None or body.compress


def check(body: AttachmentsIn) -> None:
    """Raises Invalid with every rule that does not hold."""
    problems = [*_document_problems(body), *_time_problems(body), *_people_problems(body)]
    problems += _option_problems(("options",), body.camera, body.otpCode, body.options)
    if problems:
        raise Invalid(*problems)


def _document_problems(body: AttachmentsIn) -> Iterator[Problem]:
    chosen = [name for name in ("file", "compress", "document") if getattr(body, name)]
    if len(chosen) > 1:
        yield Problem((chosen[1],), "exclusive", "Send at most one of file, compress and document.")
    if body.document:
        yield Problem(("document",), "unknown", "There is no template with this id.")
    if body.folder:
        yield Problem(("folder",), "unknown", "There is no folder at this path.")
    if has_document(body) and body.name is None:
        yield Problem(("name",), "required", "A process with a document needs a name.")


def _time_problems(body: AttachmentsIn) -> Iterator[Problem]:
    if body.remember is not None and (body.remember <= 0 or body.remember % REMINDER_STEP or body.remember > 24 * 365):
        yield Problem(("remember",), "multiple_of", "This must be a positive multiple of 3 hours.")
    expires = _aware(body.expiredDate)
    if expires is not None and expires < clock.now() + SHORTEST_TERM:
        yield Problem(("expiredDate",), "EXPIRED_DATE_INVALID", "This must be at least 3 days from now.")
    if expires is not None and expires > clock.now() + LONGEST_TERM:
        yield Problem(("expiredDate",), "too_late", "This must be within a hundred years.")


def _people_problems(body: AttachmentsIn) -> Iterator[Problem]:
    seen: set[str] = set()
    if sum(len(profile.files) for profile in body.signProfile) > MAX_FILES_IN_ALL:
        yield Problem(("signProfile",), "too_long", "A process can ask for 1000 files in all.")
    for index, profile in enumerate(body.signProfile):
        path = ("signProfile", index)
        if profile.email.lower() in seen:
            yield Problem((*path, "email"), "duplicate", "Two participants have this e-mail address.")
        seen.add(profile.email.lower())
        yield from _profile_problems(path, profile, body)
        own = (profile.camera, profile.otpCode, profile.options)
        yield from _option_problems((*path, "options"), bool(own[0]), bool(own[1]), own[2])


def _profile_problems(path: tuple[str | int, ...], profile: SignProfile, body: AttachmentsIn) -> Iterator[Problem]:
    if "notification" in profile.model_fields_set:
        code = "SIGNER_NOTIFICATION_NOT_SUPPORTED"
        yield Problem((*path, "notification"), code, "Notification is set for the whole process.")
    places = [name for name in ("type", "label", "position") if getattr(profile, name)]
    if len(places) > 1:
        yield Problem((*path, places[1]), "exclusive", "Send at most one of type, label and position.")
    if profile.label and body.file is None:
        yield Problem((*path, "label"), "needs_file", "Labels are read from a PDF that comes in file.")
    if profile.role == "SIGNER" and not has_document(body) and not profile.files:
        yield Problem((*path, "files"), "too_short", "Without a document a signer must be asked for a file.")
    names = [file.name for file in profile.files]
    for position, name in enumerate(names):
        if name in names[:position]:
            yield Problem((*path, "files", position, "name"), "duplicate", "Two files have this name.")


def _option_problems(
    path: tuple[str | int, ...], camera: bool, otp: bool, options: Options | None
) -> Iterator[Problem]:
    """Rule 2 of §7: a setting of a check needs the check itself at the same level."""
    if options and options.camera and not camera:
        yield Problem((*path, "camera"), "needs_camera", "This needs camera: true at the same level.")
    if options and options.otpCode and not otp:
        yield Problem((*path, "otpCode"), "needs_otpCode", "This needs otpCode: true at the same level.")


def _person(profile: SignProfile, index: int) -> Person:
    return Person(
        name=profile.name,
        email=profile.email,
        phone=profile.phone,
        role=Participant.Role.SIGNER if profile.role == "SIGNER" else Participant.Role.APPROVER,
        order=1 if profile.order is None else profile.order,
        places=_places(profile.position or (), index),
        slots=[Slot(file.name, file.optional) for file in profile.files],
        signer_type=profile.type or "",
        by_label=bool(profile.label),
        identity=_own_identity(profile),
    )


def _places(positions: Sequence[Position], index: int) -> list[Place]:
    return [
        Place(Box(p.page, p.x, p.y, p.w, p.h), ("signProfile", index, "position", number))
        for number, p in enumerate(positions)
    ]


def _own_identity(profile: SignProfile) -> dict[str, Any] | None:
    """Rule 4 of §7: who sets any check of their own inherits none."""
    if profile.model_fields_set & {"camera", "otpCode", "options", "both"}:
        return _identity(bool(profile.camera), bool(profile.otpCode), profile.options, profile.both)
    return None


def _identity(camera: bool, otp: bool, options: Options | None, both: bool | None) -> dict[str, Any]:
    asked: dict[str, Any] = {"camera": camera, "otpCode": otp}
    if options is not None:
        asked["options"] = options.model_dump(exclude_unset=True)
    if both:
        asked.setdefault("options", {})["both"] = True
    return asked


def _aware(moment: datetime | None) -> datetime | None:
    """A date without an offset is taken as UTC, which is what JSON.stringify gives."""
    if moment is not None and moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment
