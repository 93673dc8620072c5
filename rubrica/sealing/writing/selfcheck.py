"""A second look at a file that was just sealed, in the sandbox, before anybody gets it.

It shares nothing with the writer: qpdf reads the file, asn1crypto the signature. Later changes need no analysis, as
full coverage means that there are none.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.utils.translation.trans_null import gettext_noop as _

from rubrica.sealing.pdf.reading import open_pdf
from rubrica.sealing.values import SealFailed

STAMP = "/Rubrica"  # how the names of our stamps begin in a page's resources


@dataclass(frozen=True)
class Expected:
    """What the sealed file must hold: this signature, this authority above it (both DER), pages, and stamps on some."""

    signature: bytes
    root: bytes
    pages: int
    stamped: tuple[int, ...]


@dataclass(frozen=True)
class Signed:
    """The newest signature as qpdf finds it in the file."""

    byte_range: tuple[int, ...]
    contents: bytes


class _Unsound(Exception):
    """What was found is not a good seal; the text says why."""


def check(path: str, expected: Expected) -> str:
    """The file's SHA-256 when its last signature is sound, trusted, covers all, and the pages add up.

    Raises ``SealFailed`` SELF_CHECK.
    """
    try:
        signed = _read(path, expected)
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            whole, covered = _digests(data, signed)
        if signed.contents != expected.signature.ljust(len(signed.contents), b"\0"):
            raise _Unsound(_("The new seal does not validate."))
        _check_signature(expected.signature, covered, expected.root)
    except _Unsound as problem:
        raise SealFailed("SELF_CHECK", str(problem)) from problem
    except Exception as error:  # whatever a reader stumbles over, the seal is not good
        raise SealFailed("SELF_CHECK", f"{type(error).__name__}: {error}"[:500]) from error
    return whole


def _read(path: str, expected: Expected) -> Signed:
    with open_pdf(Path(path)) as pdf:
        if len(pdf.pages) != expected.pages:
            raise _Unsound(_("The sealed document has lost pages."))
        for number in expected.stamped:
            forms = pdf.pages[number - 1].obj.Resources.XObject
            if not any(name.startswith(STAMP) for name in forms.keys()):  # noqa: SIM118 - pikepdf's are no mapping
                raise _Unsound(_("A stamp of the sealed document is on another page."))
        value = pdf.Root.AcroForm.Fields[-1].V
        return Signed(tuple(int(number) for number in value.ByteRange), bytes(value.Contents))


def _digests(data: mmap.mmap, signed: Signed) -> tuple[str, bytes]:
    """SHA-256 of the whole file and of the bytes signed, in one pass; the gap must be the signature and no more."""
    start, gap, after, length = signed.byte_range
    if start != 0 or not 0 < gap < after or after + length != len(data):
        raise _Unsound(_("The new seal does not cover the whole file."))
    if data[gap:after].upper() != b"<" + signed.contents.hex().upper().encode() + b">":
        raise _Unsound(_("The new seal does not cover the whole file."))
    with memoryview(data) as view, view[:gap] as before, view[gap:after] as hole, view[after:] as behind:
        covered = hashlib.sha256(before)
        whole = covered.copy()
        covered.update(behind)
        whole.update(hole)
        whole.update(behind)
    return whole.hexdigest(), covered.digest()


def _check_signature(contents: bytes, digest: bytes, root: bytes) -> None:
    from asn1crypto import cms, tsp  # noqa: F401 - tsp teaches cms the attribute that names the certificate
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    signed = cms.ContentInfo.load(contents)["content"]
    certificates = [x509.load_der_x509_certificate(item.chosen.dump()) for item in signed["certificates"]]
    (signer,) = signed["signer_infos"]
    leaf = _signer(signer, certificates)
    attributes = {item["type"].native: item["values"][0] for item in signer["signed_attrs"]}
    if attributes["message_digest"].native != digest:
        raise _Unsound(_("The new seal does not validate."))
    binding = attributes["signing_certificate_v2"]["certs"][0]["cert_hash"].native
    if binding != leaf.fingerprint(hashes.SHA256()):
        raise _Unsound(_("The new seal does not validate."))
    _verify(leaf, signer["signature"].native, signer["signed_attrs"].untag().dump())
    _check_chain(leaf, certificates, x509.load_der_x509_certificate(root))


def _signer(signer: Any, certificates: Sequence[Any]) -> Any:
    wanted = signer["sid"].chosen["serial_number"].native
    return next(certificate for certificate in certificates if certificate.serial_number == wanted)


def _verify(leaf: Any, signature: bytes, data: bytes) -> None:
    """Raises InvalidSignature."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey

    public = leaf.public_key()
    if isinstance(public, EllipticCurvePublicKey):
        public.verify(signature, data, ECDSA(hashes.SHA256()))
    else:
        public.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())


def _check_chain(leaf: Any, certificates: Sequence[Any], root: Any) -> None:
    """Each certificate is valid today and issued by the next, up to ``root``; raises where one is not."""
    now = datetime.now(UTC)
    for _step in range(len(certificates) + 1):
        if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
            raise _Unsound(_("The certificate of the seal is not valid today."))
        if leaf == root:
            return
        above = [item for item in [root, *certificates] if item.subject == leaf.issuer and item != leaf]
        leaf.verify_directly_issued_by(above[0])
        leaf = above[0]
    raise _Unsound(_("The new seal does not validate."))
