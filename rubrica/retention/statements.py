"""The statement of an erasure: what went, what stays, and why. It is signed, and names nobody."""

import hashlib
import hmac
import json
from collections import Counter
from datetime import UTC
from typing import Any

from django.conf import settings

from rubrica import clock
from rubrica.retention.models import AskedErasure

FORMAT, VERSION = "rubrica-erasure", 1
OPEN, HELD = "open", "held"
# Why something stays, by the code that the statement has.
REASONS = {
    OPEN: "The process goes on. Cancel it, or let it end, and erase again.",
    HELD: "A legal hold is on it.",
    "documents": "Sealed documents, their evidence and the texts in them: they prove what was signed, also to the "
    "others (legal claims). Erase with documents where that is not needed.",
    "events": "That something happened, when, and the digests of what was shown, delivered and sealed.",
    "records": "Records are the organization's own data: change or delete those that are named here.",
    "audit": "Who of the team did what in this organization.",
    "backups": "Backups that were made before: docs/operate.md says how they come to an end.",
}


def written(asked: AskedErasure, exact: list[str], about: dict[str, Any], before: dict[str, Any] | None) -> str:
    """Of this part of an erasure, and of those ``before`` it. ``exact`` is what the person is known by.

    It says nothing of the person but keyed digests, by which whoever has the installation's secret can tell whether it
    was about somebody.
    """
    by = asked.by
    whole = {
        "format": FORMAT,
        "version": VERSION,
        "id": asked.public_id,
        "made": clock.now().astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "by": {"kind": by.kind, "id": by.reference, "name": by.name},
        "reason": asked.reason[:500],
        "person": [keyed(text) for text in exact],
        **about,
    }
    return json.dumps(whole if before is None else _joined(before, whole), ensure_ascii=False, indent=1)


def _joined(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """Which processes go on or are held is told as it is now."""
    lasting = [one for one in before["stays"] if one["what"] not in {OPEN, HELD}]
    known = {one["what"] for one in lasting}
    return now | {
        "person": sorted({*before["person"], *now["person"]}),
        "counts": dict(sorted((Counter(before["counts"]) + Counter(now["counts"])).items())),
        "stays": [one for one in now["stays"] if one["what"] not in known] + lasting,
        "processes": before["processes"] + now["processes"],
    }


def keyed(text: str) -> str:
    """HMAC-SHA-256: without the key nobody can try addresses until one fits."""
    key = hashlib.sha256(b"rubrica.erasure|" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, text.strip().lower().encode(), hashlib.sha256).hexdigest()
