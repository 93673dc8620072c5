"""Checking a detached CMS signature over a digest, as ``cms.sign_digest`` makes them outside of any PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from asn1crypto import cms, tsp  # noqa: F401 - tsp teaches cms the attribute that names the certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from rubrica.sealing.levels import chain, token


class Unsound(Exception):
    """The signature does not hold; the text says why."""


def check(signature: bytes, digest: bytes, anchors: Sequence[x509.Certificate]) -> datetime:
    """When it was signed, by a certificate that was valid then and leads to one of ``anchors``.

    Raises Unsound, also for whatever is no signature.
    """
    try:
        return _check(signature, digest, anchors)
    except Unsound:
        raise
    except Exception as error:  # whatever a reader stumbles over, the signature is not good
        raise Unsound(f"{type(error).__name__}: {error}"[:300]) from error


def _check(signature: bytes, digest: bytes, anchors: Sequence[x509.Certificate]) -> datetime:
    signed = cms.ContentInfo.load(signature, strict=True)["content"]
    certificates = [x509.load_der_x509_certificate(item.chosen.dump()) for item in signed["certificates"]]
    (signer,) = signed["signer_infos"]
    serial = signer["sid"].chosen["serial_number"].native
    leaf = next(certificate for certificate in certificates if certificate.serial_number == serial)
    attributes = {item["type"].native: item["values"][0] for item in signer["signed_attrs"]}
    if attributes["message_digest"].native != digest:
        raise Unsound("it is over something else")
    if attributes["signing_certificate_v2"]["certs"][0]["cert_hash"].native != leaf.fingerprint(hashes.SHA256()):
        raise Unsound("it names another certificate")
    _verify(leaf, signer)
    above = chain.ordered(leaf, [*certificates, *anchors])
    if not any(certificate in anchors for certificate in above):
        raise Unsound("its certificate does not come from this installation")
    at: datetime = attributes["signing_time"].native
    if not all(one.not_valid_before_utc <= at <= one.not_valid_after_utc for one in above):
        raise Unsound("its certificate was not valid at that time")
    return at


def _verify(leaf: x509.Certificate, signer: Any) -> None:
    """Raises InvalidSignature."""
    value, data = signer["signature"].native, signer["signed_attrs"].untag().dump()
    public = leaf.public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        public.verify(value, data, ec.ECDSA(hashes.SHA256()))
    elif isinstance(public, rsa.RSAPublicKey):
        public.verify(value, data, padding.PKCS1v15(), hashes.SHA256())
    else:
        raise Unsound("its key is of an unknown kind")


def check_timestamp(stamp: bytes, digest: bytes) -> datetime:
    """The time that an RFC 3161 token states for a SHA-256 digest. Raises Unsound."""
    try:
        found = token.read(stamp)
        stated = cms.ContentInfo.load(stamp)["content"]["encap_content_info"]["content"].parsed["message_imprint"]
        if stated["hashed_message"].native != digest:
            raise Unsound("it is over something else")
    except Unsound:
        raise
    except Exception as error:  # as above
        raise Unsound(f"{type(error).__name__}: {error}"[:300]) from error
    return found.at
