"""The signature's value: a PAdES B-B CMS object (ETSI EN 319 142-1 §5.3) over a digest, by a key kept in memory.

Between two signatures by one key only the digest and the signature differ, so all else is encoded once for each key.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from rubrica.sealing import der
from rubrica.sealing.values import SigningKey

CMS_OVERHEAD = 2048  # bytes: attributes, identifiers and a signature take about 700, with RSA-4096 about 1,200

DATA = der.oid("1.2.840.113549.1.7.1")
SIGNED_DATA = der.oid("1.2.840.113549.1.7.2")
CONTENT_TYPE = der.oid("1.2.840.113549.1.9.3")
MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.4")
SIGNING_CERTIFICATE_V2 = der.oid("1.2.840.113549.1.9.16.2.47")
SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"))
RSA = der.sequence(der.oid("1.2.840.113549.1.1.1"), der.NULL)
ECDSA_SHA256 = der.sequence(der.oid("1.2.840.10045.4.3.2"))
ONE = der.integer(1)


@dataclass(frozen=True)
class Fixed:
    """What is the same in every signature by one key."""

    signer_id: bytes
    attributes: tuple[bytes, ...]
    certificates: bytes
    algorithm: bytes


def reserved_digits(key: SigningKey) -> int:
    """Hexadecimal digits to keep free in the file for a signature by ``key``."""
    certificates = (key.certificate, *key.chain)
    return 2 * (CMS_OVERHEAD + sum(len(certificate.public_bytes(Encoding.DER)) for certificate in certificates))


def sign_digest(digest: bytes, key: SigningKey) -> bytes:
    """The DER of a detached CMS signature over a SHA-256 digest, with the chain inside; B-B, so without a timestamp."""
    fixed = _fixed(key)
    attributes = sorted((*fixed.attributes, _attribute(MESSAGE_DIGEST, der.octets(digest))))
    signature = _signature(der.tagged(0x31, *attributes), key)  # signed as a SET, stored as [0] (RFC 5652 §5.4)
    signer = der.sequence(
        ONE, fixed.signer_id, SHA256, der.tagged(0xA0, *attributes), fixed.algorithm, der.octets(signature)
    )
    signed = der.sequence(
        ONE, der.tagged(0x31, SHA256), der.sequence(DATA), fixed.certificates, der.tagged(0x31, signer)
    )
    return der.sequence(SIGNED_DATA, der.tagged(0xA0, signed))


def _signature(data: bytes, key: SigningKey) -> bytes:
    private = key.private_key
    if isinstance(private, EllipticCurvePrivateKey):
        return private.sign(data, ECDSA(hashes.SHA256()))
    return private.sign(data, padding.PKCS1v15(), hashes.SHA256())


@functools.lru_cache(maxsize=256)
def _fixed(key: SigningKey) -> Fixed:
    certificate = key.certificate.public_bytes(Encoding.DER)
    issuer = key.certificate.issuer.public_bytes()
    serial = der.integer(key.certificate.serial_number)
    # RFC 5035 §3: without it, the certificate could be exchanged for another one of the same key.
    issuer_serial = der.sequence(der.sequence(der.tagged(0xA4, issuer)), serial)
    certificate_id = der.sequence(der.octets(hashlib.sha256(certificate).digest()), issuer_serial)
    above = [item.public_bytes(Encoding.DER) for item in key.chain]
    return Fixed(
        signer_id=der.sequence(issuer, serial),
        attributes=(
            _attribute(CONTENT_TYPE, DATA),
            _attribute(SIGNING_CERTIFICATE_V2, der.sequence(der.sequence(certificate_id))),
        ),
        certificates=der.tagged(0xA0, *sorted([certificate, *above])),
        algorithm=ECDSA_SHA256 if isinstance(key.private_key, EllipticCurvePrivateKey) else RSA,
    )


def _attribute(kind: bytes, value: bytes) -> bytes:
    return der.sequence(kind, der.tagged(0x31, value))
