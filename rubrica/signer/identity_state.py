"""What a participant sees of the checks of their identity (docs/api-own.md, “The state”)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from rubrica.processes import captures, codes, consent
from rubrica.processes.identity import BLOCKS, Identity
from rubrica.processes.models import Event, IdentityCheck
from rubrica.processes.models.identity_check import CODE_DIGITS

Kind, State = IdentityCheck.Kind, IdentityCheck.State


def identity_state(identity: Identity) -> dict[str, Any] | None:
    """None when nothing is asked."""
    if not identity.checks:
        return None
    pictures = bool(identity.captures)
    return {
        "passed": identity.is_passed,
        "waiting": identity.waits and not identity.is_passed,
        "blocked": _blocked(identity),
        "consent": consent.to_pictures(identity.participant.language) if pictures else None,
        "consented": pictures and identity.has_consented,
        "keptDays": settings.BIOMETRIC_DAYS or None,
        "compare": identity.compares,
        "checks": [
            _capture(identity, check) if check.is_capture else _code(identity, check) for check in identity.checks
        ],
    }


def steps(identity: Identity, *, waiting: bool) -> list[dict[str, str]]:
    """``waiting``: others come first, so everything is locked."""
    found = []
    for check in identity.checks:
        state = _capture_state(identity, check) if check.is_capture else _code_state(identity, check)
        shown = "done" if state == "waiting" else state
        found.append({"kind": check.kind, "state": "locked" if waiting else shown})
    return found


def _blocked(identity: Identity) -> dict[str, Any] | None:
    if not identity.is_blocked:
        return None
    me = identity.participant
    event = me.process.events.filter(kind=Event.Kind.BLOCKED, data__participant=me.public_id).last()
    reason = event.data["reason"] if event else ""
    detail = gettext(BLOCKS[reason]) if reason in BLOCKS else ""
    return {"code": reason, "detail": detail, "at": _time(event.at if event else None)}


def _code(identity: Identity, check: IdentityCheck) -> dict[str, Any]:
    channel = identity.participant.identity.get("otp_channel", "mail")
    return {
        "kind": check.kind,
        "state": _code_state(identity, check),
        "remaining": check.remaining,
        "channel": channel,
        "to": masked(identity.participant.email if channel == "mail" else identity.participant.phone),
        "digits": CODE_DIGITS,
        "sentAt": _time(check.sent_at),
        "expiresAt": _time(check.code_ends_at),
        "resendIn": check.calm_in(codes.APART, codes.MOST_CODES),
    }


def _code_state(identity: Identity, check: IdentityCheck) -> str:
    return "done" if identity.is_done(check) else "todo"


def _capture(identity: Identity, check: IdentityCheck) -> dict[str, Any]:
    failure = check.last_failure
    answer = {
        "kind": check.kind,
        "state": _capture_state(identity, check),
        "remaining": captures.failures_left(identity),
        "code": failure or None,
        "detail": gettext(captures.SENTENCES[failure]) if failure in captures.SENTENCES else None,
        "maxBytes": captures.limit(check.kind),
    }
    return answer | ({"maxSeconds": settings.MAX_VIDEO_SECONDS} if check.kind == Kind.VIDEO else {})


def _capture_state(identity: Identity, check: IdentityCheck) -> str:
    if not identity.has_code:
        return "locked"
    if check.state == State.RECEIVED:
        return "waiting" if identity.waits else "done"
    return "done" if check.is_passed else "todo"


def masked(address: str) -> str:
    """Enough to know one's own address by, and not enough to learn somebody else's."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}•••@{domain}" if at else f"{address[:3]} ••• {address[-2:]}"


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None
