"""What stands around a signature's value in its CMS object and is signed by nobody: versions, copies of certificates.

Validators read over most of it, so a byte changed there goes unnoticed. For the seals that we vouch for it does not:
everything must be as RFC 5652 and ETSI EN 319 122-1 want it, with nothing left over.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature

KNOWN_UNSIGNED = {"signature_time_stamp_token"}
LONGEST = 1 << 20  # bytes
DEEPEST = 64


def is_tight(contents: bytes, known: Sequence[bytes], *, closed: bool = True) -> bool:
    """Whether a CMS object (DER, padding removed) holds what it must and nothing else.

    ``known`` are certificates (DER) from elsewhere. ``closed``: every certificate inside has to be proven by another
    one, or by itself; a stranger's timestamp may carry some that lead nowhere.
    """
    from asn1crypto import cms

    try:
        if len(contents) > LONGEST or not _is_whole(contents):
            return False
        info = cms.ContentInfo.load(contents, strict=True)
        signed = info["content"]
        (signer,) = signed["signer_infos"]
        # Known attributes first: an unknown one could be a timestamp whose name was changed.
        unsigned = signer["unsigned_attrs"].native or []
        return (
            info["content_type"].native == "signed_data"
            and _has_right_versions(signed, signer, closed)
            and [item.dump() for item in signed["digest_algorithms"]] == [signer["digest_algorithm"].dump()]
            and not signed["crls"].native
            and {item["type"] for item in unsigned} <= KNOWN_UNSIGNED
            and (_names_its_certificate(signed, signer) or not closed)
            and _all_proven([item.chosen.dump() for item in signed["certificates"]], known, closed)
        )
    except Exception:  # whatever does not parse is not as it must be
        return False


def _is_whole(data: bytes, depth: int = 0) -> bool:
    """Whether ``data`` is DER values one after the other, each constructed one again made of such, none left over."""
    from asn1crypto import parser

    place = 0
    while place < len(data):
        kind, method, tag, _header, content, trailer = parser.parse(data[place : place + parser.peek(data[place:])])
        if (kind, tag) == (0, 0) or trailer or depth > DEEPEST:
            return False
        if method and not _is_whole(content, depth + 1):
            return False
        place += parser.peek(data[place:])
    return True


def _has_right_versions(signed: Any, signer: Any, closed: bool) -> bool:
    """RFC 5652 §§5.1, 5.3; some timestamp authorities write others."""
    versions = signed["version"].native, signer["version"].native
    return versions == ("v1", "v1") if closed else set(versions) <= {"v1", "v3"}


def _names_its_certificate(signed: Any, signer: Any) -> bool:
    """By issuer and number, letter for letter: libraries compare names without regard to case."""
    sid = signer["sid"]
    if sid.name != "issuer_and_serial_number":
        return False
    issuer, serial = sid.chosen["issuer"].dump(), sid.chosen["serial_number"].native
    certificates = [item.chosen for item in signed["certificates"]]
    return any(one.issuer.dump() == issuer and one.serial_number == serial for one in certificates)


def _all_proven(inside: Sequence[bytes], known: Sequence[bytes], closed: bool) -> bool:
    if len(set(inside)) != len(inside):
        return False
    certificates = [x509.load_der_x509_certificate(data) for data in inside]
    above = [*certificates, *(x509.load_der_x509_certificate(data) for data in known)]
    return all(_is_proven(data, one, above, known, closed) for data, one in zip(inside, certificates, strict=True))


def _is_proven(
    data: bytes, one: x509.Certificate, above: Sequence[x509.Certificate], known: Sequence[bytes], closed: bool
) -> bool:
    if data in known:
        return True
    issuers = [other for other in above if other.subject == one.issuer]
    if not issuers:
        return not closed
    return any(_is_issued(one, other) for other in issuers)


def _is_issued(one: x509.Certificate, other: x509.Certificate) -> bool:
    try:
        one.verify_directly_issued_by(other)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
