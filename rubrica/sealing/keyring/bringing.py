"""A key that an owner brings, in files or by naming where it is kept: checked and tried before it seals anything."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from rubrica.accounts.models import Organization
from rubrica.sealing.keyring import keys
from rubrica.sealing.keyring.credentials import CertificateRefused, chain_for, read
from rubrica.sealing.keyring.holders.base import Holder, fits
from rubrica.sealing.keyring.holders.file import FileHolder
from rubrica.sealing.keyring.holders.kinds import OUTSIDE
from rubrica.sealing.models import SealingKey
from rubrica.sealing.values import SigningKey

MAX_TOLD = 20_000  # characters of one thing that a holder is told: the JSON of a service account takes 2,400


@dataclass(frozen=True)
class Candidate:
    """A key that could seal: its certificates are sound, and its holder can be asked."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    holder: str
    reference: dict[str, str]
    secret: bytes = field(repr=False)
    opened: Holder = field(repr=False)

    @property
    def key(self) -> SigningKey:
        kind = SigningKey(self.certificate, self.chain, bytes).kind
        return SigningKey(self.certificate, self.chain, lambda data: self.opened.sign(data, kind))

    def accept(self, organization: Organization) -> SealingKey:
        """Makes a test signature, and then this the key that seals. Raises CertificateRefused and HolderFailed."""
        try_out(self.key)
        return keys.use(
            organization,
            self.certificate,
            self.chain,
            holder=self.holder,
            secret=self.secret,
            reference=self.reference,
        )


def from_files(files: Sequence[bytes], password: str = "") -> Candidate:
    """A key in PKCS #12 or PEM, with its certificates. Raises CertificateRefused."""
    brought = read(files, password)
    if brought.private_key is None:
        raise CertificateRefused("KEY_MISSING", "There is no private key in it.")
    certificate, chain = chain_for(brought.certificates, brought.private_key)
    plain = brought.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return Candidate(certificate, chain, "file", {}, plain, FileHolder(brought.private_key))


def from_holder(kind: str, told: Mapping[str, str], files: Sequence[bytes] = ()) -> Candidate:
    """A key that stays where it is; ``files`` are certificates that do not lie with it.

    Raises CertificateRefused, and HolderFailed where the holder cannot be asked.
    """
    secret, reference = _told(kind, told)
    holder = OUTSIDE[kind].open(reference, secret)
    brought = read(files)
    if brought.private_key is not None:
        sentence = "This file has a private key in it; here only certificates are needed."
        raise CertificateRefused("KEY_NOT_WANTED", sentence)
    with_key = list(holder.certificates())
    known = [*with_key, *(one for one in brought.certificates if one not in with_key)]
    certificate, chain = chain_for(known)
    _check_size(kind, certificate)
    return Candidate(certificate, chain, kind, reference, json.dumps(secret).encode(), holder)


def try_out(key: SigningKey) -> None:
    """A signature over nothing that anybody could use. Raises HolderFailed, or CertificateRefused with KEY_MISMATCH."""
    data = b"Rubrica test signature " + secrets.token_bytes(32)
    if not fits(key.certificate, key.sign(data), data):
        raise CertificateRefused("KEY_MISMATCH", "The key that signed does not belong to this certificate.")


def _told(kind: str, told: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What is secret and what is not. Raises CertificateRefused for what is missing."""
    secret: dict[str, str] = {}
    reference: dict[str, str] = {}
    for asked in OUTSIDE[kind].asks:
        value = told.get(asked.name, "").strip()
        if not value and not asked.is_optional:
            raise CertificateRefused("REFERENCE_INCOMPLETE", "“%(name)s” is missing.", name=asked.label)
        if len(value) > MAX_TOLD or not _is_sendable(value, is_long=asked.is_long, may_be_any=kind == "pkcs11"):
            raise CertificateRefused("REFERENCE_INVALID", "“%(name)s” cannot be used as it is.", name=asked.label)
        if value:
            (secret if asked.is_secret else reference)[asked.name] = value
    return secret, reference


def _is_sendable(value: str, *, is_long: bool, may_be_any: bool) -> bool:
    """What becomes part of an address or a header is one line of ASCII; the names on a token are what they are."""
    lines = value.splitlines() if is_long else [value]
    return all(line.isprintable() or is_long for line in lines) and (value.isascii() or may_be_any or is_long)


def _check_size(kind: str, certificate: x509.Certificate) -> None:
    public = certificate.public_key()
    if kind in {"aws", "azure", "google"} and isinstance(public, EllipticCurvePublicKey) and public.key_size != 256:
        sentence = "This service signs with a hash of its own choice on that curve; use P-256 or RSA."
        raise CertificateRefused("KEY_KIND", sentence)
