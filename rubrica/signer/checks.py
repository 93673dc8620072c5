"""How the checks of a participant's identity are shown: one is open at a time, in the order in which they are asked."""

from datetime import datetime
from typing import Any

SHOWN: dict[str, dict[str, str]] = {
    "otp": {"icon": "key"},
    "photo": {"icon": "user", "shape": "oval", "facing": "user"},
    "identification": {"icon": "card", "shape": "card", "facing": "environment"},
    "identificationBack": {"icon": "card", "shape": "card", "facing": "environment"},
    "video": {"icon": "video", "shape": "oval", "facing": "user"},
}
COMPARED = {"photo", "identification"}
SECONDS = {"otp": 40, "photo": 25, "identification": 30, "identificationBack": 20, "video": 40}

Check = dict[str, Any]


def shown(identity: dict[str, Any] | None) -> list[Check]:
    """Each check with what the page needs to draw it. ``face`` is done, waiting, open (the one to do now) or later."""
    identity = identity or {"checks": []}
    checks = [check | SHOWN[check["kind"]] for check in identity["checks"]]
    current = next((check for check in checks if check["state"] == "todo"), None)
    done = {check["kind"] for check in checks if check["state"] == "done"}
    settled = COMPARED if identity.get("compare") and done >= COMPARED else set()  # found to be one person
    for check in checks:
        check["face"] = _face(check, current)
        check["retakable"] = current is not None and check["kind"] in done - settled - {"otp"}
        if check.get("expiresAt"):
            check["expires"] = datetime.fromisoformat(check["expiresAt"])
    return checks


def minutes(checks: list[Check]) -> int:
    """What is still to do takes about this long; at least one."""
    left = sum(SECONDS[check["kind"]] for check in checks if check["state"] in {"todo", "locked"})
    return max(1, round(left / 60))


def as_one_step(steps: list[Check], passed: bool) -> list[Check]:
    """The checks are one step of several on the way: listed one by one they would hide what it is all about."""
    asked = [step for step in steps if step["kind"] in SHOWN]
    if not asked:
        return steps
    done = sum(step["state"] == "done" for step in asked)
    # Handed in is not passed: where a person compares, the step stays the one that all wait for.
    identity = {"kind": "identity", "state": "done" if passed else "todo", "done": done, "total": len(asked)}
    return [identity, *(step for step in steps if step["kind"] not in SHOWN)]


def _face(check: Check, current: Check | None) -> str:
    if check is current:
        return "open"
    return str(check["state"]) if check["state"] in {"done", "waiting"} else "later"
