"""What our authority says about its certificates: the list of revoked ones (RFC 5280 §5) and answers about one (OCSP,
RFC 6960). Both are signed by the authority itself, which every validator accepts, and made when they are asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from rubrica import clock
from rubrica.sealing.keyring import authority
from rubrica.sealing.keyring.authority import Issuer
from rubrica.sealing.models import IssuedCertificate

LIST_LIFE = timedelta(days=7)
ANSWER_LIFE = timedelta(days=1)
MAX_REQUEST = 8 * 1024  # bytes
MAX_ASKED = 20  # certificates in one request
MAX_NONCE = 128  # bytes (RFC 9654 §2.1)
TRY_LATER = b"\x30\x03\x0a\x01\x03"  # RFC 6960 §4.2.1: an answer without anything in it
REASONS = {
    IssuedCertificate.Reason.KEY_COMPROMISE: x509.ReasonFlags.key_compromise,
    IssuedCertificate.Reason.SUPERSEDED: x509.ReasonFlags.superseded,
    IssuedCertificate.Reason.CESSATION: x509.ReasonFlags.cessation_of_operation,
    IssuedCertificate.Reason.AFFILIATION: x509.ReasonFlags.affiliation_changed,
}


def ca_certificate() -> bytes:
    """The DER of the authority's certificate."""
    pem = authority.ensure_authority().certificate_pem
    return x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)


def crl() -> bytes:
    """The DER of the list of everything that was revoked, also what has ended since. Raises ``KeyLocked``."""
    issuer, now = authority.current(), clock.now()
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(now)
        .next_update(now + LIST_LIFE)
        # A number that rises with time needs no counter that all machines share.
        .add_extension(x509.CRLNumber(int(now.timestamp() * 1000)), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
    )
    for row in IssuedCertificate.objects.exclude(revoked_at=None).order_by("pk"):
        builder = builder.add_revoked_certificate(_entry(row))
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def is_ours(certificate: x509.Certificate) -> bool:
    """Whether our authority issued it. Its own certificates, of which it may have had several, are nobody's."""
    root = x509.load_pem_x509_certificate(authority.ensure_authority().certificate_pem.encode())
    return certificate.issuer == root.subject and certificate.subject != root.subject


def ocsp(certificate: x509.Certificate) -> bytes:
    """The DER of a successful answer about a certificate of ours. Raises ``KeyLocked``."""
    from asn1crypto import ocsp as asn1

    issuer = authority.current()
    name, key = _hashes(issuer, "sha1")
    asked = asn1.CertId(
        {
            "hash_algorithm": {"algorithm": "sha1"},
            "issuer_name_hash": name,
            "issuer_key_hash": key,
            "serial_number": certificate.serial_number,
        }
    )
    return _signed(issuer, [_status(asked, _rows([certificate.serial_number]))], None)


def answer(request: bytes) -> bytes:
    """The DER of the answer to any request, also to one that cannot be read. Raises ``KeyLocked``."""
    from asn1crypto import ocsp as asn1

    try:
        read = asn1.OCSPRequest.load(request, strict=True)
        asked = [entry["req_cert"] for entry in read["tbs_request"]["request_list"]]
        serials = [int(one["serial_number"].native) for one in asked]
        nonce = read.nonce_value
        if not 1 <= len(asked) <= MAX_ASKED or (nonce is not None and not 1 <= len(nonce.native) <= MAX_NONCE):
            return _unsuccessful("malformed_request")
    except (ValueError, TypeError, KeyError, RecursionError):
        return _unsuccessful("malformed_request")
    issuer = authority.current()
    if not all(_is_about_ours(one, issuer) for one in asked):
        return _unsuccessful(
            "unauthorized"
        )  # RFC 5019 §2.2.3: of other authorities' certificates nothing is known here
    rows = _rows(serials)
    return _signed(issuer, [_status(one, rows) for one in asked], nonce)


def _entry(row: IssuedCertificate) -> x509.RevokedCertificate:
    assert row.revoked_at is not None
    reason = x509.CRLReason(REASONS[IssuedCertificate.Reason(row.reason)])
    builder = x509.RevokedCertificateBuilder().serial_number(int(row.serial, 16)).revocation_date(row.revoked_at)
    return builder.add_extension(reason, critical=False).build()


def _rows(serials: Sequence[int]) -> dict[int, IssuedCertificate]:
    found = IssuedCertificate.objects.filter(serial__in=[f"{serial:x}" for serial in serials])
    return {int(row.serial, 16): row for row in found}


def _is_about_ours(asked: Any, issuer: Issuer) -> bool:
    algorithm = asked["hash_algorithm"]["algorithm"].native
    if algorithm not in {"sha1", "sha256", "sha384", "sha512"}:
        return False
    return _hashes(issuer, algorithm) == (asked["issuer_name_hash"].native, asked["issuer_key_hash"].native)


def _hashes(issuer: Issuer, algorithm: str) -> tuple[bytes, bytes]:
    """RFC 6960 §4.1.1: of the issuer's name, and of its key without tag and length."""
    point = issuer.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    name = issuer.certificate.subject.public_bytes()
    return hashlib.new(algorithm, name).digest(), hashlib.new(algorithm, point).digest()


def _status(asked: Any, rows: dict[int, IssuedCertificate]) -> dict[str, Any]:
    """What was never issued is unknown, and not good."""
    from asn1crypto import core
    from asn1crypto import ocsp as asn1

    row, now = rows.get(int(asked["serial_number"].native)), _seconds(clock.now())
    if row is None:
        status = asn1.CertStatus("unknown", core.Null())
    elif row.revoked_at is None:
        status = asn1.CertStatus("good", core.Null())
    else:
        told = {"revocation_time": _seconds(row.revoked_at), "revocation_reason": row.reason}
        status = asn1.CertStatus("revoked", asn1.RevokedInfo(told))
    return {"cert_id": asked, "cert_status": status, "this_update": now, "next_update": now + ANSWER_LIFE}


def _signed(issuer: Issuer, statuses: Sequence[dict[str, Any]], nonce: Any) -> bytes:
    from asn1crypto import ocsp as asn1

    data: dict[str, Any] = {
        "responder_id": asn1.ResponderId("by_key", _hashes(issuer, "sha1")[1]),
        "produced_at": _seconds(clock.now()),
        "responses": list(statuses),
    }
    if nonce is not None:
        data["response_extensions"] = [{"extn_id": "nonce", "critical": False, "extn_value": nonce}]
    told = asn1.ResponseData(data)
    basic = asn1.BasicOCSPResponse(
        {
            "tbs_response_data": told,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": issuer.key.sign(told.dump(), ECDSA(hashes.SHA256())),
        }
    )
    wrapped = {"response_type": "basic_ocsp_response", "response": basic}
    response = asn1.OCSPResponse({"response_status": "successful", "response_bytes": wrapped})
    return bytes(response.dump())


def _unsuccessful(status: str) -> bytes:
    """RFC 6960 §2.3: these are not signed."""
    from asn1crypto import ocsp as asn1

    return bytes(asn1.OCSPResponse({"response_status": status}).dump())


def _seconds(moment: datetime) -> datetime:
    """GeneralizedTime without fractions (RFC 5280 §4.1.2.5.2)."""
    return moment.astimezone(UTC).replace(microsecond=0)
