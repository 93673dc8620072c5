"""The evidence pages and the stamps of one seal, typeset in one run."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rubrica.sealing.appearance import Drawings, breakable, clean, moment, stamp
from rubrica.sealing.typesetting import workshop
from rubrica.sealing.values import Box, Seal, SealedCheck, SealedFile, SealedParticipant
from rubrica.sealing.wording import words

TEMPLATE = "evidence.typ"


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
    with workshop() as shop:
        drawings = Drawings(shop.folder)
        stamps, placements = _stamps(order.participants, drawings)
        data = {"stamps": stamps, **breakable(_evidence(order, drawings, original_bytes))}
        return Typeset(shop.compiled(TEMPLATE, data), len(stamps), tuple(placements))


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
        "original": order.original_sha256,
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
        "checks": "; ".join(_check(check, text) for check in person.checks),
        "reference": clean(person.reference),
        "consent": clean(person.consent, 4000),
        "consent_sha256": hashlib.sha256(consent).hexdigest(),
        "drawing": drawings.describe(person.appearance, person.name) if signs and person.appearance else None,
    }


def _check(check: str | SealedCheck, text: dict[str, str]) -> str:
    """``photograph (2026-11-12 12:00:00 UTC, similarity 0.83)``"""
    if isinstance(check, str):
        return text.get(check, clean(check))
    more = ", ".join(part for part in (moment(check.at), clean(check.result)) if part)
    return f"{text.get(check.kind, clean(check.kind))} ({more})" if more else text.get(check.kind, clean(check.kind))


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
