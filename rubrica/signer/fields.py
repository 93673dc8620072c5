"""The fields of a participant as their page shows them, and what comes back for them with the signature."""

from collections.abc import Iterable, Mapping
from typing import Any

from rubrica.processes import fields
from rubrica.processes.errors import Refused
from rubrica.processes.fields import CHECKBOX, DATE, INITIALS, MAX_INITIALS, SIGNATURE, TEXT, TICKED, Filling, Initials
from rubrica.processes.models import Participant, SignatureBox
from rubrica.signer.drawn import keep_image
from rubrica.web.text import is_one_line

State = dict[str, Any]
FORMS = ("type", "draw", "image", SIGNATURE)


def shown(boxes: Iterable[SignatureBox], place: Any, language: str) -> list[State]:
    """For the state; ``place`` gives where a box lies. A date that is still to come shows today's."""
    return [_shown(box, language) | place(box) for box in boxes if box.kind != SIGNATURE]


def _shown(box: SignatureBox, language: str) -> State:
    value: str | bool | None = box.value
    if box.kind == CHECKBOX:
        value = box.value == TICKED
    elif box.kind == DATE and box.value is None:
        value = fields.today(language)
    length = {"maxLength": fields.most_letters(box.field)} if box.kind == TEXT else {}
    return {"id": str(box.pk), "kind": box.kind, "name": box.name, "required": box.required, "value": value, **length}


def filling(participant: Participant, body: Mapping[str, Any]) -> Filling:
    """What a call brings for the fields besides its signature. Raises Refused with FIELD_INVALID, RefusedImage."""
    values = body.get("fields")
    if not isinstance(values, dict | None):
        raise Refused("FIELD_INVALID", "Send the fields as an object of values by their ids.")
    asks = participant.boxes.filter(kind=INITIALS).exists()
    return Filling(values or {}, _initials(participant, body) if asks and body.get("initials") is not None else None)


def _initials(participant: Participant, body: Mapping[str, Any]) -> Initials:
    said = body["initials"]
    form = said.get("kind") if isinstance(said, dict) else None
    if form not in FORMS:
        raise Refused("FIELD_INVALID", "Type initials of 1 to 20 letters, draw them, or take the signature.")
    taken = body if form == SIGNATURE else said
    text, image = taken.get("text"), taken.get("image")
    typed = text if isinstance(text, str) and (form == "type" or taken.get("kind") == "type") else ""
    if form == SIGNATURE:
        # Of a typed name the page sends the picture of the letters that it has shown, as it does of the name itself.
        image = said.get("image") if typed else image
        typed = initials_of(typed)
    kept = keep_image(participant, image) if isinstance(image, str) and image else None
    if not (typed.strip() or kept) or len(typed.strip()) > MAX_INITIALS or not is_one_line(typed):
        raise Refused("FIELD_INVALID", "Type initials of 1 to 20 letters, draw them, or take the signature.")
    return Initials(form, typed.strip(), kept)


def initials_of(name: str) -> str:
    """``Ana María Pérez`` becomes AMP; of a name in one word, its first letter."""
    letters = [word[0] for word in name.split() if word[0].isalnum()]
    return "".join(letters)[:MAX_INITIALS].upper()


def from_form(participant: Participant, posted: Mapping[str, str]) -> State:
    """The ``fields`` and ``initials`` of a form that a browser posts by itself."""
    found: State = {}
    for box in participant.boxes.filter(kind__in=[TEXT, CHECKBOX]):
        given = posted.get(f"field-{box.pk}", "")
        found[str(box.pk)] = bool(given) if box.kind == CHECKBOX else given.replace("\0", "")
    typed = posted.get("initials", "").replace("\0", "").strip()
    return {"fields": found, "initials": {"kind": "type", "text": typed} if typed else None}
