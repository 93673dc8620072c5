"""What is hashed of an event, in two forms (docs/verify.md, "An event").

The first form has everything in clear, so nothing of it can be erased without breaking the chain. The second one has
salted commitments in the places of who acted and of what may tell of a person: without salt and values they say
nothing, and the hash stays what it was.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rubrica.processes.models.event import Event

FORM = 2  # a number where the first form has the user agent, a text: neither can be taken for the other
SALT_BYTES = 32  # the first half is for who acted, the second for the rest
# Members of ``data`` that tell of no person, whatever is in them. What is not listed counts as personal.
IMPERSONAL = frozenset({
    "participant", "code", "sha256", "size", "level", "check", "remaining", "channel", "form", "shown", "consent",
    "language", "decision", "purpose", "version", "number", "erasure", "hold", "text_version",
})  # fmt: skip


def canonical(event: "Event", process_id: str) -> bytes:
    """The JSON of everything in the event and of the hash before it, in the one form that is hashed."""
    head: list[Any] = [process_id, event.sequence, event.kind, _utc(event.at), event.actor_kind]
    before = bytes(event.previous).hex()
    if event.salt is None:
        told: list[Any] = [event.actor, event.actor_name, event.ip, event.user_agent, event.data]
    else:
        told = [*commitments(event), "", FORM, impersonal(event.data)]
    return as_json([*head, *told, before])


def commitments(event: "Event") -> tuple[str, str]:
    """Of who acted, and of what else may tell of a person; the second one is empty where there is nothing.

    Those of what was erased are kept in the row, as nothing else is left of it.
    """
    erased, (of_actor, of_data) = event.erased or {}, openings(event)
    actor = sha256(as_json(of_actor))
    data = sha256(as_json(of_data)) if of_data[-1] else ""
    return erased.get("actor", actor), erased.get("data", data)


def is_blank(event: "Event") -> bool:
    """Whether nothing stands in the places of what counts as erased: its commitment would not give it away."""
    erased = event.erased or {}
    in_clear = event.salt is None
    who = (event.actor, event.actor_name, event.ip, event.user_agent)
    actor = not (in_clear or "actor" in erased) or not any(who)
    personal = [value for name, value in event.data.items() if name not in IMPERSONAL]
    data = not (in_clear or "data" in erased) or not any(personal)
    return actor and data and (in_clear or bool({"actor", "data"} & erased.keys()))


def openings(event: "Event") -> tuple[list[Any], list[Any]]:
    """What the two commitments are about, each beginning with its salt."""
    salt = bytes(event.salt or b"").hex()
    half = SALT_BYTES  # of hexadecimal digits
    actor = [salt[:half], event.actor, event.actor_name, event.ip, event.user_agent]
    return actor, [salt[half:], {name: value for name, value in event.data.items() if name not in IMPERSONAL}]


def line(event: "Event", process_id: str) -> dict[str, Any]:
    """As a bundle and an export have it: ``canonical`` is what was hashed, letter by letter, and beside it stands what
    opens the commitments. Of an event of the first form that tells of somebody who was erased only the hash is left,
    for which the signed statement of the erasure vouches."""
    told: dict[str, Any] = {
        "sequence": event.sequence,
        "kind": event.kind,
        "at": _utc(event.at),
        "hash": bytes(event.hash).hex(),
        "previous": bytes(event.previous).hex(),
    }
    erased = event.erased or {}
    if event.salt is None and erased:
        return {**told, "erasure": erased["erasure"]}
    told["canonical"] = canonical(event, process_id).decode()
    if event.salt is not None:
        actor, data = openings(event)
        told |= {"actor": actor} if "actor" not in erased else {}
        told |= {"person": data} if "data" not in erased and data[-1] else {}
    return told | ({"erasure": erased["erasure"]} if erased else {})


def impersonal(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name in IMPERSONAL}


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
