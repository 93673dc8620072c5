"""Texts and JSON without the words that name a person."""

import re
from collections.abc import Iterable
from typing import Any

from rubrica.processes.models import Event, chain
from rubrica.web.text import searchable

GONE = "—"  # in the place of a name: every language reads it as nothing
# Letters of scripts that put no blanks between words, or hang endings on them: Thai to Tibetan, Burmese, Hangul, Khmer,
# and what Chinese and Japanese are written in.
UNSPACED = (
    "\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u30ff\u3100-\u318f"
    "\u31a0-\u31ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc"
    "\U00020000-\U0003ffff"
)
IN_UNSPACED = re.compile(f"[{UNSPACED}]")
SPACED = rf"[^\W{UNSPACED}]"  # a letter or digit beside which a name would be part of a longer word


def text(value: str, words: Iterable[str]) -> str:
    """With a dash for each, in whatever case it is written, and where it stands for itself."""
    for word in words:
        value = re.sub(_standing(word), GONE, value, flags=re.IGNORECASE)
    return value


def json(value: Any, words: list[str], whole: Iterable[str] = ()) -> Any:
    """However deep. Names of members stay. ``whole`` are texts that go only where they are all that is said."""
    alone = {one.casefold() for one in whole}
    if isinstance(value, str):
        return GONE if value.strip().casefold() in alone else text(value, words)
    if isinstance(value, list):
        return [json(one, words, alone) for one in value]
    if isinstance(value, dict):
        return {name: json(one, words, alone) for name, one in value.items()}
    return value


def search_words(value: str, words: Iterable[str]) -> str:
    """What a process is found by, without any of these, however short; in unspaced scripts also inside of a word."""
    gone = {part for word in words for part in searchable(word).split()}
    kept = [part for part in value.split(" ") if part not in gone]
    return " ".join(_around(part, gone) if IN_UNSPACED.search(part) else part for part in kept)


def _around(found: str, gone: set[str]) -> str:
    for part in sorted(gone, key=len, reverse=True):
        found = re.sub(_standing(part), " ", found)
    return " ".join(found.split())


def _standing(word: str) -> str:
    """Where it is no part of a longer word, as far as the script tells; one letter alone must stand alone."""
    if len(word) == 1:
        return rf"(?<!\w){re.escape(word)}(?!\w)"
    before = "" if IN_UNSPACED.match(word[0]) else f"(?<!{SPACED})"
    after = "" if IN_UNSPACED.match(word[-1]) else f"(?!{SPACED})"
    return f"{before}{re.escape(word)}{after}"


def names(value: Any, words: Iterable[str]) -> bool:
    """Whether any of them stands in it."""
    whole = chain.as_json(value).decode()
    return any(re.search(_standing(word), whole, re.IGNORECASE) for word in words)


def event(found: Event, erasure: str, *, actor: bool, data: bool) -> None:
    """Takes out of an event who acted, or what else tells of a person; its hash goes on binding what was there.

    An event of the first form has everything in clear under its hash, so both go at once, and the statement of the
    erasure vouches for the hash.
    """
    if found.salt is None:
        actor = data = True
    of_actor, of_data = chain.commitments(found)
    found.erased = {**(found.erased or {}), "erasure": erasure}
    half, salt = chain.SALT_BYTES // 2, bytes(found.salt or b"")
    if actor:
        found.erased |= {"actor": of_actor} if found.salt is not None else {}
        found.actor = found.actor_name = found.ip = found.user_agent = ""
        salt = bytes(half) + salt[half:]
    if data:
        found.erased |= {"data": of_data} if found.salt is not None and of_data else {}
        found.data = {name: value if name in chain.IMPERSONAL else "" for name, value in found.data.items()}
        salt = salt[:half] + bytes(half)
    found.salt = salt if found.salt is not None else None
    # By the process too, which says in which part of the table it lies.
    Event.objects.filter(pk=found.pk, process_id=found.process_id).update(
        **{name: getattr(found, name) for name in ("actor", "actor_name", "ip", "user_agent", "data", "salt", "erased")}
    )
