"""The evidence pages and the stamps of one seal, typeset in one run."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rubrica.sealing.filled import told
from rubrica.sealing.typeset.appearance import Drawings, Whole, breakable, clean, field_stamp, moment, stamp
from rubrica.sealing.typeset.qr import qr_code
from rubrica.sealing.typeset.typesetting import workshop
from rubrica.sealing.typeset.wording import words
from rubrica.sealing.values import Box, Seal, SealedCheck, SealedDocument, SealedFile, SealedParticipant

TEMPLATE = "evidence.typ"
HEADINGS = ("page", "participants", "files", "seal", "verify_title")  # what evidence.typ itself says
LONG_CONSENT = 1000  # characters, from which on a person may not fit on one page
TONES = {"approved": "good", "rejected": "bad", "": "open"}

Row = tuple[str, str, str]  # label, text, and how evidence.typ shows it: plain, small, faded or digest


@dataclass(frozen=True)
class Placement:
    """A box and the page of the typeset file (from 0) that is its stamp."""

    box: Box
    stamp: int


@dataclass(frozen=True)
class Typeset:
    """A PDF of ``stamps`` stamp pages followed by the evidence pages, and where each stamp goes.

    ``pdf`` is empty where nothing is to be added.
    """

    pdf: bytes
    stamps: int
    placements: tuple[Placement, ...]


def typeset(order: Seal, original_bytes: int | None) -> Typeset:
    """Stamps and evidence pages of ``order``; nothing where the document is evidence pages already.

    ``original_bytes`` is the length of the document as read when the sealed file begins with it unchanged, else None.
    """
    if order.is_evidence:
        return Typeset(b"", 0, ())
    with workshop() as shop:
        drawings = Drawings(shop.folder)
        stamps, placements = _stamps(order.participants, drawings)
        data = {"stamps": stamps, **breakable(_evidence(order, drawings, original_bytes))}
        return Typeset(shop.compiled(TEMPLATE, data), len(stamps), tuple(placements))


def evidence_document(order: Seal) -> bytes:
    """The evidence pages alone, for a process that has no document to append them to."""
    with workshop() as shop:
        drawings = Drawings(shop.folder)
        return shop.compiled(TEMPLATE, {"stamps": [], **breakable(_evidence(order, drawings, None))})


def _stamps(people: Sequence[SealedParticipant], drawings: Drawings) -> tuple[list[dict[str, Any]], list[Placement]]:
    """A stamp is drawn once for each person and box size, however many pages it goes on; so is what fields show."""
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
        alike: dict[tuple[float, float, str, str], int] = {}
        for field in person.fields:
            if field.value is None or field.document:
                continue
            look = (field.w, field.h, field.kind, field.value)
            if look not in alike:
                alike[look] = len(stamps)
                stamps.append(field_stamp(person, field, drawings))
            placements.append(Placement(field, alike[look]))
    return stamps, placements


def _evidence(order: Seal, drawings: Drawings, original_bytes: int | None) -> dict[str, Any]:
    text = words(order.language)
    return {
        "text": {name: text[name] for name in HEADINGS},
        "language": order.language.split("-", 1)[0].lower(),
        "organization": clean(order.organization),
        "title": order.document_name if order.is_evidence else text["title"],
        "name": "" if order.is_evidence else clean(order.document_name),
        "qr": qr_code(order.verify_url, drawings.folder),
        "footer": _footer(order, text),
        "facts": _facts(order, text),
        "participants": [_person(person, text, drawings) for person in order.participants],
        "files": [_file(number, file, text) for number, file in enumerate(order.files, start=1)],
        "seal": _seal(order, text),
        "verify": _verify(order, text, original_bytes),
    }


def _footer(order: Seal, text: dict[str, str]) -> str:
    codes = [f"{text['code']} {clean(order.document_code)}"] if order.document_code else []
    return " · ".join([f"{text['package']} {clean(order.process_id)}", *codes])


def _facts(order: Seal, text: dict[str, str]) -> list[Row]:
    return [
        (text["process"], clean(order.process_name), "plain"),
        (text["package"], clean(order.process_id), "plain"),
        (text["code"], clean(order.document_code), "plain"),
        (text["finished"], moment(order.finished_at), "plain"),
        (text["sealed"], moment(order.sealed_at), "plain"),
        (text["digest"], Whole("" if order.is_evidence else order.document_sha256), "digest"),
        (text["original"], Whole(order.original_sha256), "digest"),
        *(row for document in order.documents for row in _document(document, text)),
    ]


def _document(document: SealedDocument, text: dict[str, str]) -> list[Row]:
    return [
        (text["document"], f"{clean(document.name)} · {clean(document.code)}", "plain"),
        (text["digest"], Whole(document.sha256), "digest"),
        (text["original"], Whole(document.original_sha256), "digest"),
        (text["sealed_digest"], Whole(document.sealed_sha256), "digest"),
    ]


def _person(person: SealedParticipant, text: dict[str, str], drawings: Drawings) -> dict[str, Any]:
    signs = person.role == "signer" and person.acted_at is not None and person.appearance is not None
    consent = hashlib.sha256(person.consent.encode("utf-8", "replace")).hexdigest() if person.consent else ""
    return {
        "name": clean(person.name),
        "email": clean(person.email),
        "order": person.order,
        "state": text[person.role if person.acted_at else f"{person.role}_pending"],
        "tone": "good" if person.acted_at else "open",
        "acted_at": moment(person.acted_at),
        "facts": [
            (text["ip"], clean(person.ip), "small"),
            (text["user_agent"], clean(person.user_agent, 300), "faded"),
            (text["reference"], clean(person.reference), "small"),
            *(row for check in person.checks for row in _check(check, text)),
            *_fields(person, text),
            (text["consent_text"], clean(person.consent, 4000), "small"),
            ("SHA-256", Whole(consent), "digest"),
        ],
        "long": len(person.consent) + sum(len(field.value or "") + 60 for field in person.fields) > LONG_CONSENT,
        "drawing": drawings.describe(person.appearance, person.name) if signs and person.appearance else None,
    }


def _fields(person: SealedParticipant, text: dict[str, str]) -> Iterator[Row]:
    """``Field   City: Bogotá · Page 2``; what stands on several pages is one row."""
    for one in told(person.fields):
        kind = text[f"field_{one['kind']}"]
        name = clean(one["name"]) or f"{kind[:1].upper()}{kind[1:]}"
        pages = ", ".join(map(str, one["pages"]))
        where = " · ".join(part for part in (one["document"], f"{text['page']} {pages}") if part)
        yield text["field"], f"{name}: {_value(one, text)} · {where}", "small"


def _value(one: dict[str, Any], text: dict[str, str]) -> str:
    if one["kind"] == "checkbox":
        return text["ticked" if one["value"] else "not_ticked"]
    if one["value"] is None:
        return text["left_empty"]
    return clean(one["value"], 2000) or text["drawn"]


def _check(check: str | SealedCheck, text: dict[str, str]) -> list[Row]:
    """``Check   photograph · 2026-11-12 12:00:00 UTC · similarity 0.83``, and the digest of the picture beneath."""
    if isinstance(check, str):
        return [(text["check"], text.get(check, clean(check)), "small")]
    parts = [text.get(check.kind, clean(check.kind)), moment(check.at), clean(check.result)]
    row = (text["check"], " · ".join(part for part in parts if part), "small")
    return [row, ("SHA-256", Whole(check.sha256), "digest")]


def _file(number: int, file: SealedFile, text: dict[str, str]) -> dict[str, Any]:
    return {
        "number": str(number),
        "long": False,
        "slot": clean(file.slot),
        "participant": clean(file.participant),
        "name": clean(file.name),
        "size": f"{_spaced(file.size)} bytes",
        "state": text[file.decision or "undecided"],
        "tone": TONES[file.decision],
        "lines": [moment(file.decided_at), clean(file.decided_by)],
        "facts": [
            (text["submitted"], moment(file.submitted_at), "small"),
            ("SHA-256", Whole(file.sha256), "digest"),
        ],
    }


def _seal(order: Seal, text: dict[str, str]) -> list[Row]:
    rows: list[Row] = [(text["level"], text[f"level_{order.level}"], "plain")]
    if (certificate := order.certificate) is not None:
        valid = f"{certificate.not_before:%Y-%m-%d} – {certificate.not_after:%Y-%m-%d}"
        rows += [
            (text["certificate"], clean(certificate.subject), "plain"),
            (text["issuer"], clean(certificate.issuer), "plain"),
            (text["valid"], valid, "plain"),
            (text["serial"], certificate.serial, "digest"),
            (text["fingerprint"], Whole(certificate.sha256), "digest"),
        ]
    if order.chain_head:
        rows.append((text["chain"], text["events"].format(count=order.chain_length), "plain"))
        rows.append((text["chain_head"], Whole(order.chain_head), "digest"))
    return [*rows, (text["ledger"], clean(order.ledger), "digest")]


def _verify(order: Seal, text: dict[str, str], original_bytes: int | None) -> list[str]:
    sentences = []
    if order.verify_url:
        sentences.append(text["verify_url"].format(url=clean(order.verify_url)))
    sentences.append(text["verify_tool"])
    if original_bytes is not None and not order.is_evidence:
        sentences.append(text["verify_prefix"].format(size=_spaced(original_bytes)))
    sentences.append(text["verify_files"])
    if order.chain_head:
        sentences.append(text["verify_chain"].format(organization=clean(order.organization) or "Rubrica"))
    return sentences


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")
