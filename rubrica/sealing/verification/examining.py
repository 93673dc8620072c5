"""One signature of a PDF, examined by pyHanko: is it sound, whose is it, since when, and what came after it.

Whatever cannot be established counts against the signature: half of the known shadow attacks make validators raise.
"""

from __future__ import annotations

import hashlib
import mmap
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rubrica.sealing.pdf.objects import entry
from rubrica.sealing.verification.changes import changes_since
from rubrica.sealing.verification.envelope import is_tight
from rubrica.sealing.verification.findings import Change, Found, Stamp
from rubrica.sealing.verification.trust import Trust

WEAK = {"md2", "md5", "sha1"}  # two documents can be made that have the same digest
LONGEST_CHAIN = 16
GAP = 1 << 22  # bytes; a signature with many timestamps and certificates has some ten thousand


def examined(embedded: Any, trust: Trust, moment: datetime | None, path: Path, published: bool) -> Found:
    """One signature's state, its chain judged at ``moment`` (None: now).

    ``published`` says that the whole file is known to be one that this installation has sealed, checked and given
    out, byte for byte; then its bytes are not hashed again.
    """
    found = Found(field=str(embedded.field_name), kind=_kind(embedded), signature=embedded.sig_object)
    try:
        certificate = embedded.signer_cert
        found.signer, found.signed_at = name_of(certificate), embedded.self_reported_timestamp
        found.digest = str(embedded.md_algorithm)
        _hash_ahead(embedded, path, published)
        _judge(found, embedded, trust, moment)
        found.changes = _changes(embedded, found, path)
    except Exception:  # pyHanko raises many things on hostile files; none of them is a verified signature
        found.intact = found.trusted = found.covers_whole_file = False
        found.changes = []
        found.problem = found.problem or ("unreadable", "")
    return found


def _judge(found: Found, embedded: Any, trust: Trust, moment: datetime | None) -> None:
    status = _status(embedded, found.kind, trust, moment)
    found.timestamp = _timestamp(status, found, embedded)
    if found.kind != "timestamp" and found.timestamp and found.timestamp.intact and found.timestamp.trusted:
        # It existed at that moment, so its certificates are judged then: they may have expired since.
        status = _status(embedded, found.kind, trust, found.timestamp.at)
    found.problem = _problem(status, embedded, found.timestamp) or _looseness(status, embedded, trust)
    found.intact = found.problem is None
    found.trusted = found.intact and bool(status.trusted)
    found.covers_whole_file = found.intact and status.coverage.name == "ENTIRE_FILE"
    chain = _chain(status, embedded, trust)
    found.chain = [name_of(certificate) for certificate in chain]
    found.trust_problem = None if found.trusted or not found.intact else (_distrust(status), "")
    found.is_accounted_for = trust.accounts_for(chain)


def name_of(certificate: Any) -> str:
    name = certificate.subject.native.get("common_name")
    return str(name[0] if isinstance(name, list) else name or certificate.subject.human_friendly)


def _hash_ahead(embedded: Any, path: Path, published: bool) -> None:
    """The digest of the signed bytes over the mapped file: the library reads it in steps of 4 KB.

    pyHanko looks here before it computes one; a byte range of another form is left to it.
    """
    start, gap, after, length = (int(number) for number in embedded.byte_range)
    algorithm = embedded.external_md_algorithm
    size = path.stat().st_size
    if start != 0 or not 0 < gap < after <= size or after + length > size:
        return
    if published and after + length == size:
        embedded.external_digests[algorithm] = _signed_digest(embedded)
        return
    digest = hashlib.new(algorithm)
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        memoryview(data) as view,
        view[:gap] as before,
        view[after : after + length] as behind,
    ):
        digest.update(before)
        digest.update(behind)
    embedded.external_digests[algorithm] = digest.digest()


def _signed_digest(embedded: Any) -> bytes:
    """What the signature says the digest is."""
    if embedded.sig_object_type == "/DocTimeStamp":
        token = embedded.signed_data["encap_content_info"]["content"].parsed
        return bytes(token["message_imprint"]["hashed_message"].native)
    values = {item["type"].native: item["values"][0] for item in embedded.signer_info["signed_attrs"]}
    return bytes(values["message_digest"].native)


def _status(embedded: Any, kind: str, trust: Trust, moment: datetime | None) -> Any:
    from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
    from pyhanko.sign.validation.settings import KeyUsageConstraints

    stamps = trust.context(trust.stamp_roots, moment)
    if kind == "timestamp":
        return validate_pdf_timestamp(embedded, stamps, skip_diff=True)
    # Either will do: many authorities give certificates for seals digitalSignature alone.
    usage = KeyUsageConstraints({"non_repudiation", "digital_signature"}, match_all_key_usages=False)
    return validate_pdf_signature(
        embedded, trust.context(trust.roots, moment), stamps, key_usage_settings=usage, skip_diff=True
    )


def _problem(status: Any, embedded: Any, timestamp: Stamp | None) -> tuple[str, str] | None:
    """Why the signature is not sound, or None."""
    if not status.intact:
        return ("changed", "")
    if not status.valid:
        return ("forged", "")
    if not _gap_is_the_signature(embedded):
        return ("gap", "")
    if str(status.md_algorithm).lower() in WEAK:
        return ("weak", str(status.md_algorithm))
    if timestamp is not None and not timestamp.intact:
        return ("timestamp", "")
    return None


def _looseness(status: Any, embedded: Any, trust: Trust) -> tuple[str, str] | None:
    """What we vouch for must be as it was made in what no signature covers, too; of strangers nothing is asked."""
    from asn1crypto import parser

    known = [one.dump() for one in (*trust.stamp_roots, *trust.certificates)]
    if status.trusted:
        contents: bytes = embedded.pkcs7_content
        own = embedded.sig_object_type != "/DocTimeStamp"
        if not is_tight(contents[: parser.peek(contents)], known, closed=own):
            return ("gap", "")
    inner = getattr(status, "timestamp_validity", None)
    if inner is not None and inner.trusted and not is_tight(_token(embedded), known, closed=False):
        return ("timestamp", "")
    return None


def _token(embedded: Any) -> bytes:
    """The timestamp inside a signature, as DER."""
    attributes = {item["type"].native: item["values"] for item in embedded.signer_info["unsigned_attrs"]}
    (token,) = attributes["signature_time_stamp_token"]
    return bytes(token.dump())


def _distrust(status: Any) -> str:
    """Why nobody vouches for the signer; the words of ETSI EN 319 102-1 in those of ``findings.PROBLEMS``."""
    if status.revocation_details is not None:
        return "revoked"
    indication = getattr(status.trust_problem_indic, "name", "")
    if "EXPIRED" in indication or "OUT_OF_BOUNDS" in indication or "NOT_YET_VALID" in indication:
        return "expired"
    if "REVOKED" in indication:
        return "revoked"
    if "NO_CERTIFICATE_CHAIN_FOUND" in indication or status.validation_path is None:
        return "unknown_issuer"
    return "not_for_signing" if "CHAIN_CONSTRAINTS" in indication else "chain"


def _timestamp(status: Any, found: Found, embedded: Any) -> Stamp | None:
    validity = status if found.kind == "timestamp" else getattr(status, "timestamp_validity", None)
    if validity is None:
        return None
    sound = bool(validity.intact and validity.valid)
    if found.kind == "timestamp":
        found.signed_at = validity.timestamp
    authority = name_of(validity.signing_cert)
    return Stamp(validity.timestamp.astimezone(UTC), authority, sound, sound and bool(validity.trusted))


def _chain(status: Any, embedded: Any, trust: Trust) -> list[Any]:
    """The certificates from the signer's upwards: up to a trusted root, else as far as the file itself leads."""
    if status.trusted and status.validation_path is not None:
        return list(reversed(list(status.validation_path.iter_certs(include_root=True))))
    others = [*embedded.other_embedded_certs, *trust.certificates, *trust.roots]
    chain = [embedded.signer_cert]
    while len(chain) < LONGEST_CHAIN and chain[-1].subject != chain[-1].issuer:
        above = [one for one in others if one.subject == chain[-1].issuer and one not in chain]
        if not above:
            break
        chain.append(above[0])
    return chain


def _changes(embedded: Any, found: Found, path: Path) -> list[Change]:
    """What was added after this signature. Harmless only where qpdf's comparison and pyHanko's analysis both say so."""
    if found.covers_whole_file:
        return []
    _start, _gap, after, length = (int(number) for number in embedded.byte_range)
    changes = changes_since(path, after + length)
    if all(change.is_harmless for change in changes) and not _library_agrees(embedded):
        changes.append(Change("other"))
    return changes


def _library_agrees(embedded: Any) -> bool:
    """It looks at every revision, so it also finds what one revision changes and the next one puts back."""
    from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult, ModificationLevel

    difference = embedded.evaluate_modifications(DEFAULT_DIFF_POLICY)
    return (
        isinstance(difference, DiffResult)
        and difference.modification_level.value <= ModificationLevel.LTA_UPDATES.value
    )


def _gap_is_the_signature(embedded: Any) -> bool:
    """Whether the only bytes left out are the signature's own hexadecimal digits, with nothing behind it but zeros."""
    from asn1crypto import parser

    _start, before, after, _length = (int(number) for number in embedded.byte_range)
    if not 0 < after - before < GAP:
        return False
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
