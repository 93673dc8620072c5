"""What a signature looks like on the page: the drawing or typed name, and beneath it who, when and which reference."""

import hashlib
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rubrica.sealing.values import Appearance, Box, FilledField, SealedParticipant

TEXT_LIMIT = 400
LONG_WORD = 22  # letters; a longer one without a space in it (a file name, a digest) may be broken
STRETCH = 4  # letters that stay together in such a word
BREAK = "\u200b"
JOINERS = "\u200c\u200d"  # needed inside Persian and Indic words and in emoji


@dataclass
class Drawings:
    """The images of one seal, written once each into the folder that typst reads."""

    folder: Path
    names: dict[bytes, str] = field(default_factory=dict)

    def describe(self, appearance: Appearance, fallback: str) -> dict[str, str | None]:
        """``{"image": file name or None, "text": str}`` as evidence.typ draws it."""
        if appearance.image is None:
            return {"image": None, "text": clean(appearance.text) or clean(fallback)}
        key = hashlib.sha256(appearance.image).digest()
        if key not in self.names:
            self.names[key] = f"{len(self.names)}.png"
            (self.folder / self.names[key]).write_bytes(appearance.image)
        return {"image": self.names[key], "text": ""}


def stamp(participant: SealedParticipant, box: Box, drawings: Drawings) -> dict[str, Any]:
    """One stamp as evidence.typ takes it: size in points, drawing, and the lines beneath."""
    appearance = participant.appearance or Appearance()
    acted_at = moment(participant.acted_at)
    lines = [clean(participant.name), acted_at, clean(participant.reference)]
    return {"w": box.w, "h": box.h, "lines": lines, **drawings.describe(appearance, participant.name)}


def field_stamp(participant: SealedParticipant, field: FilledField, drawings: Drawings) -> dict[str, Any]:
    """What a field shows: a text in as many lines as were written, a tick, or initials as a signature is drawn."""
    shown = {"w": field.w, "h": field.h, "field": field.kind}
    if field.kind == "initials":
        return shown | drawings.describe(participant.initials or Appearance(), field.value or participant.name)
    lines = (field.value or "").split("\n") if field.kind != "checkbox" else []
    return shown | {"lines": [clean(line, TEXT_LIMIT * 3) for line in lines]}


def moment(time: datetime | None) -> str:
    """``2026-11-21 22:10:05 UTC``, or nothing."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if time else ""


def clean(text: str, limit: int = TEXT_LIMIT) -> str:
    """One line that can be printed: no control, no direction override, no half of a surrogate pair."""
    if len(text) <= limit and text.isprintable():
        return text.strip()  # most are, and need no look at each letter
    printable = (
        letter if letter in JOINERS or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Cn", "Co"} else " "
        for letter in text[: limit * 2]
    )
    line = " ".join("".join(printable).split(" ")).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"


class Whole(str):
    """A text whose length is known and fits: a digest."""


def breakable(value: Any) -> Any:
    """The same texts with invisible places to break a line at in their long words."""
    if isinstance(value, Whole):
        return value
    if isinstance(value, str):
        return " ".join(_with_breaks(word) for word in value.split(" ")) if len(value) > LONG_WORD else value
    if isinstance(value, dict):
        return {key: breakable(item) for key, item in value.items()}
    return [breakable(item) for item in value] if isinstance(value, list | tuple) else value


def _with_breaks(word: str) -> str:
    """Never before a combining mark or a joiner, which belong to the letter before them."""
    if len(word) <= LONG_WORD:
        return word
    parts, run = [], 0
    for letter in word:
        run += 1
        if run > STRETCH and not unicodedata.combining(letter) and letter not in JOINERS:
            parts.append(BREAK)
            run = 1
        parts.append(letter)
    return "".join(parts)
