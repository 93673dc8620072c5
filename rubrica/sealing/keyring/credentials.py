"""What an owner brings to seal with: read from PKCS #12 or PEM, its chain put in order, and checked before it is used.

The files are an owner's own and small, and ``cryptography`` reads them in Rust: no sandbox is needed for that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from rubrica import clock
from rubrica.sealing.keyring.holders.file import PrivateKey

MAX_BYTES = 256 * 1024  # of one file
MAX_CERTIFICATES = 20
LEAST_RSA, LEAST_CURVE = 2048, 256  # bits; public authorities still issue RSA-2048, and nothing weaker
WEAK_HASHES = {"md5", "sha1"}
CURVES = {"secp256r1", "secp384r1"}
# One of these, where a certificate limits its purpose at all: documents (RFC 9336, Microsoft's and Adobe's own), mail.
PURPOSES = {
    ObjectIdentifier("1.3.6.1.5.5.7.3.36"),
    ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),
    ObjectIdentifier("1.2.840.113583.1.1.5"),
    ExtendedKeyUsageOID.EMAIL_PROTECTION,
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
}
E = TypeVar("E", bound=x509.ExtensionType)
PEM_KEY = re.compile(rb"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.*?-----END \1PRIVATE KEY-----", re.DOTALL)


class CertificateRefused(Exception):
    """It cannot seal. ``code`` is stable; the sentence, with ``values`` put in, says what to do."""

    def __init__(self, code: str, sentence: str, **values: object) -> None:
        super().__init__(sentence % values if values else sentence)
        self.code, self.sentence, self.values = code, sentence, values


@dataclass(frozen=True)
class Brought:
    """What the files hold; the certificates in no order."""

    private_key: PrivateKey | None
    certificates: tuple[x509.Certificate, ...]


def read(files: Sequence[bytes], password: str = "") -> Brought:
    """Key and certificates of PKCS #12, PEM or DER files, together. Raises CertificateRefused."""
    keys: list[PrivateKey] = []
    certificates: list[x509.Certificate] = []
    for data in files:
        if len(data) > MAX_BYTES:
            raise CertificateRefused("FILE_TOO_LARGE", "A file with a key or certificates is never this large.")
        brought = _read_pem(data, password) if b"-----BEGIN" in data else _read_der(data, password)
        keys += [brought.private_key] if brought.private_key is not None else []
        certificates += brought.certificates
    if len(keys) > 1 or len(certificates) > MAX_CERTIFICATES:
        raise CertificateRefused("TOO_MANY", "Give one key, its certificate, and those above it.")
    return Brought(keys[0] if keys else None, tuple(certificates))


def chain_for(
    certificates: Sequence[x509.Certificate], private_key: PrivateKey | None = None
) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    """The certificate that seals, checked whole, and those above it up to the root. Raises CertificateRefused.

    The one of ``private_key``; without it, the one that issued no other here.
    """
    if not certificates:
        raise CertificateRefused("CERTIFICATE_MISSING", "There is no certificate in it.")
    leaf = _of_key(certificates, private_key) if private_key is not None else _lowest(certificates)
    _check_strength(leaf)
    _check_usage(leaf)
    chain = _above(leaf, certificates)
    for one in (leaf, *chain):
        _check_validity(one)
    return leaf, chain


def _read_pem(data: bytes, password: str) -> Brought:
    keys = [_key(load_pem_private_key, found.group(0), password) for found in PEM_KEY.finditer(data)]
    if len(keys) > 1:
        raise CertificateRefused("TOO_MANY", "Give one key, its certificate, and those above it.")
    try:
        found = x509.load_pem_x509_certificates(data) if b"BEGIN CERTIFICATE" in data else []
    except ValueError:
        raise _unreadable() from None
    return Brought(keys[0] if keys else None, tuple(found))


def _read_der(data: bytes, password: str) -> Brought:
    """A certificate, a bare key, or PKCS #12: they do not say which they are."""
    try:
        return Brought(None, (x509.load_der_x509_certificate(data),))
    except ValueError:
        pass
    if _is_pkcs12(data):
        return _read_pkcs12(data, password)
    return Brought(_key(load_der_private_key, data, password), ())


def _is_pkcs12(data: bytes) -> bool:
    """A sequence that begins with version 3 (RFC 7292 §4), whatever the length of its length."""
    return data[:1] == b"\x30" and b"\x02\x01\x03" in data[2:8]


def _read_pkcs12(data: bytes, password: str) -> Brought:
    try:
        found = pkcs12.load_pkcs12(data, password.encode() if password else None)
    except ValueError:
        # The library says the same of a wrong password and of a file that was cut.
        raise _closed() from None
    except UnsupportedAlgorithm:
        raise _unreadable() from None
    if found.key is not None and not isinstance(found.key, EllipticCurvePrivateKey | RSAPrivateKey):
        raise _other_kind()
    certificates = [one.certificate for one in (found.cert, *found.additional_certs) if one is not None]
    return Brought(found.key, tuple(certificates))


def _key(load: Callable[[bytes, bytes | None], object], data: bytes, password: str) -> PrivateKey:
    try:
        try:
            key = load(data, password.encode() if password else None)
        except TypeError:  # a password for what needs none, or none for what needs one
            key = load(data, None)
    except TypeError:
        raise CertificateRefused("PASSWORD_WRONG", "The key is encrypted; its password is needed.") from None
    except ValueError:
        raise _closed() from None
    except UnsupportedAlgorithm:
        raise _unreadable() from None
    if not isinstance(key, EllipticCurvePrivateKey | RSAPrivateKey):
        raise _other_kind()
    return key


def _closed() -> CertificateRefused:
    return CertificateRefused("PASSWORD_WRONG", "The password does not open this file, or the file is damaged.")


def _unreadable() -> CertificateRefused:
    return CertificateRefused("FILE_UNREADABLE", "This is no PKCS #12 file (.p12, .pfx) and no PEM that can be read.")


def _other_kind() -> CertificateRefused:
    return CertificateRefused("KEY_KIND", "Only RSA keys and those on the curves P-256 and P-384 can seal.")


def _of_key(certificates: Sequence[x509.Certificate], private_key: PrivateKey) -> x509.Certificate:
    ours = _point(private_key.public_key())
    for one in certificates:
        public = one.public_key()
        if isinstance(public, EllipticCurvePublicKey | RSAPublicKey) and _point(public) == ours:
            return one
    raise CertificateRefused("KEY_MISMATCH", "The key does not belong to any of the certificates.")


def _point(public: EllipticCurvePublicKey | RSAPublicKey) -> bytes:
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _lowest(certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    issuers = {one.issuer.public_bytes() for one in certificates if one.issuer != one.subject}
    lowest = [one for one in certificates if one.subject.public_bytes() not in issuers]
    leaves = [one for one in lowest if not _is_authority(one)] or lowest
    if len({one.fingerprint(one.signature_hash_algorithm) for one in leaves if one.signature_hash_algorithm}) != 1:
        raise CertificateRefused("TOO_MANY", "Give one key, its certificate, and those above it.")
    return leaves[0]


def _check_strength(leaf: x509.Certificate) -> None:
    public = leaf.public_key()
    if not isinstance(public, EllipticCurvePublicKey | RSAPublicKey):
        raise _other_kind()
    if isinstance(public, RSAPublicKey) and public.key_size < LEAST_RSA:
        sentence = "The key has %(bits)s bits and is too weak; RSA needs at least %(least)s."
        raise CertificateRefused("KEY_WEAK", sentence, bits=public.key_size, least=LEAST_RSA)
    if isinstance(public, EllipticCurvePublicKey) and public.curve.name not in CURVES:
        raise _other_kind()
    algorithm = leaf.signature_hash_algorithm
    if algorithm is not None and algorithm.name in WEAK_HASHES:
        sentence = "The certificate is signed with a hash that no longer holds; ask for another."
        raise CertificateRefused("KEY_WEAK", sentence)


def _check_usage(leaf: x509.Certificate) -> None:
    if _is_authority(leaf):
        sentence = "This is the certificate of an authority, and not one to sign documents with."
        raise CertificateRefused("USAGE_WRONG", sentence)
    usage = _extension(leaf, x509.KeyUsage)
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        sentence = "The certificate does not allow signing (digitalSignature, nonRepudiation)."
        raise CertificateRefused("USAGE_WRONG", sentence)
    purposes = _extension(leaf, x509.ExtendedKeyUsage)
    if purposes is not None and not PURPOSES & set(purposes):
        sentence = "The certificate is for something else, such as a web server, and not for signing documents."
        raise CertificateRefused("USAGE_WRONG", sentence)


def _is_authority(certificate: x509.Certificate) -> bool:
    constraints = _extension(certificate, x509.BasicConstraints)
    return constraints is not None and constraints.ca


def _extension(certificate: x509.Certificate, kind: type[E]) -> E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _above(leaf: x509.Certificate, certificates: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Up to the one that has signed itself. Each step is checked by its signature and not by its name alone."""
    chain: list[x509.Certificate] = []
    below = leaf
    while below.issuer != below.subject:
        above = next((one for one in certificates if one not in chain and _has_issued(one, below)), None)
        if above is None:
            sentence = "The certificate of “%(issuer)s”, which issued the one of “%(subject)s”, is missing; add it."
            names = {"issuer": name_of(below.issuer), "subject": name_of(below.subject)}
            raise CertificateRefused("CHAIN_INCOMPLETE", sentence, **names)
        chain.append(above)
        below = above
    return tuple(chain)


def _has_issued(above: x509.Certificate, below: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return _is_authority(above)


def _check_validity(certificate: x509.Certificate) -> None:
    now, name = clock.now(), name_of(certificate.subject)
    if certificate.not_valid_after_utc <= now:
        sentence = "The certificate of “%(subject)s” ended on %(date)s."
        ended = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
        raise CertificateRefused("CERTIFICATE_EXPIRED", sentence, subject=name, date=ended)
    if certificate.not_valid_before_utc > now:
        sentence = "The certificate of “%(subject)s” is not valid before %(date)s."
        begins = f"{certificate.not_valid_before_utc:%Y-%m-%d}"
        raise CertificateRefused("CERTIFICATE_NOT_YET_VALID", sentence, subject=name, date=begins)


def name_of(name: x509.Name) -> str:
    """What people call it: the common name, else the organization, else all of it."""
    for kind in (x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME):
        if found := name.get_attributes_for_oid(kind):
            return str(found[0].value)
    return name.rfc4514_string()
