"""The evidence pages and the stamps of one seal, typeset in one run by typst.

Only typst's own fonts are used, so that the same order gives the same pages on every machine; a letter none of them
has is printed as an empty box, and the manifest keeps the name as it was written.
"""

import functools
import hashlib
import json
import logging
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rubrica.sealing.appearance import Drawings, clean, moment, stamp
from rubrica.sealing.values import Box, Seal, SealedFile, SealedParticipant
from rubrica.sealing.wording import words

logger = logging.getLogger(__name__)

TEMPLATE = Path(__file__).with_name("evidence.typ")


@dataclass(frozen=True)
class Placement:
    """A box and the page of the typeset file (from 0) that is its stamp."""

    box: Box
    stamp: int


@dataclass(frozen=True)
class Typeset:
    """A PDF of ``stamps`` stamp pages followed by the evidence pages, and where each stamp goes."""

    pdf: bytes
    stamps: int
    placements: tuple[Placement, ...]


def typeset(order: Seal, original_bytes: int | None) -> Typeset:
    """Stamps and evidence pages of ``order``.

    ``original_bytes`` is the length of the document as sent when the sealed file begins with it unchanged, else None.
    """
    with tempfile.TemporaryDirectory(prefix="rubrica-seal-") as folder:
        drawings = Drawings(Path(folder))
        stamps, placements = _stamps(order.participants, drawings)
        data = {"stamps": stamps, **_evidence(order, drawings, original_bytes)}
        return Typeset(_compiled(data, folder), len(stamps), tuple(placements))


def _stamps(people: Sequence[SealedParticipant], drawings: Drawings) -> tuple[list[dict[str, Any]], list[Placement]]:
    """A stamp is drawn once for each person and box size, however many pages it goes on."""
    stamps: list[dict[str, Any]] = []
    placements: list[Placement] = []
    for person in people:
        drawn: dict[tuple[float, float], int] = {}
        for box in person.boxes:
            size = (box.w, box.h)
            if size not in drawn:
                drawn[size] = len(stamps)
                stamps.append(stamp(person, box, drawings))
            placements.append(Placement(box, drawn[size]))
    return stamps, placements


def _compiled(data: dict[str, Any], folder: str) -> bytes:
    """The PDF; a text that the typesetter cannot take must not keep a signed contract open, so it is made plain."""
    import typst

    try:
        return _compile(json.dumps(data), folder)
    except typst.TypstError:
        logger.exception("Typesetting the evidence failed; plain letters are used instead")
        plain = json.dumps(data, ensure_ascii=False).encode("latin-1", "replace").decode("latin-1")
        return _compile(plain, folder)


def _compile(data: str, folder: str) -> bytes:
    import typst

    compiler = typst.Compiler(_template(), root=folder, font_paths=_fonts(), ignore_system_fonts=True)
    pdf: Any = compiler.compile(format="pdf", sys_inputs={"data": data}, pdf_tags=False)
    return bytes(pdf)


@functools.cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()


@functools.cache
def _fonts() -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False)


def _evidence(order: Seal, drawings: Drawings, original_bytes: int | None) -> dict[str, Any]:
    text = words(order.language)
    return {
        "text": text,
        "language": order.language.split("-", 1)[0].lower(),
        "organization": clean(order.organization),
        "name": clean(order.document_name),
        "process": clean(order.process_name),
        "package": clean(order.process_id),
        "code": clean(order.document_code),
        "sha256": order.document_sha256,
        "finished_at": moment(order.finished_at),
        "sealed_at": moment(order.sealed_at),
        "level": "PAdES B-B",
        "participants": [_person(person, text, drawings) for person in order.participants],
        "files": [_file(file, text) for file in order.files],
        "verify": _verify(order, text, original_bytes),
    }


def _person(person: SealedParticipant, text: dict[str, str], drawings: Drawings) -> dict[str, Any]:
    signs = person.role == "signer" and person.acted_at is not None and person.appearance is not None
    consent = person.consent.encode("utf-8", "replace")
    return {
        "name": clean(person.name),
        "email": clean(person.email),
        "order": person.order,
        "state": text[person.role if person.acted_at else f"{person.role}_pending"],
        "acted_at": moment(person.acted_at),
        "ip": clean(person.ip),
        "user_agent": clean(person.user_agent, 300),
        "checks": ", ".join(text.get(check, clean(check)) for check in person.checks),
        "reference": clean(person.reference),
        "consent": clean(person.consent, 4000),
        "consent_sha256": hashlib.sha256(consent).hexdigest(),
        "drawing": drawings.describe(person.appearance, person.name) if signs and person.appearance else None,
    }


def _file(file: SealedFile, text: dict[str, str]) -> dict[str, Any]:
    return {
        "slot": clean(file.slot),
        "participant": clean(file.participant),
        "name": clean(file.name),
        "size": f"{file.size:,} bytes".replace(",", "\u202f"),
        "sha256": file.sha256,
        "submitted_at": moment(file.submitted_at),
        "decided_by": clean(file.decided_by),
        "decided_at": moment(file.decided_at),
        "decision": file.decision,
        "state": text[file.decision or "undecided"],
    }


def _verify(order: Seal, text: dict[str, str], original_bytes: int | None) -> list[str]:
    sentences = [text["verify_tool"]]
    if order.verify_url:
        sentences.append(text["verify_url"].format(url=clean(order.verify_url)))
    if original_bytes is not None:
        sentences.append(text["verify_prefix"].format(size=f"{original_bytes:,}".replace(",", "\u202f")))
    sentences.append(text["verify_files"])
    return sentences
