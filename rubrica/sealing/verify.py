"""Verification of any PDF: is it whole, did this installation seal it, and what did the seal cover.

The answer is that of contract/own.md §4. A validator that stumbles means "not verified", never an error: half of the
known shadow attacks make validators raise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing import sandbox
from rubrica.sealing.manifest import read as read_manifest
from rubrica.sealing.objects import entry
from rubrica.sealing.values import Level, Refusal

SECONDS = 60.0  # the analysis of later changes grows faster than linearly: 25 signatures on 200 pages take 5 s
MEGABYTES = 2048
MAX_SIGNATURES = 100
NOTHING: dict[str, Any] = {
    "intact": False, "sealed_by_us": False, "level": None, "signatures": [], "changes_after_seal": None,
    "process": None, "files": [],
}  # fmt: skip


@dataclass(eq=False)
class Found:
    """One signature with everything the verdict needs."""

    field: str
    kind: str  # certification, approval or timestamp
    signer: str
    signed_at: datetime | None
    intact: bool
    trusted: bool
    covers_whole_file: bool
    timestamped: bool
    changes: str | None  # what was changed after it, or None where nothing or only validation data was
    signature: Any  # the signature dictionary

    def answer(self) -> dict[str, Any]:
        return {
            "field": self.field,
            "kind": self.kind,
            "signer": self.signer,
            "signed_at": self.signed_at.astimezone(UTC).isoformat().replace("+00:00", "Z") if self.signed_at else None,
            "intact": self.intact,
            "trusted": self.trusted,
            "covers_whole_file": self.covers_whole_file,
        }


def verify(path: Path, anchors: Sequence[x509.Certificate]) -> dict[str, Any]:
    """The answer of contract/own.md §4 on the PDF at ``path``, trusting ``anchors`` and nothing else. Never raises.

    ``intact``: the seal (the last signature that is not a timestamp) and all after it are sound, the last one covers
    the whole file, and nothing but validation data was added after the seal. ``process`` and ``files`` are given only
    where an intact seal of ours covers them.
    """
    trusted = [anchor.public_bytes(Encoding.DER) for anchor in anchors]
    try:
        return sandbox.run(verify_here, str(path), trusted, seconds=SECONDS, megabytes=MEGABYTES)
    except (Refusal, OSError):
        return dict(NOTHING)


def verify_here(path: str, anchors: list[bytes]) -> dict[str, Any]:
    """``verify`` without the sandbox around it."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    with open(path, "rb") as file:
        try:
            reader = PdfFileReader(file, strict=False)
            embedded = list(reader.embedded_signatures)[-MAX_SIGNATURES:]
        except Exception:  # not a PDF that can be read: nothing about it is verified
            return dict(NOTHING)
        found = [_examined(signature, anchors) for signature in embedded]
        return _verdict(reader, found)


def _verdict(reader: Any, found: list[Found]) -> dict[str, Any]:
    answer = {**NOTHING, "signatures": [signature.answer() for signature in found]}
    seals = [signature for signature in found if signature.kind != "timestamp"]
    if not seals:
        return answer
    seal = seals[-1]
    since = found[found.index(seal) :]
    answer["changes_after_seal"] = seal.changes
    answer["intact"] = (
        all(signature.intact for signature in since) and found[-1].covers_whole_file and seal.changes is None
    )
    answer["sealed_by_us"] = seal.intact and seal.trusted
    if seal.intact:
        answer["level"] = _level(reader, seal, found)
    if answer["sealed_by_us"] and seal.changes is None:
        answer.update(_sealed_content(seal))
    return answer


def _sealed_content(seal: Found) -> dict[str, Any]:
    try:
        content = read_manifest(seal.signature) or {}
        files = [{key: file[key] for key in ("name", "sha256", "size")} for file in content.get("files", [])]
        process = content.get("process")
        return {"process": process and {**process, "document": content.get("document")}, "files": files}
    except Exception:  # a manifest that does not read as ours is not reported
        return {}


def _examined(embedded: Any, anchors: list[bytes]) -> Found:
    """One signature's state; whatever cannot be established counts against it."""
    found = Found(
        field=str(embedded.field_name), kind=_kind(embedded), signer="", signed_at=None, intact=False, trusted=False,
        covers_whole_file=False, timestamped=False, changes=_("The signature cannot be read."),
        signature=embedded.sig_object,
    )  # fmt: skip
    try:
        found.signer = _common_name(embedded.signer_cert)
        found.signed_at = embedded.self_reported_timestamp
        status = _status(embedded, found.kind, anchors)
        found.intact = status.intact and status.valid and _gap_is_the_signature(embedded)
        found.trusted = status.trusted
        found.covers_whole_file = found.intact and status.coverage.name == "ENTIRE_FILE"
        timestamp = getattr(status, "timestamp_validity", None)
        found.timestamped = timestamp is not None and timestamp.valid and timestamp.intact
        found.changes = _changes(embedded)
    except Exception:  # pyHanko raises many things on hostile files; none of them is a verified signature
        found.intact = found.trusted = found.covers_whole_file = False
    return found


def _status(embedded: Any, kind: str, anchors: list[bytes]) -> Any:
    from asn1crypto import x509 as asn1_x509
    from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
    from pyhanko_certvalidator import ValidationContext

    # Roots are always named: the system's trust list is read through oscrypto, which fails on OpenSSL 3.0.19.
    roots = [asn1_x509.Certificate.load(anchor) for anchor in anchors]
    context = ValidationContext(trust_roots=roots, allow_fetching=False)
    if kind == "timestamp":
        return validate_pdf_timestamp(embedded, context)
    return validate_pdf_signature(embedded, context)


def _changes(embedded: Any) -> str | None:
    """None where nothing was added after this signature, or only data for long-term validation."""
    from pyhanko.sign.diff_analysis import ModificationLevel, SuspiciousModification

    difference = embedded.diff_result
    if isinstance(difference, SuspiciousModification):
        return str(difference)[:500] or _("The file was changed after it was signed.")
    level = difference.modification_level
    if level <= ModificationLevel.LTA_UPDATES:
        return None
    return {
        ModificationLevel.FORM_FILLING: _("Form fields were filled in or signatures added."),
        ModificationLevel.ANNOTATIONS: _("Comments were added."),
    }.get(level, _("The file was changed after it was signed."))


def _gap_is_the_signature(embedded: Any) -> bool:
    """Whether the only bytes left out are the signature's own hexadecimal digits, with nothing behind it but zeros."""
    from asn1crypto import parser

    _start, before, after, _length = (int(number) for number in embedded.byte_range)
    stream = embedded.reader.stream
    stream.seek(before)
    gap = stream.read(after - before)
    contents: bytes = embedded.pkcs7_content
    digits = contents.hex().encode()
    der = parser.peek(contents)
    return gap in {b"<" + digits + b">", b"<" + digits.upper() + b">"} and not any(contents[der:])


def _kind(embedded: Any) -> str:
    if embedded.sig_object_type == "/DocTimeStamp":
        return "timestamp"
    references = entry(embedded.sig_object, "/Reference") or ()
    if any(entry(reference.get_object(), "/TransformMethod") == "/DocMDP" for reference in references):
        return "certification"
    return "approval"


def _common_name(certificate: Any) -> str:
    subject = certificate.subject.native
    return str(subject.get("common_name") or certificate.subject.human_friendly)


def _level(reader: Any, seal: Found, found: list[Found]) -> Level:
    """ETSI EN 319 142-1 §6: a signature timestamp makes B-T, a DSS B-LT, a document timestamp over that B-LTA."""
    if not seal.timestamped:
        return "B-B"
    if "/DSS" not in reader.root:
        return "B-T"
    last = found[-1]
    return "B-LTA" if last.kind == "timestamp" and last.intact and last.covers_whole_file else "B-LT"
