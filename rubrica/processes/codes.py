"""Codes of six digits: made, sent over the channel that was asked for, and entered with three tries in all."""

from datetime import timedelta

from rubrica.notify import limits
from rubrica.processes import identity, jobs
from rubrica.processes.actor import RUBRICA, Actor
from rubrica.processes.errors import Refused
from rubrica.processes.identity import CheckFailed, Identity, TooOften, held
from rubrica.processes.models import Event, IdentityCheck, Participant, Process
from rubrica.processes.models.identity_check import CODE_DIGITS

APART = timedelta(seconds=30)  # between two codes
MOST_CODES = 5  # in an hour
WRONG = "OTP_CODE_INVALID"


def send_code(participant: Participant, by: Actor) -> None:
    """Makes a new code, which ends the one before, and sends it. Wrong tries stay counted.

    Raises Refused (PARTICIPANT_BLOCKED, NOT_YOUR_TURN, CHECK_UNKNOWN, CHECK_PASSED, PROCESS_CLOSED, PHONE_UNREACHABLE)
    and TooOften.
    """
    with held(participant) as me:
        check = _open(me)
        channel = me.identity.get("otp_channel", "mail")
        if channel != "mail":
            _check_phone(me)
        if not check.renew_code(APART, MOST_CODES):
            wait = check.calm_in(APART, MOST_CODES)
            raise TooOften("OTP_TOO_OFTEN", "A code was sent a moment ago. Look for it, or ask again later.", wait)
        check.refresh_from_db()
        me.process.record(Event.Kind.CODE_SENT, RUBRICA, participant=me.public_id, channel=channel)
        jobs.send_code.defer(check_id=check.pk, number=check.sends)


def _check_phone(me: Participant) -> None:
    """Messages to phones are counted; what is over the limit would be held back and come too late."""
    if limits.refusal(me.phone):
        raise Refused("PHONE_UNREACHABLE", "No message can go to your phone number. Ask the sender to correct it.")
    if seconds := limits.wait(me.organization_id, me.phone):
        raise TooOften("OTP_TOO_OFTEN", "A code was sent a moment ago. Look for it, or ask again later.", seconds)


def enter_code(participant: Participant, guess: str, by: Actor) -> str:
    """The proof that the browser keeps from now on.

    Raises CheckFailed for a wrong code; Refused with PARTICIPANT_BLOCKED from the third on, OTP_NOT_SENT when no code
    is good, and as ``send_code``. Every guess is judged with the process locked, so however many come at once, three
    are evaluated and no more. Who has done their part is not blocked, since nobody could decide about that any more:
    there the third wrong one ends the code.
    """
    guess = "".join(guess.split())
    if not (guess.isascii() and guess.isdigit() and len(guess) == CODE_DIGITS):
        raise CheckFailed(WRONG, "The code has six digits.", Identity(participant).of(IdentityCheck.Kind.OTP).remaining)
    with held(participant) as me:
        check = _open(me)
        if check.code_ends_at is None:
            raise Refused("OTP_NOT_SENT", "No code is on its way, or it is too old. Ask for a new one.")
        if check.is_code(guess):
            return _passed(me, check, by)
        check.fail(WRONG)
        me.process.record(
            Event.Kind.CHECK_FAILED,
            by,
            participant=me.public_id,
            check=check.kind,
            reason=WRONG,
            remaining=check.remaining,
        )
        used_up = check.remaining == 0
        is_blocked = used_up and identity.block(me, WRONG, by)
        if used_up and not is_blocked:
            check.end_code()
    # Outside, because what is raised inside would undo the count.
    if is_blocked:
        raise identity.blocked()
    if used_up:
        raise Refused("OTP_NOT_SENT", "The code was wrong three times, so it is good no more. Ask for a new one.")
    raise CheckFailed(
        WRONG, "This is not the code. Look at the newest message. Tries left: %(remaining)s.", check.remaining
    )


def _open(me: Participant) -> IdentityCheck:
    """The check, if a code may be sent or entered now; a finished process is still read, so it still takes codes."""
    check = Identity(me).of(IdentityCheck.Kind.OTP)
    if me.status == Participant.Status.BLOCK:
        raise identity.blocked()
    if check.decided_by:
        raise Refused("CHECK_PASSED", "This has been confirmed already.")
    if me.process.state not in {Process.State.OPEN, Process.State.FINISHED}:
        raise Refused("PROCESS_CLOSED", "This process has ended.")
    me.check_turn()
    return check


def _passed(me: Participant, check: IdentityCheck, by: Actor) -> str:
    """A code is good once; another browser asks for its own, and has three tries of its own for it."""
    check.end_code()
    if not check.is_passed:
        check.settle(IdentityCheck.State.PASSED)
    me.process.record(Event.Kind.CHECK_PASSED, by, participant=me.public_id, check=check.kind)
    identity.proven(me)
    return identity.proof_of(check)
