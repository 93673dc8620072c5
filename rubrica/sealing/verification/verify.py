"""Verification of any PDF: is it whole, did this installation seal it, and what did the seal cover.

The answer is that of contract/own.md §4. A validator that stumbles means "not verified", never an error: half of the
known shadow attacks make validators raise.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from rubrica.sealing import sandbox
from rubrica.sealing.values import Level, Refusal
from rubrica.sealing.verification.examining import examined
from rubrica.sealing.verification.findings import Found, with_sentences
from rubrica.sealing.verification.trust import Trust
from rubrica.sealing.writing.manifest import read as read_manifest

SECONDS = 60.0  # the analysis of later changes grows faster than linearly: 25 signatures on 200 pages take 5 s
MEGABYTES = 2048
MAX_SIGNATURES = 100
NOTHING: dict[str, Any] = {
    "intact": False, "sealed_by_us": False, "level": None, "signatures": [], "changes_after_seal": None,
    "process": None, "files": [],
}  # fmt: skip


def verify(
    path: Path,
    anchors: Sequence[x509.Certificate],
    *,
    stamp_anchors: Sequence[x509.Certificate] = (),
    published: bool = False,
) -> dict[str, Any]:
    """The answer of contract/own.md §4 on the PDF at ``path``, trusting ``anchors`` and nothing else. Never raises.

    ``intact``: the seal (the last signature that is not a timestamp) and all after it are sound, the last one covers
    the whole file, and nothing but validation data and archive timestamps was added after the seal. ``process`` and
    ``files`` are given only for an intact file under a seal of ours. Sentences are in the active language.

    ``stamp_anchors`` are trusted for timestamps too, and for nothing else. ``published``: the caller has found the
    file's SHA-256 among those that this installation has sealed and checked, so its bytes are not hashed again.
    """
    trusted, for_stamps = ([one.public_bytes(Encoding.DER) for one in some] for some in (anchors, stamp_anchors))
    try:
        found = sandbox.run(
            verify_here, str(path), trusted, for_stamps, published, seconds=SECONDS, megabytes=MEGABYTES
        )
    except (Refusal, OSError):
        return copy.deepcopy(NOTHING)
    return with_sentences(found)


def verify_here(
    path: str, anchors: list[bytes], stamp_anchors: Sequence[bytes] = (), published: bool = False
) -> dict[str, Any]:
    """``verify`` without the sandbox around it, and with codes only."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    with open(path, "rb") as file:
        try:
            reader = PdfFileReader(file, strict=False)
            embedded = list(reader.embedded_signatures)[-MAX_SIGNATURES:]
            trust = Trust.of(reader, anchors, stamp_anchors)
            return _verdict(_all_examined(embedded, trust, Path(path), published))
        except Exception:  # not a PDF that can be read: nothing about it is verified
            return copy.deepcopy(NOTHING)


def _all_examined(embedded: Sequence[Any], trust: Trust, path: Path, published: bool) -> list[Found]:
    """From the newest backwards: what a trusted timestamp covers existed at its time, and is judged as of then."""
    moment: datetime | None = None
    found: list[Found] = []
    for signature in reversed(embedded):
        one = examined(signature, trust, moment, path, published)
        if one.kind == "timestamp" and one.timestamp and one.intact and one.trusted:
            moment = one.timestamp.at
        found.insert(0, one)
    return found


def _verdict(found: list[Found]) -> dict[str, Any]:
    seals = [signature for signature in found if signature.kind != "timestamp"]
    if not seals:
        return {**copy.deepcopy(NOTHING), "signatures": [signature.answer() for signature in found]}
    seal = seals[-1]
    since = found[found.index(seal) :]
    for signature in seals:
        signature.level = _level(signature, found[found.index(signature) + 1 :])
    answer = {**copy.deepcopy(NOTHING), "signatures": [signature.answer() for signature in found]}
    answer["changes_after_seal"] = [change.answer() for change in seal.changes if not change.is_harmless] or None
    answer["intact"] = (
        all(signature.intact for signature in since) and found[-1].covers_whole_file and not seal.is_changed
    )
    answer["sealed_by_us"] = seal.intact and seal.trusted
    answer["level"] = seal.level
    if answer["sealed_by_us"] and answer["intact"]:
        answer.update(_sealed_content(seal))
    return answer


def _level(signature: Found, later: Sequence[Found]) -> Level | None:
    """ETSI EN 319 142-1 §6: a timestamp of the signature or of the document makes B-T, data about revocation for the
    chain B-LT, and a document timestamp over all of that B-LTA."""
    stamps = [one for one in later if one.kind == "timestamp" and one.intact]
    if not signature.intact:
        return None
    if not stamps and not (signature.timestamp and signature.timestamp.intact):
        return "B-B"
    if not signature.is_accounted_for:
        return "B-T"
    return "B-LTA" if stamps and stamps[-1].covers_whole_file else "B-LT"


def _sealed_content(seal: Found) -> dict[str, Any]:
    try:
        content = read_manifest(seal.signature) or {}
        files = [{key: file[key] for key in ("name", "sha256", "size")} for file in content.get("files", [])]
        process = content.get("process")
        return {"process": process and {**process, "document": content.get("document")}, "files": files}
    except Exception:  # a manifest that does not read as ours is not reported
        return {}
