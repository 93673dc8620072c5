"""Pictures that participants take of themselves and their cards: good enough to be looked at, and of one person."""

import io
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils.translation.trans_null import gettext_noop as _

from rubrica import database, faces
from rubrica.accounts.models import Organization
from rubrica.files import intake
from rubrica.files.access import local_path
from rubrica.files.models import Blob
from rubrica.processes import identity, jobs
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Refused
from rubrica.processes.identity import COMPARED, CheckFailed, Identity, TooOften, held, waits
from rubrica.processes.models import Event, IdentityCapture, IdentityCheck, Participant
from rubrica.processes.models.identity_check import MOST_FAILURES
from rubrica.sealing.values import RefusedImage

Kind, State = IdentityCheck.Kind, IdentityCheck.State
PICTURES = {"image/jpeg", "image/png", "image/webp"}
MOST_TRIES = 30  # pictures of one kind in an hour; each costs a child process
SMALLEST = (640, 480)  # pixels, either way round
SHARPEST_BLUR = 25.0  # of the whole picture; see faces.Picture
BLURRED_FACE = 6.0
NARROWEST_FACE = {Kind.PHOTO: 100, Kind.IDENTIFICATION: 60}  # pixels
DIFFER = "FACES_DIFFER"
NO_CONSENT = _("Agree first that your pictures are used to confirm your identity.")
ROUNDS = 3  # that the counterpart may be replaced while two pictures are compared

SENTENCES = {
    "CAPTURE_TOO_SMALL": _("The picture is too small. It needs 640 by 480 pixels at least."),
    "CAPTURE_BLURRED": _("The picture is blurred. Hold still, look for more light and take it again."),
    "FACE_MISSING": _("No face can be seen. Look straight into the camera, with light on your face."),
    "card": _("The face on the card cannot be seen. Take the front of the card, without glare."),
    "FACE_TOO_SMALL": _("The face is too small. Come closer."),
    "FACES_SEVERAL": _("There is more than one face in the picture. Take it alone."),
    "VIDEO_TOO_LONG": _("The video is too long."),
    DIFFER: _("The face in the picture and the one on the card do not match. Take the picture again, with good light."),
}


@dataclass(frozen=True)
class Looked:
    """What came in, looked at and found good."""

    arrived: intake.Arrived
    picture: faces.Picture | None = None
    video: faces.Video | None = None


def limit(kind: str) -> int:
    """Bytes."""
    return int(settings.MAX_VIDEO_BYTES if kind == Kind.VIDEO else settings.MAX_CAPTURE_BYTES)


def admit(participant: Participant, kind: str, proof: str) -> None:
    """Asked before any byte is taken in, and counts the try. Raises what ``receive`` does, and TooOften."""
    participant.process.check_open()
    check = _open(participant, kind, proof)
    if not check.claim_try(MOST_TRIES):
        check.refresh_from_db()
        wait = check.calm_in(timedelta(), MOST_TRIES)
        raise TooOften("CAPTURE_TOO_OFTEN", "Too many pictures came in. Try again later.", wait)


def _open(me: Participant, kind: str, proof: str) -> IdentityCheck:
    mine = Identity(me, proof)
    check = mine.of(kind)
    if not check.is_capture:
        raise Refused("CHECK_UNKNOWN", "This is not asked of you.")
    mine.require_turn()
    if check.consented_at is None:
        raise Refused("BIOMETRIC_CONSENT_REQUIRED", NO_CONSENT)
    if check.is_passed and (check.decided_by or mine.is_passed or (kind in COMPARED and mine.compares)):
        raise Refused("CHECK_PASSED", "This has been confirmed already.")
    return check


def receive(participant: Participant, kind: str, arrived: intake.Arrived, proof: str, by: Actor) -> None:
    """Looks at what came in, keeps it where it is good enough, and compares it where that is asked.

    Raises Refused (BIOMETRIC_CONSENT_REQUIRED, CHECK_PASSED, CHECK_UNKNOWN, IDENTITY_REQUIRED, PARTICIPANT_BLOCKED, …),
    CheckFailed when it is not good enough (which is not counted) or shows another person (which is), and
    IntakeRefused with CAPTURE_TYPE_REFUSED.
    """
    left = failures_left(Identity(participant))
    looked = look(kind, arrived, left)
    original, clean = _keep(participant.organization, looked)
    failed = ""
    for _round in range(ROUNDS):
        other = _counterpart(Identity(participant), kind)
        similarity = _similarity(clean, other)
        with held(participant) as me:
            me.process.check_open()
            check = _open(me, kind, proof)
            if _counterpart(Identity(me), kind) != other:
                continue  # It was replaced in the meantime, so what was compared is not what is there.
            capture = _new(check, looked, original, clean, similarity)
            failed = _settle(me, check, capture, by)
            break
    else:
        raise Refused("CAPTURE_CHANGED", "Another picture came in at the same moment. Take it again.")
    if failed == "blocked":
        raise identity.blocked()
    if failed:
        raise CheckFailed(failed, SENTENCES[failed], failures_left(Identity(participant)))


def look(kind: str, arrived: intake.Arrived, left: int) -> Looked:
    """Raises CheckFailed or IntakeRefused."""
    database.let_go()
    try:
        if kind == Kind.VIDEO:
            return _look_at_video(arrived, left)
        if arrived.media_type not in PICTURES:
            raise intake.IntakeRefused("CAPTURE_TYPE_REFUSED", 415, "Send a picture as JPEG, PNG or WebP.")
        picture = faces.look(arrived.path)
    except RefusedImage as refusal:
        raise CheckFailed(refusal.code, refusal.detail, left) from refusal
    if fault := _fault(kind, picture):
        code = "FACE_MISSING" if fault == "card" else fault
        raise CheckFailed(code, SENTENCES[fault], left)
    return Looked(arrived, picture=picture)


def _look_at_video(arrived: intake.Arrived, left: int) -> Looked:
    if arrived.media_type not in faces.VIDEO_TYPES:
        raise intake.IntakeRefused("CAPTURE_TYPE_REFUSED", 415, "Send a video as mp4 or WebM.")
    video = faces.look_at_video(arrived.path, arrived.media_type)
    if video.seconds is not None and video.seconds > settings.MAX_VIDEO_SECONDS:
        raise CheckFailed("VIDEO_TOO_LONG", SENTENCES["VIDEO_TOO_LONG"], left)
    return Looked(arrived, video=video)


def _fault(kind: str, picture: faces.Picture) -> str:
    """What is wrong with a picture, or nothing. Faces are asked for where a face must be, and can be looked for."""
    if fault := fault_of_all(picture):
        return fault
    if kind not in NARROWEST_FACE or picture.faces is None:
        return ""
    if picture.faces == 0:
        return "FACE_MISSING" if kind == Kind.PHOTO else "card"
    return _face_fault(Kind(kind), picture)


def fault_of_all(picture: faces.Picture) -> str:
    """What is wrong with it, whatever it is to show."""
    long, short = max(picture.width, picture.height), min(picture.width, picture.height)
    if long < SMALLEST[0] or short < SMALLEST[1]:
        return "CAPTURE_TOO_SMALL"
    return "CAPTURE_BLURRED" if picture.sharpness < SHARPEST_BLUR else ""


def _face_fault(kind: IdentityCheck.Kind, picture: faces.Picture) -> str:
    if kind == Kind.PHOTO and (picture.faces or 0) > 1:
        return "FACES_SEVERAL"
    if picture.face_width < NARROWEST_FACE[kind]:
        return "FACE_TOO_SMALL"
    return "CAPTURE_BLURRED" if picture.face_sharpness < BLURRED_FACE else ""


def _keep(organization: Organization, looked: Looked) -> tuple[Blob, Blob | None]:
    original = Blob.keep(organization, looked.arrived, biometric=True)
    if looked.picture is None:
        return original, None
    clean = looked.picture.clean
    with intake.arriving(io.BytesIO(clean), limit=len(clean)) as arrived:
        return original, Blob.keep(organization, arrived, biometric=True)


def _counterpart(mine: Identity, kind: str) -> IdentityCapture | None:
    """The card to a selfie and the selfie to a card, where they are to be compared and the other one is here."""
    if not mine.compares or kind not in COMPARED:
        return None
    other = Kind.IDENTIFICATION if kind == Kind.PHOTO else Kind.PHOTO
    return mine.of(other).current


def _similarity(clean: Blob | None, other: IdentityCapture | None) -> float | None:
    if clean is None or other is None or other.redrawn is None:
        return None
    database.let_go()
    with local_path(clean) as one, local_path(other.redrawn) as two:
        return faces.similarity(one, two)


def _new(
    check: IdentityCheck, looked: Looked, original: Blob, clean: Blob | None, similarity: float | None
) -> IdentityCapture:
    picture, video = looked.picture, looked.video
    return IdentityCapture.objects.create(
        organization_id=check.organization_id,
        check_row=check,
        original=original,
        redrawn=clean,
        sha256=original.sha256,
        width=picture.width if picture else None,
        height=picture.height if picture else None,
        sharpness=picture.sharpness if picture else None,
        faces=picture.faces if picture else None,
        seconds=video.seconds if video else None,
        similarity=similarity,
    )


def _settle(me: Participant, check: IdentityCheck, capture: IdentityCapture, by: Actor) -> str:
    """What becomes of a picture: an empty text when it is taken, else the code of what is wrong, or ``blocked``.

    The caller holds the lock.
    """
    me.process.record(
        Event.Kind.CAPTURED,
        by,
        participant=me.public_id,
        check=check.kind,
        sha256=capture.sha256,
        size=capture.original.size if capture.original else 0,
    )
    similarity = capture.similarity
    if similarity is not None and similarity < me.process.organization.face_threshold:
        return _refuse(me, check, capture, similarity, by)
    check.current = capture
    check.save(update_fields=["current"])
    if check.kind not in COMPARED or not Identity(me).compares:
        _pass(me, [check], by, None)
    elif similarity is None:
        _wait(me, check)
    else:
        _pass(me, list(me.checks.filter(kind__in=COMPARED)), by, similarity)
    return ""


def _refuse(me: Participant, check: IdentityCheck, capture: IdentityCapture, similarity: float, by: Actor) -> str:
    """Another person's face. The picture stays as evidence for the member who may have to decide."""
    capture.refused = DIFFER
    capture.save(update_fields=["refused"])
    check.fail(DIFFER)
    left = failures_left(Identity(me))
    me.process.record(
        Event.Kind.CHECK_FAILED,
        by,
        participant=me.public_id,
        check=check.kind,
        reason=DIFFER,
        remaining=left,
        similarity=similarity,
    )
    if left:
        return DIFFER
    identity.block(me, DIFFER, by, similarity)
    return "blocked"


def _pass(me: Participant, checks: list[IdentityCheck], by: Actor, similarity: float | None) -> None:
    told = {} if similarity is None else {"similarity": similarity}
    for check in checks:
        check.settle(State.PASSED)
        me.process.record(Event.Kind.CHECK_PASSED, by, participant=me.public_id, check=check.kind, **told)
    identity.proven(me)


def _wait(me: Participant, check: IdentityCheck) -> None:
    """For the counterpart, or, where nobody can compare, for a member."""
    check.settle(State.RECEIVED)
    if waits(list(me.checks.all())):
        event = me.process.events.latest("sequence")
        jobs.announce_block.defer(participant_id=me.pk, event_id=event.pk)


def failures_left(mine: Identity) -> int:
    """All pictures together have three failures, since one comparison is of two of them."""
    return max(0, MOST_FAILURES - sum(check.failures for check in mine.captures))
