"""Files from one field into another, within one document or between two (contract/aero.md §3.4)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import path

from rubrica.api.aero import attachments, body, envelope, slots
from rubrica.api.aero.caller import Caller
from rubrica.api.aero.door import door
from rubrica.records.attachments import copying, shaping
from rubrica.records.attachments.copying import Copy
from rubrica.records.attachments.slots import Slot
from rubrica.records.bridge import Shelf
from rubrica.records.errors import Wrong
from rubrica.records.models import Attachment

MOST_OPERATIONS = 1000
MOST_NAMED = 10_000
BODY = "Body"
PLACE = {"ddName", "ddId", "_id", "externalId", "environmentId"}
WHICH = {"fileNames", "fileIds", "fieldIds"}
OPERATION = {"source", "target", "move"}

Json = dict[str, Any]
PathOf = Callable[[Json, str], str]


@dataclass(frozen=True)
class Dialect:
    """How a place within a document is spelled: by one path, or by the words of v1."""

    words: frozenset[str]
    path: PathOf


def _value_path(place: Json, at: str) -> str:
    return _text(place, "valuePath", at)


V2 = Dialect(frozenset({"valuePath"}), _value_path)


def copied(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """An array of operations; a single one may come without its array."""
    copies = read(body.read(request), caller, V2)
    return envelope.ok(**shown(copies, copying.copy(copies)))


def copied_from(request: HttpRequest, caller: Caller, dd: str, doc: str) -> HttpResponseBase:
    """``{"target": …}`` at the address of the source."""
    told = body.thing(body.read(request))
    _check_keys(told, OPERATION | WHICH, "")
    source = slots.seen(caller, dd, doc, request.GET.get("valuePath"))
    _check_move(told, caller, source)
    target, by = _target(told.get("target"), "target", caller, V2)
    copies = [Copy(source, target, by.member, caller.member, *_which(told, ""), *_how(told, "target", ""))]
    return envelope.ok(**shown(copies, copying.copy(copies)))


def read(told: Any, caller: Caller, dialect: Dialect) -> list[Copy]:
    """Raises Wrong, NotFound or Forbidden, with the place in the body."""
    operations = [told] if isinstance(told, dict) else told
    if not isinstance(operations, list):
        raise Wrong("value", "must be an array")
    if not operations:
        raise Wrong("value", "must contain at least 1 items")
    if len(operations) > MOST_OPERATIONS:
        raise Wrong("value", "must contain less than or equal to %(most)s items", most=MOST_OPERATIONS)
    return [_operation(one, f"[{index}]", caller, dialect) for index, one in enumerate(operations)]


def _operation(told: Any, at: str, caller: Caller, dialect: Dialect) -> Copy:
    told = body.thing(told, at)
    _check_keys(told, OPERATION, at)
    source = _place(told.get("source"), f"{at}.source", WHICH, dialect)
    there = caller.in_environment(source.get("environmentId"))
    words = _words(source, f"{at}.source", dialect)
    found = slots.seen(there, *words, f"{at}.source.{_said(dialect)}", BODY)
    _check_move(told, there, found)
    target, by = _target(told.get("target"), f"{at}.target", caller, dialect)
    which = _which(source, f"{at}.source")
    return Copy(found, target, by.member, there.member, *which, *_how(told, "target", at))


def _check_move(told: Json, caller: Caller, source: Slot | Shelf) -> None:
    """A file that is moved leaves its field, so whoever asks must be allowed to change that field too."""
    if told.get("move") is True and isinstance(source, Slot):
        slots.changed_at(caller, source.record, source.text)


def _target(told: Any, at: str, caller: Caller, dialect: Dialect) -> tuple[Slot, Caller]:
    place = _place(told, at, {"actionType"}, dialect)
    there = caller.in_environment(place.get("environmentId"))
    return slots.changed(there, *_words(place, at, dialect), f"{at}.{_said(dialect)}", BODY), there


def _said(dialect: Dialect) -> str:
    return "valuePath" if dialect is V2 else "fieldName"


def _place(told: Any, at: str, more: set[str], dialect: Dialect) -> Json:
    if told is None:
        raise Wrong(at, "is required")
    place = _lowered(body.thing(told, at))
    _check_keys(place, PLACE | dialect.words | more, at)
    for name in (*PLACE, *dialect.words):
        if place.get(name) is not None and not isinstance(place[name], str):
            raise Wrong(f"{at}.{name}", "must be a string")
    return place


def _words(place: Json, at: str, dialect: Dialect) -> tuple[str, str, str]:
    """Definition, document and path."""
    definition = place.get("ddName") or place.get("ddId")
    document = place.get("_id") or place.get("externalId")
    if not definition:
        raise Wrong(f"{at}.ddName", "is required")
    if not document:
        raise Wrong(at, "must contain at least one of [_id, externalId]")
    return definition, document, dialect.path(place, at)


def _which(told: Json, at: str) -> tuple[list[str], list[str]]:
    """Names and ids of the files; an empty list is taken for what it says, which cannot be meant."""
    told = _lowered(told)
    lists = {name: _texts(told.get(name), _at(at, name)) for name in WHICH}
    return lists["fileNames"], lists["fileIds"] + lists["fieldIds"]


def _texts(value: Any, at: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Wrong(at, "must be an array")
    if not value:
        raise Wrong(at, "must contain at least 1 items")
    if len(value) > MOST_NAMED:
        raise Wrong(at, "must contain less than or equal to %(most)s items", most=MOST_NAMED)
    for index, one in enumerate(value):
        if not isinstance(one, str):
            raise Wrong(f"{at}[{index}]", "must be a string")
    return value


def _how(told: Json, target: str, at: str) -> tuple[bool, bool]:
    """Whether what is in the target goes, and whether what was in the source does."""
    word = _lowered(told[target]).get("actionType") or "append"
    if not isinstance(word, str) or word.lower() not in attachments.ACTIONS:
        choices = ", ".join(attachments.ACTIONS)
        raise Wrong(_at(at, f"{target}.actionType"), "must be one of [%(choices)s]", choices=choices)
    move = told.get("move", False)
    if not isinstance(move, bool):
        raise Wrong(_at(at, "move"), "must be a boolean")
    return attachments.ACTIONS[word.lower()], move


def _check_keys(told: Json, known: set[str] | frozenset[str], at: str) -> None:
    """A key that is misspelled would copy all where some were meant."""
    for key in told:
        if key not in known:
            raise Wrong(_at(at, str(key)[:100]), "is not allowed")


def _lowered(told: Json) -> Json:
    """The vendor's tables write ``FileNames`` where its samples write ``fileNames``."""
    return {key[:1].lower() + key[1:]: value for key, value in told.items()}


def _text(place: Json, name: str, at: str) -> str:
    if not place.get(name):
        raise Wrong(f"{at}.{name}", "is required")
    return str(place[name])


def _at(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def shown(copies: Sequence[Copy], made: Sequence[Sequence[Attachment]]) -> Json:
    """All that is new, and the same again by target."""
    lists = [[shaping.shown(file) for file in files] for files in made]
    return {
        "attachments": [file for files in lists for file in files],
        "results": [
            {"target": _place_of(copy.target), "attachments": files} for copy, files in zip(copies, lists, strict=True)
        ],
    }


def _place_of(slot: Slot) -> Json:
    record = slot.record
    return {"ddName": record.definition.name, "_id": record.key, "valuePath": slot.path}


ALL = "v2/documents/copyAttachments"
urlpatterns = [
    path(ALL, door(POST=copied, PUT=copied)),
    path(f"{attachments.CORE}/copy", door(POST=copied_from, PUT=copied_from)),
]
