"""What a participant has to prove before anything of a document is shown, and who decides when that fails."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TypedDict

from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation.trans_null import gettext_noop as _

from rubrica import clock
from rubrica.processes import consent, jobs
from rubrica.processes.actor import Actor
from rubrica.processes.errors import Refused
from rubrica.processes.models import Event, IdentityCheck, Participant, Process
from rubrica.processes.models.identity_check import MOST_FAILURES
from rubrica.sealing.values import SealedCheck

Kind, State = IdentityCheck.Kind, IdentityCheck.State
COMPARED = (Kind.PHOTO, Kind.IDENTIFICATION)
# What a decision is about: what is open, and a code that was passed in one browser and guessed at in another.
UNDECIDED = ~Q(state=State.PASSED) | Q(kind=Kind.OTP, failures__gte=MOST_FAILURES)
PROOF_SALT = "rubrica.identity.browser"
PROOF_SECONDS = 90 * 24 * 3600  # then the code is asked for again
CONSENT_REFUSED = "CONSENT_REFUSED"

# Why somebody is blocked, in words for themselves. Members and webhooks get the code word.
BLOCKS = {
    "OTP_CODE_INVALID": _("The code was wrong three times."),
    "FACES_DIFFER": _("The pictures could not be matched three times."),
    CONSENT_REFUSED: _("You do not want to send pictures of yourself. The sender has been told, and decides."),
}


class Claimed(TypedDict, total=False):
    """What the sender says the identity card shows."""

    country: str
    type: str
    number: str


class Asked(TypedDict, total=False):
    """``Participant.identity``: the checks in force in the order asked, or nothing at all."""

    checks: list[str]
    otp_channel: str
    compare: bool
    claimed: Claimed


class CheckFailed(Refused):
    """A check was tried in vain; ``remaining`` tries are left before a block."""

    def __init__(self, code: str, sentence: str, remaining: int) -> None:
        super().__init__(code, sentence, remaining=remaining)
        self.remaining = remaining


class TooOften(Refused):
    """``retry_after`` in seconds."""

    def __init__(self, code: str, sentence: str, retry_after: int) -> None:
        super().__init__(code, sentence)
        self.retry_after = max(1, retry_after)


def blocked() -> Refused:
    return Refused(
        "PARTICIPANT_BLOCKED", "Your identity could not be confirmed. The sender has been told, and decides."
    )


def required() -> Refused:
    return Refused("IDENTITY_REQUIRED", "Confirm first that it is you; then you see the document.")


class Identity:
    """The checks of one participant, as one browser sees them: ``proof`` is the cookie that a right code left there."""

    def __init__(self, participant: Participant, proof: str = "") -> None:
        self.participant, self._proof = participant, proof

    @cached_property
    def checks(self) -> list[IdentityCheck]:
        return list(self.participant.checks.select_related("current")) if self.participant.identity else []

    @property
    def is_blocked(self) -> bool:
        return self.participant.status == Participant.Status.BLOCK

    @property
    def compares(self) -> bool:
        return bool(self.participant.identity.get("compare"))

    @property
    def captures(self) -> list[IdentityCheck]:
        return [check for check in self.checks if check.is_capture]

    @property
    def is_passed(self) -> bool:
        return not self.is_blocked and self.are_all_here and all(self.is_done(check) for check in self.checks)

    @property
    def are_all_here(self) -> bool:
        """A check that is asked for and has no row was never passed, whatever became of the row."""
        return {check.kind for check in self.checks} >= set(self.participant.identity.get("checks", ()))

    @property
    def has_code(self) -> bool:
        """No code is asked, or this browser has passed it."""
        return self.are_all_here and all(self.is_done(check) for check in self.checks if not check.is_capture)

    @property
    def waits(self) -> bool:
        """All is handed in, and a member has to look at it."""
        return waits(self.checks) and self.has_code

    @property
    def has_consented(self) -> bool:
        return all(check.consented_at for check in self.captures)

    def is_done(self, check: IdentityCheck) -> bool:
        if check.is_capture or check.decided_by:
            return check.is_passed
        return check.is_passed and is_proof(check, self._proof)

    def of(self, kind: str) -> IdentityCheck:
        """Raises Refused with CHECK_UNKNOWN."""
        for check in self.checks:
            if check.kind == kind:
                return check
        raise Refused("CHECK_UNKNOWN", "This is not asked of you.")

    def require(self, *, only_code: bool = False) -> None:
        """Raises Refused: PARTICIPANT_BLOCKED, IDENTITY_REQUIRED."""
        if self.is_blocked:
            raise blocked()
        if not (self.has_code if only_code else self.is_passed):
            raise required()

    def require_confirmed(self) -> None:
        """As ``require``, whatever the browser."""
        if self.is_blocked:
            raise blocked()
        if not self.are_all_here or not all(check.is_passed for check in self.checks):
            raise required()

    def require_turn(self) -> None:
        """Pictures are taken by who has the code, when it is their turn. Raises also NOT_YOUR_TURN."""
        self.require(only_code=True)
        self.participant.check_turn()


def waits(checks: list[IdentityCheck]) -> bool:
    states = {check.state for check in checks}
    return State.RECEIVED in states and State.TODO not in states


def proof_of(check: IdentityCheck) -> str:
    """What the browser that entered the right code keeps; it is void as soon as the check begins anew."""
    return signing.dumps([check.pk, check.epoch], salt=PROOF_SALT)


def is_proof(check: IdentityCheck, proof: str) -> bool:
    try:
        return bool(signing.loads(proof, salt=PROOF_SALT, max_age=PROOF_SECONDS) == [check.pk, check.epoch])
    except (signing.BadSignature, ValueError):
        return False


@contextmanager
def held(participant: Participant) -> Iterator[Participant]:
    """The participant as they are now, with their process locked until the transaction ends.

    Raises Refused: PROCESS_CHANGED, LINK_REPLACED.
    """
    with transaction.atomic():
        locked = Process.objects.select_for_update(of=("self",)).select_related("organization", "creator")
        process = locked.get(pk=participant.process_id)
        me = Participant.objects.filter(pk=participant.pk).first()
        if me is None:
            raise Refused(
                "PROCESS_CHANGED", "The sender has changed this process. Use the link of your newest message."
            )
        participant.check_address(me)
        me.process = process
        yield me


def consent_to_pictures(participant: Participant, agrees: bool, by: Actor) -> None:
    """Notes that the participant lets their pictures be used, or that they do not want that: then a member decides.

    The law wants both: consent that is asked for apart, and a way for those who do not give it.
    """
    with held(participant) as me:
        checks = me.checks.exclude(kind=Kind.OTP)
        if not checks.exists():
            raise Refused("CHECK_UNKNOWN", "This is not asked of you.")
        if me.status == Participant.Status.BLOCK:
            raise blocked()
        me.process.check_open()
        me.check_turn()
        if not agrees:
            block(me, CONSENT_REFUSED, by)
        elif checks.filter(consented_at=None).update(consented_at=clock.now()):
            sentence = consent.to_pictures(me.language)
            digest = hashlib.sha256(sentence.encode()).hexdigest()
            told = {"consent": digest, "text_version": consent.PICTURES_VERSION, "language": me.language}
            me.process.record(Event.Kind.CONSENTED, by, participant=me.public_id, **told)


def block(me: Participant, reason: str, by: Actor, similarity: float | None = None) -> bool:
    """Nothing goes on until a member decides. The caller holds the lock.

    False when nobody could decide: who has done their part is left alone.
    """
    if me.status != Participant.Status.NOTIFICATION or not me.process.is_open:
        return False
    me.status = Participant.Status.BLOCK
    me.save(update_fields=["status"])
    event = me.process.record(Event.Kind.BLOCKED, by, participant=me.public_id, reason=reason, **_similar(similarity))
    jobs.announce_block.defer(participant_id=me.pk, event_id=event.pk)
    return True


def _similar(similarity: float | None) -> dict[str, float]:
    return {} if similarity is None else {"similarity": similarity}


def approve(participant: Participant, message: str, by: Actor) -> None:
    """A member lets the participant through; what is open or was failed counts as passed by their decision.

    Raises Refused: MESSAGE_REQUIRED, NOT_BLOCKED, PROCESS_CLOSED.
    """
    message = message.strip()
    if not message:
        raise Refused("MESSAGE_REQUIRED", "Say why the participant is let through; it is kept in the history.")
    with _decided(participant, "approve", by, message) as me:
        decided_by = (by.name or by.reference)[:254]
        for check in me.checks.filter(UNDECIDED):
            check.settle(State.PASSED, decided_by)
            me.process.record(Event.Kind.CHECK_PASSED, by, participant=me.public_id, check=check.kind)


def reset(participant: Participant, by: Actor) -> None:
    """Everything that was not passed, or was failed since, is asked for once more, with three new tries.

    Raises as ``approve``.
    """
    with _decided(participant, "reset", by) as me:
        for check in me.checks.filter(UNDECIDED):
            check.begin_anew()
        if me.identity.get("compare"):
            # One picture that passed alone would be compared with the other's successor; both are taken again.
            for check in me.checks.filter(kind__in=COMPARED, decided_by="", state=State.PASSED):
                check.begin_anew()


def reject(participant: Participant, by: Actor) -> None:
    """A member does not let the participant through, which ends the process. Raises as ``approve``."""
    with held(participant) as me:
        _check_blocked(me)
        me.status, me.finished_at = Participant.Status.REJECT, clock.now()
        me.save(update_fields=["status", "finished_at"])
        event = me.process.record(Event.Kind.UNBLOCKED, by, participant=me.public_id, decision="reject")
        with translation.override(me.process.language):
            reason = gettext("The identity could not be confirmed.")
        me.process.record(Event.Kind.DECLINED, by, participant=me.public_id, reason=reason)
        me.process.reject(reason, by)
        if me.notify:
            jobs.announce_decision.defer(participant_id=me.pk, event_id=event.pk)


def cancel(participant: Participant, message: str, by: Actor) -> None:
    """A member calls the whole process off. Raises as ``approve``."""
    message = message.strip()
    with held(participant) as me:
        _check_blocked(me)
        me.process.record(Event.Kind.UNBLOCKED, by, participant=me.public_id, decision="cancel", message=message)
        me.process.cancel(message, by)


@contextmanager
def _decided(participant: Participant, decision: str, by: Actor, message: str = "") -> Iterator[Participant]:
    with held(participant) as me:
        _check_blocked(me)
        yield me
        me.status = Participant.Status.NOTIFICATION
        me.save(update_fields=["status"])
        event = me.process.record(
            Event.Kind.UNBLOCKED, by, participant=me.public_id, decision=decision, message=message
        )
        if me.notify:
            jobs.announce_decision.defer(participant_id=me.pk, event_id=event.pk)
        proven(me)


def begin_anew(me: Participant, by: Actor) -> None:
    """Nothing is proven of whoever has the participant's new address. The caller holds the lock."""
    for check in me.checks.all():
        check.consented_at = None
        check.begin_anew()
    if me.status == Participant.Status.BLOCK:
        me.status = Participant.Status.NOTIFICATION
        me.save(update_fields=["status"])
        me.process.record(Event.Kind.UNBLOCKED, by, participant=me.public_id, decision="reset", message="")


def proven(me: Participant) -> None:
    """Where a proof is all that is asked, having given it is being done. The caller holds the lock."""
    if me.process.kind != Process.Kind.IDENTITY or me.status != Participant.Status.NOTIFICATION:
        return
    if not me.checks.exclude(state=State.PASSED).exists():
        me.finish()
        me.process.advance()


def sealed_checks(participant: Participant) -> Iterator[SealedCheck]:
    """What was confirmed, when and how, as the evidence tells it in the language of the process."""
    passed = participant.checks.filter(state=State.PASSED).select_related("current") if participant.identity else ()
    with translation.override(participant.process.language):
        yield from _agreed(participant)
        for check in passed:
            yield _sealed(check)


def _agreed(participant: Participant) -> Iterator[SealedCheck]:
    """The consent to pictures stands before what it allows."""
    if not participant.identity or not participant.checks.exclude(consented_at=None).exists():
        return
    told = participant.process.events.filter(kind=Event.Kind.CONSENTED, data__participant=participant.public_id)
    for event in told.order_by("-sequence")[:1]:
        version = event.data.get("text_version")
        result = gettext("text %(version)s") % {"version": version} if version else ""
        yield SealedCheck(kind="consent", at=event.at, result=result, sha256=event.data["consent"])


def _sealed(check: IdentityCheck) -> SealedCheck:
    capture = check.current
    return SealedCheck(
        kind=check.kind,
        at=check.settled_at,
        result=_result(check),
        sha256=capture.sha256 if capture else "",
        similarity=capture.similarity if capture else None,
        decided_by=check.decided_by,
    )


def _result(check: IdentityCheck) -> str:
    if check.decided_by:
        return gettext("let through by %(name)s") % {"name": check.decided_by}
    if check.current is None or check.current.similarity is None:
        return ""
    return gettext("similarity %(similarity).2f") % {"similarity": check.current.similarity}


def _check_blocked(me: Participant) -> None:
    if me.status != Participant.Status.BLOCK and not (
        me.status == Participant.Status.NOTIFICATION and waits(list(me.checks.all()))
    ):
        raise Refused("NOT_BLOCKED", "This participant is not blocked, and nothing of theirs waits for a decision.")
    me.process.check_open()
