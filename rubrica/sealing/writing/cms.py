"""The signature's value: a PAdES B-B CMS object (ETSI EN 319 142-1 §5.3) over a digest, by whoever holds the key.

Between two signatures by one key only the digest and the signature differ, so all else is encoded once for each key.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding

from rubrica.sealing.values import SigningKey
from rubrica.sealing.writing import der

CMS_OVERHEAD = 2048  # bytes: attributes and identifiers take about 600
LARGEST_TOKEN = 10 * 1024  # bytes: with its certificates a timestamp takes 2,000 to 8,000

DATA = der.oid("1.2.840.113549.1.7.1")
SIGNED_DATA = der.oid("1.2.840.113549.1.7.2")
CONTENT_TYPE = der.oid("1.2.840.113549.1.9.3")
MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.4")
SIGNING_TIME = der.oid("1.2.840.113549.1.9.5")
SIGNATURE_TIMESTAMP = der.oid("1.2.840.113549.1.9.16.2.14")
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
    certificates = [certificate.public_bytes(Encoding.DER) for certificate in (key.certificate, *key.chain)]
    token = LARGEST_TOKEN if key.timestamper else 0
    return 2 * (CMS_OVERHEAD + key.signature_bytes + sum(map(len, certificates)) + token)


def sign_digest(digest: bytes, key: SigningKey, signing_time: datetime | None = None) -> bytes:
    """The DER of a detached CMS signature over a SHA-256 digest, with the chain inside.

    B-B, and B-T where the key has a timestamper that got a timestamp. CAdES wants the ``signing_time`` inside
    (EN 319 122-1 §6.3); in a PDF it stands elsewhere, and is not allowed here.
    """
    fixed = _fixed(key)
    attributes = [*fixed.attributes, _attribute(MESSAGE_DIGEST, der.octets(digest))]
    if signing_time is not None:
        attributes.append(_attribute(SIGNING_TIME, der.utc_time(signing_time)))
    attributes.sort()
    signature = key.sign(der.tagged(0x31, *attributes))  # signed as a SET, stored as [0] (RFC 5652 §5.4)
    signer = der.sequence(
        ONE, fixed.signer_id, SHA256, der.tagged(0xA0, *attributes), fixed.algorithm, der.octets(signature),
        *_timestamp(signature, key),
    )  # fmt: skip
    signed = der.sequence(
        ONE, der.tagged(0x31, SHA256), der.sequence(DATA), fixed.certificates, der.tagged(0x31, signer)
    )
    return der.sequence(SIGNED_DATA, der.tagged(0xA0, signed))


def _timestamp(signature: bytes, key: SigningKey) -> list[bytes]:
    """The unsigned attributes (RFC 3161 appendix A), or nothing."""
    token = key.timestamper and key.timestamper(hashlib.sha256(signature).digest())
    return [der.tagged(0xA1, _attribute(SIGNATURE_TIMESTAMP, token))] if token else []


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
        algorithm=ECDSA_SHA256 if key.kind == "ec" else RSA,
    )


def _attribute(kind: bytes, value: bytes) -> bytes:
    return der.sequence(kind, der.tagged(0x31, value))
