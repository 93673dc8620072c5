"""The installation's own certificate authority, and the certificates that it issues.

EC P-256: 128 bits of strength (ASVS 11.2.3), a signature in 0.1 ms and 72 bytes where RSA-3072 takes 2 ms and 384;
Acrobat has accepted it since version XI, poppler/NSS, pdf.js and the EU's DSS do too. Certificates live long because a
seal without a timestamp can be checked only while they do, and a contract is asked for after decades.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from django.conf import settings
from django.db import connection, transaction

from rubrica import clock
from rubrica.accounts.models import Organization
from rubrica.sealing.keyring.anchors import export_anchor
from rubrica.sealing.keyring.locking import lock, unlock
from rubrica.sealing.models import Authority, IssuedCertificate

LIFE = timedelta(days=365 * 50)
BACKDATED = timedelta(hours=1)  # for readers whose clock is behind
TURN = 0x52756272  # PostgreSQL advisory lock held while a key is being made
CONTEXT = b"authority"

PublicKey = ec.EllipticCurvePublicKey | RSAPublicKey


@dataclass(frozen=True)
class Issuer:
    """The authority, opened."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def ensure_authority() -> Authority:
    """The installation's authority, made at the first start; its certificate is kept in DATA_DIR/pki/ca.pem too."""
    authority = Authority.objects.first() or _make()
    transaction.on_commit(lambda: export_anchor(authority.certificate_pem + authority.former_pem))
    return authority


def renew() -> Authority:
    """A new certificate with the same name for the same key, so that everything it has issued stays as good as it was.

    The former one stays trusted: it is in the files that were sealed under it. Raises ``KeyLocked``.
    """
    with transaction.atomic():
        wait_for_turn()
        issuer, row = current(), ensure_authority()
        row.former_pem = row.certificate_pem + row.former_pem
        row.certificate_pem = _self_signed(issuer.certificate.subject, issuer.key)
        row.save(update_fields=["certificate_pem", "former_pem"])
        return ensure_authority()


def current() -> Issuer:
    """Raises ``KeyLocked`` when SECRET_KEY is another."""
    row = ensure_authority()
    private = load_der_private_key(unlock(bytes(row.private_key), CONTEXT), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    return Issuer(x509.load_pem_x509_certificate(row.certificate_pem.encode()), private)


def issue(
    subject: x509.Name, public_key: PublicKey, until: datetime, organization: Organization
) -> tuple[x509.Certificate, IssuedCertificate]:
    """A certificate for sealing and signing under our authority, and its row, which OCSP and the CRL ask."""
    issuer = current()
    until = min(until, issuer.certificate.not_valid_after_utc)
    certificate = (
        _builder(subject, issuer.certificate.subject, public_key, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
        .add_extension(_where_the_list_is(), critical=False)
        .add_extension(_where_to_ask(), critical=False)
        .sign(issuer.key, hashes.SHA256())
    )
    row = IssuedCertificate.objects.create(
        organization=organization,
        serial=serial_of(certificate),
        subject=certificate.subject.rfc4514_string(),
        not_after=certificate.not_valid_after_utc,
    )
    return certificate, row


def serial_of(certificate: x509.Certificate) -> str:
    return f"{certificate.serial_number:x}"


def wait_for_turn() -> None:
    """One maker of keys at a time in the whole installation; the lock goes with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])


def subject_of(name: str) -> x509.Name:
    """X.520 allows 64 characters in each of these; the library counts bytes."""
    short = name.encode("utf-8", "ignore")[:64].decode("utf-8", "ignore").strip() or "Rubrica"
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, short), x509.NameAttribute(NameOID.COMMON_NAME, short)]
    )


def _make() -> Authority:
    with transaction.atomic():
        wait_for_turn()
        if (made := Authority.objects.first()) is not None:
            return made
        private = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Rubrica"),
                x509.NameAttribute(NameOID.COMMON_NAME, f"Rubrica installation {secrets.token_hex(4)}"),
            ]
        )
        plain = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return Authority.objects.create(certificate_pem=_self_signed(name, private), private_key=lock(plain, CONTEXT))


def _self_signed(name: x509.Name, private: ec.EllipticCurvePrivateKey) -> str:
    """The PEM of a root."""
    certificate = (
        _builder(name, name, private.public_key(), clock.now() + LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .sign(private, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode()


def _builder(subject: x509.Name, issuer: x509.Name, public: PublicKey, until: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(clock.now() - BACKDATED)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """RFC 5280 §4.2.1.3: a leaf signs documents its owner cannot deny; an authority signs certificates and lists.

    It answers OCSP by itself too, and for that the CA/Browser Forum asks for digitalSignature.
    """
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=not signs_certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _where_the_list_is() -> x509.CRLDistributionPoints:
    address = x509.UniformResourceIdentifier(f"{settings.PUBLIC_URL}/pki/crl")
    return x509.CRLDistributionPoints([x509.DistributionPoint([address], None, None, None)])


def _where_to_ask() -> x509.AuthorityInformationAccess:
    places = {
        AuthorityInformationAccessOID.OCSP: f"{settings.PUBLIC_URL}/pki/ocsp",
        AuthorityInformationAccessOID.CA_ISSUERS: f"{settings.PUBLIC_URL}/pki/ca.crt",
    }
    return x509.AuthorityInformationAccess(
        [x509.AccessDescription(method, x509.UniformResourceIdentifier(place)) for method, place in places.items()]
    )
